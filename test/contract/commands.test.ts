// The names of commands, flags, arguments and aliases are promises to scripts. A change here is a change of the interface:
// UPDATE_FIXTURES=1 rewrites the record (and still fails the run), and the changelog says so.
import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {Plugin} from '@oclif/core'
import {beforeAll, describe, expect, test} from 'vitest'
import {expectFixture, expectSection} from '../support/fixture.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

type Manifest = Plugin['manifest']
let commands: Manifest['commands'][string][]

beforeAll(async () => {
  const pjson = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as ConstructorParameters<typeof Plugin>[0]['pjson']
  if (pjson === undefined) throw new Error('no package.json')
  pjson.oclif.commands = './commands'
  const plugin = new Plugin({isRoot: true, root, pjson, ignoreManifest: true})
  await plugin.load()
  commands = Object.values(plugin.manifest.commands)
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
    const rows = commands
      .filter((command) => !command.hidden)
      .map((command) => {
        const args = Object.values(command.args).map((arg) =>
          arg.required === true ? arg.name.toUpperCase() : `[${arg.name.toUpperCase()}]`,
        )
        const flags = Object.values(command.flags)
          .filter((flag) => flag.helpGroup !== 'GLOBAL')
          .map((flag) => `\`--${flag.type === 'boolean' && flag.allowNo === true ? '[no-]' : ''}${flag.name}\``)
        return `| \`pxectl ${[command.id.replaceAll(':', ' '), ...args].join(' ')}\` | ${command.summary ?? ''} | ${flags.sort().join(' ')} |`
      })
      .sort()
    expectSection('README.md', 'commands', ['| command | does | flags |', '|---|---|---|', ...rows].join('\n'))
  })
})
