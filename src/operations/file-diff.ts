// A changed file as a unified diff, for --dry-run and `dhcp diff`.
import {createTwoFilesPatch} from 'diff'
import {hideSecrets} from '../dhcpd-conf/secret.js'
import type {FileChange} from '../system/files.js'

export type FileDiff = {readonly path: string; readonly diff: string}

const CONTEXT_LINES = 3

/** The secrets of keys are not shown. Bytes are shown as Latin-1 (one character a byte), because a dhcpd.conf has no encoding of its own; valid UTF-8 is shown as such. */
export function renderFileDiff(change: FileChange): FileDiff {
  const before = readable(change.before)
  const after = readable(change.after)
  // A big file differs in a few lines: compare only those, and tell the library where they stand.
  const shared = sharedEnds(before, after)
  const patch = createTwoFilesPatch(
    change.before === undefined ? '/dev/null' : change.path,
    change.after === undefined ? '/dev/null' : change.path,
    before.slice(shared.start, before.length - shared.end),
    after.slice(shared.start, after.length - shared.end),
    undefined,
    undefined,
    {context: CONTEXT_LINES},
  )
  const skipped = countLines(before.slice(0, shared.start))
  const diff = patch
    .replace(/^(?:Index: .*\n)?=+\n/, '')
    .replace(/^@@ -(\d+)((?:,\d+)?) \+(\d+)((?:,\d+)?) @@/gm, (_, oldLine: string, oldCount: string, newLine: string, newCount: string) => {
      return `@@ -${Number(oldLine) + skipped}${oldCount} +${Number(newLine) + skipped}${newCount} @@`
    })
  return {path: change.path, diff: hideSecrets(diff)}
}

function readable(bytes: Buffer | undefined): string {
  if (bytes === undefined) return ''
  const text = bytes.toString('utf8')
  return text.includes('\ufffd') ? bytes.toString('latin1') : text
}

/** Characters at either end, in whole lines, that both texts share, less the context lines of the diff. */
function sharedEnds(before: string, after: string): {start: number; end: number} {
  const least = Math.min(before.length, after.length)
  let start = 0
  while (start < least && before[start] === after[start]) start++
  for (let line = 0; line <= CONTEXT_LINES && start > 0; line++) start = before.lastIndexOf('\n', start - 2) + 1
  let end = 0
  while (end < least - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  let cut = before.length - end
  for (let line = 0; line <= CONTEXT_LINES && cut < before.length; line++) {
    const next = before.indexOf('\n', cut)
    cut = next === -1 ? before.length : next + 1
  }
  return {start, end: before.length - cut}
}

function countLines(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++
  return count
}
