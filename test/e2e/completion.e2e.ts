// Completion in the real shells: what each offers where the cursor is, on a lab with hosts. Tab is played as the shells' own tests do:
// bash by the function's variables, zsh in a pseudo-terminal, fish by `complete --do-complete`.
import {chmod, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {delimiter, join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {mustRun} from './support/programs.js'
import {pxectlCommand} from './support/program.js'

let folder: string
let env: Record<string, string>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pxe2e-completion-'))
  const bin = join(folder, 'bin')
  await mkdir(bin)
  await writeFile(join(bin, 'pxectl'), `#!/bin/sh\nexec ${pxectlCommand.map((word) => `'${word}'`).join(' ')} "$@"\n`)
  await chmod(join(bin, 'pxectl'), 0o755)
  env = {PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`, HOME: folder, TERM: 'xterm'}
  await pxectl('init', 'lab', '--server', '192.168.56.1', '--subnet', '192.168.56.0/24', '--dhcp', 'none', '--defaults')
  for (const name of ['tk2', 'tk31', 'tk32']) {
    await pxectl('add-host', name, '--config', 'lab/pxectl.ini', '--ip', `192.168.56.${name.slice(2)}`)
  }
  await writeFile(join(folder, 'lab/lab.yaml'), '')
})

afterAll(() => rm(folder, {recursive: true, force: true}))

async function pxectl(...args: string[]): Promise<void> {
  await mustRun([join(folder, 'bin/pxectl'), ...args], {cwd: folder, env})
}

async function shell(program: string, args: readonly string[]): Promise<string[]> {
  const stdout = await mustRun([program, ...args], {cwd: join(folder, 'lab'), env, timeoutMs: 120_000})
  return stdout.split('\n').filter((line) => line !== '')
}

/** What bash would offer for these words. */
async function inBash(...words: string[]): Promise<string[]> {
  const script = `eval "$(pxectl autocomplete bash)"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pxectl; printf '%s\\n' "\${COMPREPLY[@]}"`
  return shell('bash', ['--norc', '-c', script, 'bash', 'pxectl', ...words])
}

async function inFish(line: string): Promise<string[]> {
  return shell('fish', ['--no-config', '-c', `pxectl autocomplete fish | source; complete --do-complete "${line}"`])
}

/** zsh completes at a terminal only: one is made, Tab is typed, and the line is read back. */
async function inZsh(line: string): Promise<string> {
  const script = `
zmodload zsh/zpty
zpty z "TERM=dumb zsh -f"
zpty -w z 'PS1= ; autoload -Uz compinit; compinit -D -u; eval "$(pxectl autocomplete zsh)"; print READY''-1'
zpty -r -m z seen '*READY-1*'
zpty -w z 'take() { print -r -- "LI""NE<$BUFFER>"; BUFFER=; }; zle -N take; bindkey "^X" take; print READY''-2'
zpty -r -m z seen '*READY-2*'
zpty -n -w z $'${line}\\t\\x18'
zpty -r -m z seen '*LINE<*>*'
print -r -- "$seen"
zpty -d z`
  const text = (await shell('zsh', ['-f', '-c', script])).join('\n')
  return /LINE<([^>]*)>/.exec(text)?.[1] ?? text
}

test('bash: commands, flags, choices, hosts, files', async () => {
  expect(await inBash('ho')).toEqual(['host'])
  expect(await inBash('host', '')).toEqual(expect.arrayContaining(['add', 'list', 'show']))
  expect(await inBash('host', 'show', 'tk3')).toEqual(['tk31', 'tk32'])
  expect(await inBash('add-host', 'x', '--firmware', '')).toEqual(['bios', 'uefi'])
  expect(await inBash('add-host', '--im')).toEqual(['--image'])
  expect(await inBash('up', 'la')).toEqual(['lab.yaml'])
  expect(await inBash('config', 'set', 'network.s')).toEqual(['network.server', 'network.subnet'])
})

test('fish: commands, hosts, files', async () => {
  expect(await inFish('pxectl ho')).toEqual(['host'])
  expect(await inFish('pxectl host show tk3')).toEqual(['tk31', 'tk32'])
  expect((await inFish('pxectl up la')).map((line) => line.split('\t')[0])).toEqual(['lab.yaml'])
})

test('zsh: a command, a host', async () => {
  expect((await inZsh('pxectl machi')).trim()).toBe('pxectl machine')
  expect((await inZsh('pxectl host show tk2')).trim()).toBe('pxectl host show tk2')
  expect((await inZsh('pxectl host show tk')).trim()).toContain('pxectl host show tk')
  expect((await inZsh('pxectl add-host --fir')).trim()).toBe('pxectl add-host --firmware')
})
