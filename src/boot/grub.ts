// A boot menu in GRUB 2's shell language, for UEFI and BIOS alike.
import {type BootEntry, checkEntry} from './entry.js'
import type {BootMenu} from './menu.js'
import {noticeLines} from './notice.js'

export function renderGrub(menu: BootMenu): string {
  const lines = [
    ...noticeLines(menu).map((line) => `# ${line}`),
    `set default=${quoteGrub(menu.default)}`,
    `set timeout=${menu.timeoutSeconds}`,
    ...menu.entries.flatMap((entry) => [
      '',
      `menuentry ${quoteGrub(entry.title)} --id ${quoteGrub(entry.label)} {`,
      ...renderEntry(entry).map((line) => `  ${line}`),
      '}',
    ]),
  ]
  return `${lines.join('\n')}\n`
}

/** `exit` gives the machine back to its firmware, which goes on to the next boot device. */
function renderEntry(entry: BootEntry): string[] {
  checkEntry(entry)
  switch (entry.kind) {
    case 'local':
      return ['exit']
    case 'linux': {
      const initrds = entry.initrds.map((path) => quoteGrub(`/${path}`))
      return [
        ['linux', quoteGrub(`/${entry.kernel}`), ...splitKernelArgs(entry.args).map(quoteGrub)].join(' '),
        ...(initrds.length === 0 ? [] : [['initrd', ...initrds].join(' ')]),
      ]
    }
  }
}

/**
 * The words of a kernel command line, as the kernel splits it: double quotes keep spaces together and are taken away
 * (lib/cmdline.c, next_arg). GRUB must get them so, because it puts quotes of its own around a word with spaces and
 * a backslash before every quote and backslash that it is handed (grub-core/lib/cmdline.c, seen with 2.06). A single
 * quote in an argument therefore reaches the kernel as \' and nothing can be done about it here.
 */
function splitKernelArgs(args: string): string[] {
  return (args.match(/(?:[^ "]|"[^"]*"?)+/g) ?? []).map((word) => word.replaceAll('"', ''))
}

/** The one place that quotes for GRUB's shell: single quotes hold everything but themselves. */
export function quoteGrub(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
