import {execFileSync} from 'node:child_process'
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {renderFileDiff} from '../../src/operations/file-diff.js'
import {temporaryFolder} from '../support/temporary-folder.js'

function diffOf(before: string | undefined, after: string | undefined): string {
  const bytes = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text))
  return renderFileDiff({path: 'dhcpd.conf', before: bytes(before), after: bytes(after)}).diff
}

test('a change is shown with three lines around it and its true line numbers', () => {
  const lines = Array.from({length: 20}, (_, index) => `line ${index + 1}\n`)
  const before = lines.join('')
  lines[9] = 'changed\n'
  expect(diffOf(before, lines.join(''))).toBe(
    '--- dhcpd.conf\n+++ dhcpd.conf\n@@ -7,7 +7,7 @@\n line 7\n line 8\n line 9\n-line 10\n+changed\n line 11\n line 12\n line 13\n',
  )
})

test('a new and a removed file', () => {
  expect(diffOf(undefined, 'a\n')).toBe('--- /dev/null\n+++ dhcpd.conf\n@@ -0,0 +1,1 @@\n+a\n')
  expect(diffOf('a\n', undefined)).toBe('--- dhcpd.conf\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-a\n')
})

test('Latin-1 bytes are shown, not lost', () => {
  expect(
    renderFileDiff({path: 'x', before: Buffer.from('# caf\xe9\n', 'latin1'), after: Buffer.from('# caf\xe9\nend\n', 'latin1')}).diff,
  ).toContain(' # café')
})

const someLines = fc.array(fc.constantFrom('a\n', 'b\n', 'host x {\n', '}\n', '\n'), {maxLength: 25}).map((lines) => lines.join(''))

test('patch(1) makes the new file from the old one and the diff', () => {
  const folder = temporaryFolder()
  fc.assert(
    fc.property(someLines, someLines, (before, after) => {
      fc.pre(before !== '' && after !== '' && before !== after)
      writeFileSync(join(folder, 'dhcpd.conf'), before)
      execFileSync('patch', ['-s', 'dhcpd.conf'], {cwd: folder, input: diffOf(before, after)})
      expect(readFileSync(join(folder, 'dhcpd.conf'), 'utf8')).toBe(after)
    }),
    {numRuns: 60},
  )
})
