import fc from 'fast-check'
import {expect, test} from 'vitest'
import {plainTerms} from '../../src/tftp/options.js'
import type {Packet} from '../../src/tftp/packet.js'
import {isStalled, type ReadAction, type ReadInput, type ReadTransfer, startReadTransfer, step} from '../../src/tftp/read-transfer.js'
import {contentOf, faithful, type Fate, transfer, type Transfer} from './lossy-wire.js'

/** Runs a transfer that must arrive whole. */
function checkWhole(options: Transfer): ReturnType<typeof transfer> {
  const transferred = transfer(options)
  expect(transferred.client).toEqual({kind: 'done'})
  expect(Buffer.compare(transferred.received, options.content)).toBe(0)
  return transferred
}

const every =
  (n: number, what: readonly number[]): Fate =>
  (packet, index) =>
    packet.kind !== 'rrq' && index % n === 0 ? what : [1]

test('files of every length around a block arrive whole', () => {
  for (const blksize of [8, 512, 1432, 1468]) {
    for (const length of [0, 1, blksize - 1, blksize, blksize + 1, 4 * blksize - 1, 4 * blksize, 4 * blksize + 1]) {
      for (const windowsize of [1, 4, 16, 64]) {
        const {server, sent, retransmits} = checkWhole({content: contentOf(length), blksize, windowsize})
        expect(server).toEqual({kind: 'done'})
        expect(retransmits).toBe(0)
        expect(sent.filter(({packet}) => packet.kind === 'data')).toHaveLength(Math.floor(length / blksize) + 1)
      }
    }
  }
})

test('without options the first answer is block 1 of 512 bytes, and no OACK', () => {
  const {sent} = checkWhole({content: contentOf(1000)})
  expect(sent.map(({packet}) => packet.kind)).toEqual(['rrq', 'data', 'ack', 'data', 'ack'])
})

test('block numbers wrap from 65535 to 0', () => {
  for (const windowsize of [1, 64]) {
    const {sent} = checkWhole({content: contentOf(8 * 65_540 + 3), blksize: 8, windowsize, chunkBytes: 60_001})
    const numbers = sent.flatMap(({packet}) => (packet.kind === 'data' ? [packet.block] : []))
    expect(numbers.slice(65_533, 65_538)).toEqual([65_534, 65_535, 0, 1, 2])
  }
  checkWhole({content: contentOf(8 * 65_535), blksize: 8, windowsize: 1, chunkBytes: 60_000})
  checkWhole({content: contentOf(8 * 65_536 - 1), blksize: 8, windowsize: 16, chunkBytes: 60_000})
})

test('a window may lose its packets at the wrap', () => {
  const fate: Fate = (packet, index) => (index > 65_000 && index % 7 === 0 && packet.kind === 'data' ? [] : [1])
  checkWhole({content: contentOf(8 * 65_600), blksize: 8, windowsize: 16, chunkBytes: 60_000, fate})
})

test('every n-th packet may get lost, come twice, or come late', () => {
  // Every second packet lost would be every answer.
  const troubles = [3, 5, 7]
    .map((n) => every(n, []))
    .concat([2, 3, 5, 7].flatMap((n) => [every(n, [1, 1]), every(n, [1, 40]), every(n, [3.5])]))
  for (const windowsize of [1, 4, 16, 64]) {
    for (const fate of troubles) checkWhole({content: contentOf(20_000), blksize: 512, windowsize, fate})
  }
})

test('doubled ACKs do not double the data (RFC 1123, the sorcerer’s apprentice)', () => {
  const {retransmits} = checkWhole({content: contentOf(50_000), fate: (packet) => (packet.kind === 'ack' ? [1, 1.5, 200] : [1])})
  expect(retransmits).toBe(0)
})

test('in a window, each block goes out at most twice although every ACK comes three times', () => {
  const {sent} = checkWhole({
    content: contentOf(50_000),
    blksize: 512,
    windowsize: 8,
    fate: (packet) => (packet.kind === 'ack' ? [1, 1.5, 30] : [1]),
  })
  const counts = new Map<number, number>()
  for (const {packet} of sent) if (packet.kind === 'data') counts.set(packet.block, (counts.get(packet.block) ?? 0) + 1)
  expect(Math.max(...counts.values())).toBeLessThanOrEqual(2)
})

test('a block lost inside a window is sent again at once, not after a time-out', () => {
  let isLost = false
  const fate: Fate = (packet) => {
    const isIt = packet.kind === 'data' && packet.block === 6 && !isLost
    isLost ||= isIt
    return isIt ? [] : [1]
  }
  const {elapsedMs, retransmits} = checkWhole({content: contentOf(512 * 40), blksize: 512, windowsize: 8, fate})
  expect(isLost).toBe(true)
  expect(elapsedMs).toBeLessThan(500)
  expect(retransmits).toBeGreaterThan(0)
})

test('a client that vanishes is given up after six sends and bounded silence', () => {
  for (const windowsize of [undefined, 1, 16]) {
    const vanishing: Fate = (packet, index, to) => (to === 'server' && index > 40 ? [] : faithful(packet, index, to))
    const {server, sent, elapsedMs} = transfer({
      content: contentOf(100_000),
      ...(windowsize === undefined ? {} : {windowsize}),
      fate: vanishing,
    })
    expect(server).toMatchObject({kind: 'failed', reason: expect.stringMatching(/^no answer to block \d+, sent 6 times$/) as unknown})
    expect(elapsedMs).toBeLessThan(60_000)
    expect(sent.length).toBeLessThan(300)
  }
})

test('over any loss, doubling and delay a transfer ends whole or gives up, in bounded steps', () => {
  const fates = fc.array(
    fc.oneof({weight: 6, arbitrary: fc.constant([1])}, fc.constant([]), fc.array(fc.integer({min: 1, max: 3000}), {maxLength: 3})),
    {minLength: 1, maxLength: 60},
  )
  fc.assert(
    fc.property(
      fates,
      fc.nat(9000),
      fc.constantFrom(8, 100, 512),
      fc.constantFrom(1, 2, 4, 16, 64),
      (fates, length, blksize, windowsize) => {
        const content = contentOf(Math.min(length, blksize * 120))
        const {server, client, received, sent} = transfer({
          content,
          blksize,
          windowsize,
          fate: (_packet, index) => fates[index % fates.length] ?? [],
        })
        if (client?.kind === 'done') expect(Buffer.compare(received, content)).toBe(0)
        else expect(client).toEqual({kind: 'silent'})
        if (server?.kind === 'done') expect(client).toEqual({kind: 'done'})
        expect(Buffer.compare(received, content.subarray(0, received.length))).toBe(0)
        expect(sent.length).toBeLessThan(20_000)
      },
    ),
    {numRuns: 400},
  )
})

// The machine by hand.

const data = (block: number): ReadAction =>
  expect.objectContaining({kind: 'send', packet: expect.objectContaining({kind: 'data', block}) as unknown}) as ReadAction

function drive(transfer: ReadTransfer, ...inputs: ReadInput[]): [ReadTransfer, readonly ReadAction[]] {
  let actions: readonly ReadAction[] = []
  for (const input of inputs) [transfer, actions] = step(transfer, input)
  return [transfer, actions]
}
const ack = (block: number): ReadInput => ({kind: 'packet', packet: {kind: 'ack', block}, nowMs: 5})
const chunk = (length: number, isLast = false): ReadInput => ({kind: 'chunk', bytes: contentOf(length), isLast, nowMs: 5})
const started = (): ReadTransfer => startReadTransfer({terms: plainTerms, granted: []}, 0)[0]

test('stale, future and misplaced packets change nothing', () => {
  const [running] = drive(started(), chunk(5120), ack(1), ack(2))
  const packets: Packet[] = [
    {kind: 'ack', block: 1},
    {kind: 'ack', block: 2},
    {kind: 'ack', block: 4},
    {kind: 'ack', block: 65_535},
    {kind: 'data', block: 1, bytes: new Uint8Array(3)},
    {kind: 'oack', options: []},
    {kind: 'rrq', name: 'x', mode: 'octet', options: []},
  ]
  for (const packet of packets) expect(step(running, {kind: 'packet', packet, nowMs: 6})).toEqual([running, []])
})

test('an ERROR ends it without an answer; before the first block it was a question for the size', () => {
  const packet: Packet = {kind: 'error', errorCode: 8, message: 'User aborted the transfer'}
  const probed = startReadTransfer({terms: plainTerms, granted: [['tsize', '5']]}, 0)[0]
  expect(drive(probed, {kind: 'packet', packet, nowMs: 1})[1]).toEqual([{kind: 'finish', outcome: {kind: 'probed'}}])
  const [, actions] = drive(started(), chunk(5120), ack(1), {kind: 'packet', packet, nowMs: 1})
  expect(actions).toEqual([{kind: 'finish', outcome: {kind: 'failed', reason: 'the client ended it: error 8 User aborted the transfer'}}])
})

test('a file that cannot be read on ends the transfer with an ERROR to the client', () => {
  const [finished, actions] = drive(started(), chunk(600), {kind: 'abort', message: 'the file cannot be read'})
  expect(actions).toEqual([
    {kind: 'send', packet: {kind: 'error', errorCode: 0, message: 'the file cannot be read'}},
    {kind: 'finish', outcome: {kind: 'failed', reason: 'the file cannot be read'}},
  ])
  expect(drive(finished, ack(1), {kind: 'tick', nowMs: 1e9})).toEqual([finished, []])
})

test('repetitions are spaced 1, 2, 4, 4, 4 seconds, or as the timeout option says', () => {
  const waits = (timeoutSeconds?: number): number[] => {
    const terms = timeoutSeconds === undefined ? plainTerms : {...plainTerms, timeoutSeconds}
    let [state] = drive(startReadTransfer({terms, granted: []}, 0)[0], {...chunk(600), nowMs: 0} as ReadInput)
    const times = [0]
    while (!state.isFinished) {
      times.push(state.wakeAtMs)
      ;[state] = step(state, {kind: 'tick', nowMs: state.wakeAtMs})
    }
    return times.slice(1).map((time, index) => (time - (times[index] ?? 0)) / 1000)
  }
  expect(waits()).toEqual([1, 2, 4, 4, 4, 4])
  expect(waits(2)).toEqual([2, 4, 4, 4, 4, 4])
  expect(waits(10)).toEqual([10, 10, 10, 10, 10, 10])
})

test('an early tick only sets the alarm again', () => {
  const [running] = drive(started(), chunk(600))
  expect(step(running, {kind: 'tick', nowMs: 100})).toEqual([running, [{kind: 'wakeAt', atMs: running.wakeAtMs}]])
})

test('reading keeps ahead of sending, one read at a time, and holds a bounded stretch', () => {
  let [state, actions] = startReadTransfer({terms: plainTerms, granted: []}, 0)
  expect(actions).toContainEqual({kind: 'read'})
  ;[state, actions] = step(state, chunk(512 * 100))
  expect(actions).not.toContainEqual({kind: 'read'})
  for (let block = 1; block <= 100; block += 1) {
    ;[state, actions] = step(state, ack(block))
    if (actions.some(({kind}) => kind === 'read')) break
  }
  expect(state.sent).toBe(84)
  ;[state, actions] = step(state, chunk(512 * 100))
  expect(state.queue.blocks.length).toBeLessThan(120)
  ;[, actions] = step(state, ack(84))
  expect(actions).toContainEqual(data(85))
})

test('no transfer outlives its limit, however lively the client', () => {
  const [running] = drive(started(), chunk(5120))
  const [, actions] = step(running, {kind: 'packet', packet: {kind: 'ack', block: 1}, nowMs: 7 * 3_600_000})
  expect(actions.at(-1)).toEqual({kind: 'finish', outcome: {kind: 'failed', reason: 'the transfer takes too long'}})
})

test('a client is stalled when it took blocks and then missed an answer', () => {
  const [running] = drive(started(), chunk(5120))
  expect(isStalled(drive(running, {kind: 'tick', nowMs: 9000})[0])).toBe(false)
  expect(isStalled(drive(running, ack(1))[0])).toBe(false)
  expect(isStalled(drive(running, ack(1), {kind: 'tick', nowMs: 9000})[0])).toBe(true)
})
