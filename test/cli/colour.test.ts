// Colours, and when there are none.
import {expect, test} from 'vitest'
import {renderBackups, renderChange, renderDiffs} from '../../src/cli/change-text.js'
import {usesColour} from '../../src/cli/colour.js'

const diff = '--- a\n+++ b\n@@ -1 +1 @@\n same\n-old\n+new\n'
const files = [{path: 'a', diff}]

test('a diff is plain, or coloured line by line', () => {
  expect(renderDiffs(files)).toBe(diff.trimEnd())
  const coloured = renderDiffs(files, {colour: true})
  expect(coloured.split('\n')).toEqual([
    '\u001B[1m--- a\u001B[0m',
    '\u001B[1m+++ b\u001B[0m',
    '\u001B[36m@@ -1 +1 @@\u001B[0m',
    ' same',
    '\u001B[31m-old\u001B[0m',
    '\u001B[32m+new\u001B[0m',
  ])
  expect(coloured.replace(/\u001B\[\d+m/g, '')).toBe(diff.trimEnd())
  expect(renderChange({dryRun: true, done: 'did', would: 'would', files, colour: true})).toBe(`would\n${coloured}`)
})

test('colours only for a terminal that has not refused them', () => {
  const terminal = {isTTY: true}
  expect(usesColour(terminal, {TERM: 'xterm'})).toBe(true)
  expect(usesColour(terminal, {NO_COLOR: ''})).toBe(true)
  expect(usesColour(terminal, {NO_COLOR: '1'})).toBe(false)
  expect(usesColour(terminal, {TERM: 'dumb'})).toBe(false)
  expect(usesColour({}, {})).toBe(false)
})

test('backups, a line each', () => {
  expect(renderBackups([])).toContain('no backups')
  expect(renderBackups([{time: '20261121T130200.000Z', files: [{path: '/a'}, {path: '/b'}]}])).toBe('20261121T130200.000Z  /a, /b')
})
