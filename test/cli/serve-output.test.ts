import {PassThrough} from 'node:stream'
import {describe, expect, test, vi} from 'vitest'
import {openServeOutput, type OutputStream} from '../../src/cli/serve-output.js'

type Fake = OutputStream & {readonly text: () => string}

function fakeStream(terminal?: {columns: number; rows: number}): Fake {
  const written: string[] = []
  const stream = new PassThrough()
  stream.on('data', (chunk: Buffer) => written.push(chunk.toString()))
  return Object.assign(stream, {text: () => written.join(''), ...(terminal === undefined ? {} : {isTTY: true, ...terminal})})
}

/** What a terminal of unlimited height shows after this text: only what log-update uses of ANSI. */
function screenOf(text: string): string[] {
  const lines = ['']
  let row = 0
  for (const [part] of text.matchAll(/\u001b\[[0-9;?]*[A-Za-z]|\n|[^\u001b\n]+/g)) {
    if (part === '\n') lines[++row] ??= ''
    else if (part === '\u001b[2K') lines[row] = ''
    else if (part === '\u001b[1A') row -= 1
    else if (part === '\u001b[G' || /^\u001b\[\?/.test(part)) continue
    else if (part.startsWith('\u001b')) throw new Error(`unexpected ${JSON.stringify(part)}`)
    else lines[row] += part
  }
  return lines
}

const active = [
  {protocol: 'tftp', client: '10.0.0.21', port: 1, name: 'vmlinuz', sizeBytes: 100, bytes: 50, durationMs: 1000, retransmits: 0} as const,
]
const TERMINAL = {columns: 80, rows: 24}

describe('the output of serve', () => {
  test('is plain lines where nobody watches, in order and all of them', async () => {
    const [stdout, stderr] = [fakeStream(), fakeStream()]
    const output = await openServeOutput({stdout, stderr, live: true})
    output.watch(() => active)
    output.line('one')
    output.note('beside')
    output.line('two')
    output.close()
    expect(stdout.text()).toBe('one\ntwo\n')
    expect(stderr.text()).toBe('beside\n')
  })

  test('is plain lines on a terminal, too, where no table is wanted', async () => {
    const stdout = fakeStream(TERMINAL)
    const output = await openServeOutput({stdout, stderr: fakeStream(TERMINAL), live: false})
    output.watch(() => active)
    output.line('one')
    output.close()
    expect(stdout.text()).toBe('one\n')
  })

  test('on a terminal, lines scroll above the table, and the table goes at the end', async () => {
    const stdout = fakeStream(TERMINAL)
    const output = await openServeOutput({stdout, stderr: fakeStream(), live: true})
    output.line('ready')
    output.watch(() => active)
    await vi.waitFor(() => expect(stdout.text()).toContain('vmlinuz'))
    output.line('event')
    await vi.waitFor(() => expect(stdout.text()).toContain('event'))
    const shown = screenOf(stdout.text())
    expect(shown.slice(0, 4)).toEqual(['ready', 'event', '1 transfer, 50 B/s', 'CLIENT     FILE     DONE    RATE  RETRANSMITS'])
    expect(shown[4]).toMatch(/^10\.0\.0\.21 {2}vmlinuz {3}50%/)
    output.close()
    expect(screenOf(stdout.text()).filter((line) => line !== '')).toEqual(['ready', 'event'])
    expect(stdout.text()).not.toContain('\u001b[?25l')
  })

  test('a transfer that ended is in its line, and no more in the table', async () => {
    const stdout = fakeStream(TERMINAL)
    const output = await openServeOutput({stdout, stderr: fakeStream(), live: true})
    let running: readonly (typeof active)[number][] = active
    output.watch(() => running)
    await vi.waitFor(() => expect(stdout.text()).toContain('vmlinuz'))
    running = []
    const before = stdout.text().length
    output.line('done')
    await vi.waitFor(() => expect(stdout.text()).toContain('done'))
    expect(stdout.text().slice(before)).not.toContain('vmlinuz')
    output.close()
  })

  test('with stdout in a file, the table is on stderr and the file has lines only', async () => {
    const [stdout, stderr] = [fakeStream(), fakeStream(TERMINAL)]
    const output = await openServeOutput({stdout, stderr, live: true})
    output.watch(() => active)
    output.line('event')
    await vi.waitFor(() => expect(stderr.text()).toContain('vmlinuz'))
    output.close()
    expect(stdout.text()).toBe('event\n')
  })

  test('a narrower terminal gets a narrower table', async () => {
    const stdout = fakeStream(TERMINAL)
    const output = await openServeOutput({stdout, stderr: fakeStream(), live: true})
    output.watch(() => active)
    await vi.waitFor(() => expect(stdout.text()).toContain('RETRANSMITS'))
    Object.assign(stdout, {columns: 30})
    await vi.waitFor(() => expect(screenOf(stdout.text()).join('\n')).not.toContain('RETRANSMITS'))
    output.close()
  })
})
