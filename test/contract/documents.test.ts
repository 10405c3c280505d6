// Every `pxectl …` line in a document is one that the program takes: the command exists, and so do its flags.
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {beforeAll, expect, test} from 'vitest'
import {commandFacts, type CommandFacts} from '../../src/cli/command-facts.js'
import {setUpNames} from '../../src/lab/set-ups.js'
import {loadCommands} from '../support/load-commands.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs'), {recursive: true, encoding: 'utf8'})
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

let facts: CommandFacts[]
beforeAll(async () => {
  facts = commandFacts(await loadCommands())
})

/** Why the program would not take the line; undefined where it would. */
function problemOf(line: string): string | undefined {
  // What follows belongs to the shell, or to the program that a command starts.
  const words = (line.split(/ (?:[#|<>&;]|-- )/)[0] ?? '').replace(/;.*/, '').split(/\s+/)
  const command = facts
    .flatMap((fact) => [fact.words, ...fact.aliases].map((name) => ({fact, name: name.split(' ')})))
    .filter(({name}) => name.every((word, index) => words[index + 1] === word))
    .sort((a, b) => b.name.length - a.name.length)[0]?.fact
  const isTopic = facts.some(({words: known}) => known.startsWith(`${words[1] ?? ''} `))
  if (command === undefined) return words[1] === '--version' || words[1] === '--help' || isTopic ? undefined : 'no such command'
  const known = command.flags.flatMap(({spelling, char}) => [
    `--${spelling.replace('[no-]', '')}`,
    `--${spelling.replace(/\[|\]/g, '')}`,
    `-${char}`,
  ])
  const unknown = words.filter((word) => /^-{1,2}[a-z]/.test(word)).map((word) => word.split('=')[0] ?? '')
  return unknown.filter((word) => ![...known, '--help'].includes(word)).map((word) => `${word} is no flag of ${command.words}`)[0]
}

test.each(documents)('%s', (name) => {
  const text = readFileSync(join(root, name), 'utf8')
  const lines = [...text.matchAll(/^\s*\$ (?:sudo )?(pxectl .*)$/gm)].map(([, line = '']) => line)
  expect(lines.map((line) => ({line, problem: problemOf(line)})).filter(({problem}) => problem !== undefined)).toEqual([])
  const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target)
  expect(links.filter((target) => !existsSync(join(root, dirname(name), target)))).toEqual([])
})

test('a line with a command or a flag that is not there is found', () => {
  expect(problemOf('pxectl hosts list')).toBe('no such command')
  expect(problemOf('pxectl host list --deep')).toBe('--deep is no flag of host list')
  expect(problemOf('pxectl host add tk2 --image x   # --not-a-flag')).toBeUndefined()
})

test.each(setUpNames)('the set-up %s has a tutorial that names it', (name) => {
  expect(readFileSync(join(root, `docs/tutorials/${name}.md`), 'utf8')).toContain(`--setup ${name}`)
})
