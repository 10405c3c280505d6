// Manual pages: what is in them, and that no text of a command is taken for a request of roff.
import {describe, expect, test} from 'vitest'
import type {CommandFacts} from '../../src/cli/command-facts.js'
import {manualPages, roff} from '../../src/cli/manual-page.js'
import {settingNames} from '../../src/lab/setting-table.js'

const LIST: CommandFacts = {
  words: 'host list',
  aliases: [],
  args: [],
  takesMore: false,
  summary: 'list the hosts of the lab',
  description: '.starts like a request,\nand has a \\backslash',
  flags: [
    {spelling: 'alive', char: undefined, value: undefined, summary: 'ask each', default: undefined, isMultiple: false, isGlobal: false},
    {spelling: 'config', char: undefined, value: 'FILE', summary: 'settings', default: undefined, isMultiple: false, isGlobal: true},
  ],
  examples: ["pxectl host list --alive   # it's quick"],
}
const PING: CommandFacts = {...LIST, words: 'host ping', args: [{name: 'NAME', summary: 'a host', isRequired: false, options: []}]}
const MAC: CommandFacts = {...LIST, words: 'mac', summary: 'generate unused MAC addresses'}

const pages = manualPages({
  version: '1.2.3',
  summary: 'Labs.',
  commands: [LIST, PING, MAC],
  topics: new Map([['host', 'the host database']]),
})

test('one page for the program, its settings, and each topic or single command', () => {
  expect([...pages.keys()].sort()).toEqual(['pxectl-host.1', 'pxectl-mac.1', 'pxectl.1', 'pxectl.ini.5'])
})

test('a topic has all its commands, each with flags and examples', () => {
  const page = pages.get('pxectl-host.1') ?? ''
  for (const text of [
    'pxectl\\-host \\- the host database',
    '.SH "PXECTL HOST LIST"',
    '.SH "PXECTL HOST PING"',
    '\\fB\\-\\-alive\\fR',
    'it\\(aqs quick',
  ])
    expect(page).toContain(text)
  expect(page).not.toContain('\\-\\-config')
})

test('the global flags are in the main page, once', () => {
  expect(pages.get('pxectl.1')?.split('\\-\\-config\\fR \\fIFILE\\fR')).toHaveLength(2)
})

test('every setting is in pxectl.ini(5)', () => {
  const page = pages.get('pxectl.ini.5') ?? ''
  for (const name of settingNames) expect(page).toContain(`.B ${roff(name.slice(name.indexOf('.') + 1))}\n`)
})

describe('text', () => {
  test.each([
    ['.SH not a section', '\\&.SH not a section'],
    ["'so not a request", '\\(aqso not a request'],
    ['a\\b', 'a\\eb'],
    ['--dry-run', '\\-\\-dry\\-run'],
  ])('%s', (text, expected) => {
    expect(roff(text)).toBe(expected)
  })

  test('no line of a page is a request that is not ours', () => {
    const ours = /^\.(TH|SH|PP|TP|B|BR|I|br|nf|fi|RS|RE)( |$)/
    const strangers = [...pages.values()].flatMap((page) => page.split('\n')).filter((line) => /^[.']/.test(line) && !ours.test(line))
    expect(strangers).toEqual([])
  })
})
