// `pxectl init` as a conversation, at a pseudo-terminal that Python makes: it says what it found, proposes, and makes what was chosen.
import {existsSync} from 'node:fs'
import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {mustRun} from './support/programs.js'
import {pxectlCommand} from './support/program.js'

/** Types `argv[1]` (with \e for Escape) once the question is there; prints what was seen, then the exit status. */
const AT_TERMINAL = String.raw`
import os, pty, select, sys, time
keys = sys.argv[1].encode().decode('unicode_escape').encode()
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
seen, typed, end = b'', False, time.monotonic() + 120
while time.monotonic() < end:
    if fd in select.select([fd], [], [], 1)[0]:
        try:
            chunk = os.read(fd, 65536)
        except OSError:
            break
        if not chunk:
            break
        seen += chunk
    elif not typed and b'set up?' in seen:
        # One key at a time, as somebody types.
        for key in keys.split(b'|'):
            os.write(fd, key)
            time.sleep(0.3)
        typed = True
os.write(1, seen)
print('STATUS', os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`

const UP = String.raw`\x1b[A`
const ENTER = String.raw`\r`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pxe2e-init-'))
})
afterAll(() => rm(folder, {recursive: true, force: true}))

async function converse(keys: readonly string[], ...args: string[]): Promise<string> {
  const env = {TERM: 'xterm', COLUMNS: '200', NO_COLOR: '1'}
  return mustRun(['python3', '-c', AT_TERMINAL, keys.join('|'), ...pxectlCommand, 'init', ...args], {cwd: folder, env})
}

test('it says what the machine has, and makes the set-up that was chosen', async () => {
  // Above the first choice is the last, by hand; above that, loopback.
  const seen = await converse([UP, UP, ENTER], 'chosen')
  for (const text of ['This machine has:', 'hypervisors', 'ports taken', 'How is the lab to be set up?', 'STATUS 0'])
    expect(seen).toContain(text)
  expect(await readFile(join(folder, 'chosen/pxectl.ini'), 'utf8')).toMatch(/^interface = lo$/m)
})

test('Ctrl-C at the question makes nothing', async () => {
  expect(await converse([String.raw`\x03`], 'declined')).toContain('STATUS 2')
  expect(existsSync(join(folder, 'declined'))).toBe(false)
})

test('with --yes, or a set-up named, nothing is asked', async () => {
  expect(await converse([], 'named', '--setup', 'loopback', '--yes')).not.toContain('set up?')
  expect(existsSync(join(folder, 'named/pxectl.ini'))).toBe(true)
})
