// What no client should send: broken, huge and lying TFTP packets, and names that lead astray. Each is refused or ignored, and the
// server serves on.
//
//     br0 192.168.56.1: pxectl serve ── c1 192.168.56.50: good and bad clients
import {Buffer} from 'node:buffer'
import {access, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {BAD_NAMES, type BadLab, openBadLab, SMALL, titleOf} from './support/bad-lab.js'
import {ack, rrq} from './support/fetch.js'
import {noise} from './support/noise.js'
import {until} from './support/programs.js'
import {TFTP_PORT} from './support/serving.js'
import type {Datagram} from './support/sockets.js'

let lab: BadLab

beforeAll(async () => {
  lab = await openBadLab('bad')
})

afterAll(() => lab?.network.close())

/** Sends a datagram and gives what comes back first, if anything does while a good client is served. */
async function ask(datagram: Uint8Array, waitMs = 0): Promise<Datagram | undefined> {
  const socket = await lab.sockets.udp()
  try {
    socket.send(datagram, TFTP_PORT)
    if (waitMs === 0) await lab.mustServe()
    return await socket.next(Math.max(waitMs, 1))
  } finally {
    socket.close()
  }
}

const opcodeOf = (datagram: Datagram | undefined): number | undefined => datagram?.bytes.readUInt16BE(0)

/** An answer that a request for nothing may get: none, or one ERROR that is no longer than a line. */
function expectRefusalOrNothing(answer: Datagram | undefined): void {
  if (answer === undefined) return
  expect(opcodeOf(answer)).toBe(5)
  expect(answer.bytes.length).toBeLessThan(600)
}

const bytes = (...values: number[]): Buffer => Buffer.from(values)
const text = (value: string): Buffer => Buffer.from(value, 'latin1')

const MALFORMED: Readonly<Record<string, Buffer>> = {
  'an empty datagram': bytes(),
  'one byte': bytes(0),
  'an opcode and nothing else': bytes(0, 1),
  'a request without any NUL': text('\0\u0001small.bin'),
  'a request without a mode': text('\0\u0001small.bin\0'),
  'a request whose mode has no end': text('\0\u0001small.bin\0octet'),
  'a request of NULs only': Buffer.concat([bytes(0, 1), Buffer.alloc(400)]),
  'a request with an unknown mode': text('\0\u0001small.bin\0mail\0'),
  'opcode 0': bytes(0, 0, 0, 0),
  'opcode 7': bytes(0, 7, 1, 2, 3),
  'opcode 65535': bytes(255, 255, 255, 255),
  'a DATA to the request port': Buffer.concat([bytes(0, 3, 0, 1), noise(512, 3)]),
  'an ACK to the request port': bytes(0, 4, 0, 9),
  'half an ACK': bytes(0, 4, 0),
  'an OACK to the request port': text('\0\u0006blksize\u00001432\0'),
  'an ERROR to the request port': text('\0\u0005\0\u0000no\0'),
  noise: noise(1400, 9),
  'an oversized request (65,507 bytes)': text(`\0\u0001${'a'.repeat(65_498)}\0octet\0`),
  'an oversized DATA (65,507 bytes)': Buffer.concat([bytes(0, 3, 0, 1), noise(65_503, 4)]),
  'a request with 10,000 options': text(`\0\u0001small.bin\0mail\0${'a\u00001\0'.repeat(10_000)}`),
}

test.each(Object.entries(MALFORMED))('TFTP: %s is refused or ignored', async (_name, datagram) => {
  expectRefusalOrNothing(await ask(datagram))
})

/** What a broken option may be answered with: left out of the OACK, or ERROR 8 (RFC 2347). */
const OPTIONS: readonly (readonly string[])[] = [
  ['blksize', '7'],
  ['blksize', '0'],
  ['blksize', '-1'],
  ['blksize', '65465'],
  ['blksize', '1000000000000000000000'],
  ['blksize', '512x'],
  ['blksize', ''],
  ['blksize', '0x200'],
  ['blksize', '1e3'],
  ['windowsize', '0'],
  ['windowsize', '65536'],
  ['windowsize', '-4'],
  ['timeout', '0'],
  ['timeout', '256'],
  ['timeout', '1.5'],
  ['tsize', '-1'],
  ['tsize', 'x'],
  ['multicast', ''],
  ['__proto__', '1'],
  ['constructor', '1'],
  ['blksize', '1024', 'blksize', '512'],
  ['BLKSIZE', '1024', 'blksize', '8'],
  ['tsize', '0', 'tsize', '0', 'TSIZE', '0'],
  ['windowsize', '2', 'windowsize', '60000'],
]

test.each(OPTIONS.map((options) => [options.join(' '), options] as const))(
  'TFTP: the option %s is left out, taken once, or ERROR 8',
  async (_name, options) => {
    const answer = await ask(rrq('small.bin', ...options), 5000)
    const opcode = opcodeOf(answer)
    if (answer === undefined || opcode === undefined) throw new Error('no answer')
    if (opcode === 5) expect(answer.bytes.readUInt16BE(2)).toBe(8)
    // Without any option left this is RFC 1350: the first 512 bytes at once.
    else if (opcode === 3) expect(answer.bytes.subarray(4).equals(SMALL.subarray(0, 512))).toBe(true)
    else expectOack(answer.bytes, options)
    await lab.mustServe()
  },
)

/** Each option at most once, none that was not asked, no value that was not asked or is out of range. */
function expectOack(oack: Buffer, asked: readonly string[]): void {
  expect(oack.readUInt16BE(0)).toBe(6)
  const words = oack.subarray(2, -1).toString('latin1').split('\0')
  const names = words.filter((_word, index) => index % 2 === 0).map((name) => name.toLowerCase())
  expect(new Set(names).size, `options said twice: ${words.join(' ')}`).toBe(names.length)
  for (const [index, name] of names.entries()) {
    const value = Number(words[2 * index + 1])
    const wanted = asked.filter((_word, at) => at % 2 === 1 && asked[at - 1]?.toLowerCase() === name).map(Number)
    const [least, most] = {blksize: [8, 65_464], windowsize: [1, 65_535], timeout: [1, 255], tsize: [SMALL.length, SMALL.length]}[name] ?? [
      1, 0,
    ]
    expect(value, words.join(' ')).toBeGreaterThanOrEqual(least ?? 0)
    expect(value, words.join(' ')).toBeLessThanOrEqual(Math.min(most ?? 0, name === 'tsize' ? Infinity : Math.max(...wanted)))
  }
}

test('TFTP: writing is refused, and writes nothing', async () => {
  for (const name of ['new.bin', 'small.bin', '../new.bin']) {
    const socket = await lab.sockets.udp()
    socket.send(text(`\0\u0002${name}\0octet\0`), TFTP_PORT)
    const answer = await socket.next(5000)
    expect(opcodeOf(answer)).toBe(5)
    // Sent all the same, to both ports.
    for (const port of [TFTP_PORT, answer?.port ?? TFTP_PORT]) socket.send(Buffer.concat([bytes(0, 3, 0, 1), text('evil')]), port)
    await lab.mustServe()
    socket.close()
  }
  await expect(access(join(lab.root, 'new.bin'))).rejects.toThrow()
  expect((await readFile(join(lab.root, 'small.bin'))).equals(SMALL)).toBe(true)
})

test.each(['', '/', '//', 'small.bin/', '\uffff', ...BAD_NAMES].map((name) => [titleOf(name), name] as const))(
  'TFTP: the name "%s" gives an ERROR and no byte of a file',
  async (_title, name) => {
    const answer = await ask(rrq(name), 5000)
    // A name of so many bytes is no request at all for some servers.
    if (answer === undefined && name.length > 4096) return
    // "small.bin/" may well be taken for the file.
    if (opcodeOf(answer) === 3 && name === 'small.bin/') return
    expect(opcodeOf(answer)).toBe(5)
    await lab.mustServe()
  },
)

test('TFTP: answers of a stranger neither end nor speed up a transfer', async () => {
  const [good, stranger] = [await lab.sockets.udp(), await lab.sockets.udp()]
  good.send(rrq('small.bin', 'blksize', '512'), TFTP_PORT)
  const oack = await good.next(5000)
  expect(opcodeOf(oack)).toBe(6)
  const port = oack?.port ?? 0
  stranger.send(ack(0), port)
  stranger.send(text('\0\u0005\0\u0000go away\0'), port)
  stranger.send(ack(1), port)
  await lab.mustServe()
  good.send(ack(0), port)
  let received = Buffer.alloc(0)
  for (let block = 1; received.length < SMALL.length;) {
    const datagram = await good.next(5000)
    expect(opcodeOf(datagram)).not.toBe(5)
    if (opcodeOf(datagram) !== 3 || datagram?.bytes.readUInt16BE(2) !== block) continue
    received = Buffer.concat([received, datagram.bytes.subarray(4)])
    good.send(ack(block), port)
    block += 1
  }
  expect(received.equals(SMALL)).toBe(true)
})

test('TFTP: ACKs of blocks that were never sent move nothing', async () => {
  const socket = await lab.sockets.udp()
  socket.send(rrq('small.bin', 'blksize', '512'), TFTP_PORT)
  const oack = await socket.next(5000)
  for (let block = 0; block < 65_536; block += 257) if (block !== 0) socket.send(ack(block), oack?.port ?? 0)
  await lab.mustServe()
  socket.send(ack(0), oack?.port ?? 0)
  const first = await until('block 1', 10_000, async () => {
    const datagram = await socket.next(1000)
    return opcodeOf(datagram) === 6 ? undefined : datagram
  })
  expect(first.bytes.readUInt32BE(0)).toBe(0x0003_0001)
  socket.close()
})
