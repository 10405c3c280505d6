// The program at terminals of several kinds, made by script(1): narrow ones, ones without UTF-8, ones without colours, and one that only
// takes lines.
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {mustRun, run} from './support/programs.js'
import {pxectlCommand} from './support/program.js'

const UTF8 = {LC_ALL: 'C.UTF-8', TERM: 'xterm-256color'}
const CONTROL = /\u001B\[[0-9;?]*[A-Za-z]/g
const COLOUR = /\u001B\[[0-9;]*m/
const SIGN = /[^\u0000-\u007F]/

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pxe2e-terminals-'))
  await pxectl('init', '--setup', 'loopback', '--yes', folder)
  await writeFile(join(folder, 'lab.yaml'), 'groups:\n  tk: {count: 3, ip: 127.0.0.21}\n')
})
afterAll(() => rm(folder, {recursive: true, force: true}))

async function pxectl(...args: string[]): Promise<string> {
  return mustRun([...pxectlCommand, ...args], {cwd: folder})
}

/** All that a person would see, as it was written. */
async function seen(args: readonly string[], env: Readonly<Record<string, string>>, columns = 100): Promise<string> {
  const words = [...pxectlCommand, ...args].map((word) => `'${word}'`).join(' ')
  const line = `stty cols ${columns} rows 30; ${'NO_COLOR' in env ? '' : 'unset NO_COLOR; '}exec ${words}`
  const {stdout} = await run(['script', '-qec', line, '/dev/null'], {cwd: folder, env: {...UTF8, ...env}})
  return stdout.replaceAll('\r\n', '\n')
}

/** `up` draws a task list; `down` leaves the lab as it was. */
async function seenOfUp(
  env: Readonly<Record<string, string>>,
  {columns, flags = []}: {columns?: number; flags?: string[]} = {},
): Promise<string> {
  const text = await seen(['up', 'lab.yaml', '--yes', ...flags], env, columns)
  await pxectl('down', 'lab.yaml', '--yes')
  return text
}

test('a terminal of today: signs and colours', async () => {
  const up = await seenOfUp({})
  expect(up).toContain('✔')
  expect(up).toMatch(COLOUR)
  expect(up).toMatch(/3 hosts/)
})

test('a locale without UTF-8: nothing beyond ASCII', async () => {
  const up = await seenOfUp({LC_ALL: 'C'})
  expect(up).toMatch(/\+.*3 hosts/)
  expect(up).not.toMatch(SIGN)
  for (const args of [['plan', 'lab.yaml'], ['doctor']]) expect(await seen(args, {LC_ALL: 'C'}), args.join(' ')).not.toMatch(SIGN)
})

test('NO_COLOR and --no-color: no colours', async () => {
  expect(await seenOfUp({NO_COLOR: '1'})).not.toMatch(COLOUR)
  expect(await seenOfUp({}, {flags: ['--no-color']})).not.toMatch(COLOUR)
})

test('TERM=dumb: lines only', async () => {
  const up = await seenOfUp({TERM: 'dumb'})
  expect(up).toMatch(/3 hosts: done/)
  expect(up).not.toContain('\u001B')
})

test('40 columns: a table becomes blocks, and no line of a task list is wider', async () => {
  const drawn = await seenOfUp({}, {columns: 40})
  for (const line of drawn
    .replaceAll(CONTROL, '')
    .split('\n')
    .filter((text) => text.includes('hosts')))
    expect(line.length, line).toBeLessThanOrEqual(40)
  await pxectl('add-host', 'tk9', '--mac', '52:54:00:00:00:19', '--ip', '127.0.0.29')
  expect(await seen(['host', 'list'], {}, 40)).toMatch(/^NAME +tk9\nIP +127\.0\.0\.29\nMAC +52:54:00:00:00:19$/m)
  expect(await seen(['host', 'list'], {}, 100)).toMatch(/^NAME +IP +MAC/m)
})
