// The names of commands, flags, arguments and aliases are promises to scripts. A change here is a change of the interface:
// UPDATE_FIXTURES=1 rewrites the record (and still fails the run), and the changelog says so.
import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {beforeAll, describe, expect, test} from 'vitest'
import {commandFacts} from '../../src/cli/command-facts.js'
import {manualPages} from '../../src/cli/manual-page.js'
import {renderReference, renderTableRow} from '../../src/cli/reference-page.js'
import {expectFixture, expectSection} from '../support/fixture.js'
import {loadCommands, type LoadedCommands} from '../support/load-commands.js'

let commands: LoadedCommands

beforeAll(async () => {
  commands = await loadCommands()
})

test('commands, flags and aliases are what was promised', () => {
  // Hidden ones are pxectl's own.
  const record = commands
    .filter((command) => !command.hidden)
    .map((command) => ({
      command: command.id.replaceAll(':', ' '),
      aliases: command.aliases,
      args: Object.keys(command.args),
      flags: Object.values(command.flags)
        .map((flag) => (flag.type === 'option' && flag.options ? `${flag.name}=${flag.options.join('|')}` : flag.name))
        .sort(),
    }))
    .sort((a, b) => a.command.localeCompare(b.command))
  expectFixture('contract/commands.json', `${JSON.stringify(record, undefined, 2)}\n`)
})

describe('help', () => {
  test('every command has a summary (a fragment without a full stop), an example, and every flag a description', () => {
    const bad = commands.flatMap((command) => [
      ...(command.summary === undefined || /\.$|^[A-Z]/.test(command.summary) ? [`${command.id}: summary`] : []),
      ...((command.examples?.length ?? 0) === 0 ? [`${command.id}: example`] : []),
      ...Object.values(command.flags)
        .filter((flag) => flag.description === undefined)
        .map((flag) => `${command.id} --${flag.name}`),
    ])
    expect(bad.filter((line) => !line.endsWith('--json'))).toEqual([])
  })

  test("README's command reference is the program's", () => {
    const rows = commandFacts(commands).map(renderTableRow)
    expectSection('README.md', 'commands', ['| command | does | flags |', '|---|---|---|', ...rows.sort()].join('\n'))
  })

  test('docs/reference.md is the help of the program', () => {
    expectFixture('../docs/reference.md', renderReference(commandFacts(commands)))
  })
})

test('package.json names every manual page, since npm links only those', () => {
  const about = JSON.parse(readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8')) as {man: string[]}
  const pages = manualPages({version: '', summary: '', commands: commandFacts(commands), topics: new Map()})
  expect(about.man).toEqual([...pages.keys()].sort().map((name) => `./man/${name}`))
})
