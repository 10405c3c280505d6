// Transfers over streams that take bytes when the test says so: what is in memory is counted, not timed.
import {Writable} from 'node:stream'
import {expect, test} from 'vitest'
import {bytesFile, type BootFile} from '../../src/bootfiles/boot-file.js'
import {createBufferPool, LARGE_BYTES, SMALL_BYTES} from '../../src/http/buffer-pool.js'
import {sendPieces} from '../../src/http/send-pieces.js'

const MIB = 1024 * 1024

/** A file whose byte at an offset follows from the offset. */
function patternFile(sizeBytes: number): BootFile & {readonly reads: {offset: number; length: number}[]} {
  const reads: {offset: number; length: number}[] = []
  return {
    sizeBytes,
    modifiedMs: 0,
    version: '1',
    reads,
    read: (offset, length, scratch) => {
      reads.push({offset, length})
      const bytes = (scratch ?? Buffer.alloc(length)).subarray(0, length)
      for (let at = 0; at < length; at += 1) bytes[at] = byteAt(offset + at)
      return Promise.resolve(bytes)
    },
    close: () => undefined,
  }
}

const byteAt = (offset: number): number => (offset * 31 + (offset >> 16)) & 0xff

/** A client that takes a piece only when asked to. */
class StubbornClient extends Writable {
  readonly taken: Buffer[] = []
  private waiting: (() => void) | undefined

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.waiting = () => {
      // Copied only now: a buffer that was used again too early shows.
      this.taken.push(Buffer.from(chunk))
      done()
    }
  }

  get isOffered(): boolean {
    return this.waiting !== undefined
  }

  take(): void {
    const {waiting} = this
    this.waiting = undefined
    waiting?.()
  }
}

/** Lets all that can go on without the client go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

function send(file: BootFile, out: Writable, pool = createBufferPool(64 * MIB), pace = {pieceBytes: SMALL_BYTES}) {
  let sent = 0
  const clock = {ms: 0}
  const range = {first: 0, last: file.sizeBytes - 1}
  const done = sendPieces({file, range, out, pool, pace, onReady: () => undefined, onSent: (bytes) => (sent += bytes), now: () => clock.ms})
  return {done, pool, pace, clock, sent: () => sent}
}

test('all bytes arrive in order, and every buffer comes back', async () => {
  for (const size of [1, SMALL_BYTES, SMALL_BYTES + 1, 3 * MIB, 3 * MIB + 17]) {
    const file = patternFile(size)
    const out = new StubbornClient()
    const {done, pool, sent} = send(file, out)
    let isDone = false
    void done.then(() => (isDone = true))
    while (!isDone) {
      await settle()
      out.take()
    }
    const received = Buffer.concat(out.taken)
    expect(received.length).toBe(size)
    expect(received.every((byte, offset) => byte === byteAt(offset))).toBe(true)
    expect([sent(), pool.lentBytes()]).toEqual([size, 0])
  }
})

test('hundreds of clients that take nothing hold one small buffer each', async () => {
  const pool = createBufferPool(64 * MIB)
  const files = Array.from({length: 300}, () => patternFile(10 * MIB))
  const clients = files.map(() => new StubbornClient())
  const sendings = files.map((file, index) => send(file, clients[index] as StubbornClient, pool))
  await settle()
  expect(pool.lentBytes()).toBe(300 * SMALL_BYTES)
  expect(files.every(({reads}) => reads.length === 1)).toBe(true)
  for (const client of clients) client.destroy()
  await Promise.all(sendings.map(({done}) => done))
  expect(pool.lentBytes()).toBe(0)
})

test('a quick client gets large pieces, read ahead, and within the budget', async () => {
  const file = patternFile(20 * MIB)
  const out = new StubbornClient()
  const {done, pool, pace} = send(file, out)
  for (let piece = 0; piece < 5; piece += 1) {
    await settle()
    out.take()
  }
  await settle()
  expect(pace.pieceBytes).toBe(LARGE_BYTES)
  expect(file.reads.slice(0, 4).map(({length}) => length)).toEqual([SMALL_BYTES, SMALL_BYTES * 4, SMALL_BYTES * 4, LARGE_BYTES])
  expect(pool.lentBytes()).toBe(2 * LARGE_BYTES)
  out.destroy()
  await done
  expect(pool.lentBytes()).toBe(0)
})

test('a client that falls behind is back to one small buffer', async () => {
  const out = new StubbornClient()
  const {done, pool, pace, clock} = send(patternFile(20 * MIB), out, createBufferPool(64 * MIB), {pieceBytes: LARGE_BYTES})
  for (let piece = 0; piece < 3; piece += 1) {
    await settle()
    clock.ms += 1000
    out.take()
  }
  await settle()
  expect([pace.pieceBytes, pool.lentBytes()]).toEqual([SMALL_BYTES, SMALL_BYTES])
  out.destroy()
  await done
})

test('many quick clients share the budget, and go on with small buffers when it is used up', async () => {
  const budget = 4 * MIB
  const pool = createBufferPool(budget)
  const files = Array.from({length: 40}, () => patternFile(512 * 1024))
  const clients = files.map(() => new StubbornClient())
  const sendings = files.map((file, index) => send(file, clients[index] as StubbornClient, pool, {pieceBytes: SMALL_BYTES * 4}))
  let most = 0
  let isDone = false
  const all = Promise.all(sendings.map(({done}) => done)).then(() => (isDone = true))
  while (!isDone) {
    await settle()
    most = Math.max(most, pool.lentBytes())
    for (const client of clients) client.take()
  }
  await all
  expect(most).toBeGreaterThan(3 * MIB)
  expect(most).toBeLessThanOrEqual(budget + 40 * SMALL_BYTES)
  for (const [index, client] of clients.entries()) {
    expect([index, Buffer.concat(client.taken).every((byte, offset) => byte === byteAt(offset))]).toEqual([index, true])
  }
  expect(pool.lentBytes()).toBe(0)
})

test('a file in memory takes no buffers', async () => {
  const out = new StubbornClient()
  const bytes = Buffer.alloc(3 * MIB, 7)
  const {done, pool} = send(bytesFile(bytes, 0), out)
  await settle()
  expect(pool.lentBytes()).toBe(0)
  for (let piece = 0; piece < 3; piece += 1) {
    out.take()
    await settle()
  }
  await done
  expect(out.taken.map(({length}) => length)).toEqual([MIB, MIB, MIB])
})

test('a read that fails fails the transfer, and no buffer is lost', async () => {
  for (const failsAt of [0, 1, 2, 3]) {
    const good = patternFile(20 * MIB)
    let reads = 0
    const file: BootFile = {
      ...good,
      read: (offset, length, scratch) => {
        reads += 1
        return reads > failsAt ? Promise.reject(new Error('the disk died')) : good.read(offset, length, scratch)
      },
    }
    const out = new StubbornClient()
    const {done, pool} = send(file, out)
    const failure = expect(done).rejects.toThrow('the disk died')
    for (let piece = 0; piece < 4; piece += 1) {
      await settle()
      out.take()
    }
    await failure
    expect(pool.lentBytes()).toBe(0)
  }
})

test('a buffer is not lent again while a read still fills it', async () => {
  let finishRead = (): void => undefined
  let reads = 0
  const good = patternFile(20 * MIB)
  const file: BootFile = {
    ...good,
    read: (offset, length, scratch) => {
      reads += 1
      if (reads < 3) return good.read(offset, length, scratch)
      return new Promise((resolve) => (finishRead = () => resolve((scratch ?? Buffer.alloc(length)).subarray(0, length))))
    },
  }
  const out = new StubbornClient()
  const {done, pool} = send(file, out)
  let isDone = false
  void done.then(() => (isDone = true))
  await settle()
  out.take()
  await settle()
  // The second piece is offered, the third is being read ahead: now the client goes.
  expect([out.isOffered, reads]).toEqual([true, 3])
  out.destroy()
  await settle()
  expect(isDone).toBe(false)
  expect(pool.lentBytes()).toBeGreaterThan(0)
  finishRead()
  await done
  expect(pool.lentBytes()).toBe(0)
})
