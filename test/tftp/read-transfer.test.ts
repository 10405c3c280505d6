import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {plainTerms} from '../../src/tftp/options.js'
import {type Outcome, type Progress, ReadTransfer} from '../../src/tftp/read-transfer.js'
import {contentOf, faithful, type Fate, transfer, type Transfer} from './lossy-wire.js'

describe.each([
  {name: 'the machine sends each window', clock: {}},
  {name: 'an ACK clock sends some windows on', clock: {clockedWindows: 3, blocksPerRead: 200}},
])('over a wire, $name', ({clock}) => {
  const run = (options: Transfer): ReturnType<typeof transfer> => transfer({...options, ...clock})

  /** Runs a transfer that must arrive whole. */
  function checkWhole(options: Transfer): ReturnType<typeof transfer> {
    const transferred = run(options)
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
      const {sent} = checkWhole({content: contentOf(8 * 65_540 + 3), blksize: 8, windowsize})
      const numbers = sent.flatMap(({packet}) => (packet.kind === 'data' ? [packet.block] : []))
      expect(numbers.slice(65_533, 65_538)).toEqual([65_534, 65_535, 0, 1, 2])
    }
    checkWhole({content: contentOf(8 * 65_535), blksize: 8, windowsize: 1})
    checkWhole({content: contentOf(8 * 65_536 - 1), blksize: 8, windowsize: 16})
  })

  test('a window may lose its packets at the wrap', () => {
    const fate: Fate = (packet, index) => (index > 65_000 && index % 7 === 0 && packet.kind === 'data' ? [] : [1])
    checkWhole({content: contentOf(8 * 65_600), blksize: 8, windowsize: 16, fate})
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

  test('a client that vanishes is given up after bounded sends and silence', () => {
    for (const windowsize of [undefined, 1, 16]) {
      const vanishing: Fate = (packet, index, to) => (to === 'server' && index > 40 ? [] : faithful(packet, index, to))
      const {server, sent, elapsedMs} = run({
        content: contentOf(100_000),
        ...(windowsize === undefined ? {} : {windowsize}),
        fate: vanishing,
      })
      expect(server).toMatchObject({kind: 'failed', reason: expect.stringMatching(/^no answer to block \d+, sent \d+ times$/) as unknown})
      expect(elapsedMs).toBeLessThan(60_000)
      expect(sent.length).toBeLessThan(500)
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
          const {server, client, received, sent} = run({
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
})

// The machine by hand.

type Hand = {
  readonly transfer: ReadTransfer
  /** What was done since the last look: `oack`, `1-4`, `error MESSAGE`. */
  sends(): string[]
  readonly wakesAt: () => number
  readonly outcome: () => Outcome | undefined
}

function hand({windowsize = 1, blockCount = 100, hasOack = false, timeoutSeconds = 0, prepared = Infinity} = {}): Hand & {
  prepared: number
  progress: Progress | undefined
} {
  let sends: string[] = []
  let wakesAt = 0
  let outcome: Outcome | undefined
  const terms = {...plainTerms, windowsize, ...(timeoutSeconds === 0 ? {} : {timeoutSeconds})}
  const transfer: ReadTransfer = new ReadTransfer(
    {terms, hasOack, blockCount},
    {
      prepare: (_first, last) => Math.min(last, self.prepared),
      sendBlocks: (first, last) => sends.push(first === last ? String(first) : `${first}-${last}`),
      progress: () => self.progress,
      sendOack: () => sends.push('oack'),
      sendError: (message) => sends.push(`error ${message}`),
      wakeAt: (atMs) => (wakesAt = atMs),
      finish: (how) => (outcome = how),
    },
    0,
  )
  const self: ReturnType<typeof hand> = {
    transfer,
    prepared,
    progress: undefined,
    sends: () => sends.splice(0),
    wakesAt: () => wakesAt,
    outcome: () => outcome,
  }
  sends = []
  transfer.start(0)
  return self
}

test('stale, future and nonsensical ACKs change nothing', () => {
  const {transfer, sends} = hand()
  for (const block of [1, 2]) transfer.acknowledge(block, 5)
  expect(sends()).toEqual(['1', '2', '3'])
  for (const block of [1, 2, 4, 65_535]) transfer.acknowledge(block, 6)
  expect(sends()).toEqual([])
  transfer.acknowledge(3, 7)
  expect(sends()).toEqual(['4'])
})

test('an ERROR ends it without an answer; before the first block it was a question for the size', () => {
  const probed = hand({hasOack: true})
  probed.transfer.receiveError(8, 'User aborted the transfer')
  expect(probed.sends()).toEqual(['oack'])
  expect(probed.outcome()).toEqual({kind: 'probed'})
  const ended = hand()
  ended.transfer.acknowledge(1, 5)
  ended.transfer.receiveError(8, 'User aborted the transfer')
  expect(ended.sends()).toEqual(['1', '2'])
  expect(ended.outcome()).toEqual({kind: 'failed', reason: 'the client ended it: error 8 User aborted the transfer'})
})

test('a file that cannot be read on ends the transfer with an ERROR to the client, and nothing follows', () => {
  const {transfer, sends, outcome} = hand()
  transfer.abort('the file cannot be read')
  expect(sends()).toEqual(['1', 'error the file cannot be read'])
  expect(outcome()).toEqual({kind: 'failed', reason: 'the file cannot be read'})
  transfer.acknowledge(1, 5)
  transfer.tick(1e9)
  transfer.resume(1e9)
  transfer.abort('again')
  expect(sends()).toEqual([])
})

/** Seconds between the repetitions until the machine gives up. */
function waitsOf({transfer, wakesAt, outcome}: Hand, fromMs: number): number[] {
  const waits: number[] = []
  for (let beforeMs = fromMs; outcome() === undefined;) {
    const atMs = wakesAt()
    waits.push((atMs - beforeMs) / 1000)
    beforeMs = atMs
    transfer.tick(atMs)
  }
  return waits
}

test('a client that never answers is asked after 1, 2, 4, 4, 4 seconds, or as its timeout option says', () => {
  expect(waitsOf(hand(), 0)).toEqual([1, 2, 4, 4, 4, 4])
  expect(waitsOf(hand({hasOack: true}), 0)).toEqual([1, 2, 4, 4, 4, 4])
  expect(waitsOf(hand({timeoutSeconds: 2}), 0)).toEqual([2, 4, 4, 4, 4, 4])
  expect(waitsOf(hand({timeoutSeconds: 10}), 0)).toEqual([10, 10, 10, 10, 10, 10])
})

test('a client that took blocks is asked by its round trip, for half a minute', () => {
  const near = hand()
  near.transfer.acknowledge(1, 3)
  const waits = waitsOf(near, 3)
  expect(waits.slice(0, 6)).toEqual([0.2, 0.4, 0.8, 1.6, 2, 2])
  expect(waits.reduce((sum, wait) => sum + wait)).toBeLessThan(33)

  const far = hand()
  far.transfer.acknowledge(1, 600)
  far.transfer.acknowledge(2, 1200)
  const [firstWait = 0] = waitsOf(far, 1200)
  expect(firstWait).toBeGreaterThan(0.6)
  expect(firstWait).toBeLessThan(1.8)
})

test('the answer to a block that was sent twice is no measure', () => {
  const {transfer, wakesAt} = hand()
  transfer.tick(wakesAt())
  transfer.acknowledge(1, 1001)
  expect(wakesAt()).toBe(2001)
})

test('what went out by an ACK clock counts: silence begins with its last window, and what is sent again is what lacks an ACK', () => {
  const self = hand()
  const {transfer, sends, wakesAt, outcome} = self
  transfer.acknowledge(1, 10)
  sends()
  const firstWake = wakesAt()
  self.progress = {acked: 8, sent: 9, sentAtMs: 150, tripMs: 5}
  transfer.tick(firstWake)
  expect(sends()).toEqual([])
  expect(wakesAt()).toBe(350)
  transfer.tick(350)
  expect(sends()).toEqual(['9'])
  expect(transfer.retransmits).toBe(1)
  // A late copy of an ACK that the clock has taken.
  transfer.acknowledge(7, 360)
  expect(sends()).toEqual([])
  transfer.acknowledge(9, 370)
  expect(sends()).toEqual(['10'])
  expect(outcome()).toBeUndefined()
})

test('an ACK clock that sent the last block leaves its ACK to the machine', () => {
  const self = hand({blockCount: 20, windowsize: 4})
  self.transfer.acknowledge(4, 10)
  self.progress = {acked: 16, sent: 20, sentAtMs: 30, tripMs: 5}
  self.transfer.acknowledge(20, 35)
  expect(self.outcome()).toEqual({kind: 'done'})
})

test('an early tick only sets the alarm again', () => {
  const {transfer, sends, wakesAt} = hand()
  sends()
  const atMs = wakesAt()
  transfer.tick(100)
  expect(wakesAt()).toBe(atMs)
  expect(sends()).toEqual([])
})

test('what is not read yet is sent when it comes, and its lack is not the client’s silence', () => {
  const slow = hand({windowsize: 4, prepared: 2})
  expect(slow.sends()).toEqual(['1-2'])
  slow.prepared = 3
  slow.transfer.resume(1)
  expect(slow.sends()).toEqual(['3'])
  for (const block of [3]) slow.transfer.acknowledge(block, 2)
  expect(slow.sends()).toEqual([])
  for (let count = 0; count < 8; count += 1) slow.transfer.tick(slow.wakesAt())
  expect(slow.outcome()).toBeUndefined()
  slow.prepared = 100
  slow.transfer.resume(slow.wakesAt())
  expect(slow.sends()).toEqual(['4-7'])
  slow.transfer.resume(slow.wakesAt())
  expect(slow.sends()).toEqual([])
})

test('a disk that gives nothing ends the transfer in the end', () => {
  const dead = hand({prepared: 1})
  dead.transfer.acknowledge(1, 1)
  while (dead.outcome() === undefined) dead.transfer.tick(dead.wakesAt())
  expect(dead.outcome()).toEqual({kind: 'failed', reason: 'the file could not be read in time'})
})

test('no transfer outlives its limit, however lively the client', () => {
  const {transfer, outcome} = hand()
  transfer.acknowledge(1, 7 * 3_600_000)
  expect(outcome()).toEqual({kind: 'failed', reason: 'the transfer takes too long'})
})

test('a client is stalled when it took blocks and then missed an answer', () => {
  const {transfer, wakesAt} = hand()
  transfer.tick(wakesAt())
  expect(transfer.isStalled).toBe(false)
  transfer.acknowledge(1, 2000)
  expect(transfer.isStalled).toBe(false)
  transfer.tick(wakesAt())
  expect(transfer.isStalled).toBe(true)
})

test('a client that turns to the next file has the last block, even if its ACK is still on the way', () => {
  const ended = hand({blockCount: 2})
  ended.transfer.acknowledge(1, 1)
  ended.transfer.abandon('the client started over')
  expect(ended.outcome()).toEqual({kind: 'done'})
  expect(ended.transfer.acked).toBe(2)
  const broken = hand({blockCount: 3})
  broken.transfer.acknowledge(1, 1)
  broken.transfer.abandon('the client started over')
  expect(broken.outcome()).toEqual({kind: 'failed', reason: 'the client started over'})
  const silent = hand({blockCount: 2})
  silent.transfer.acknowledge(1, 1)
  silent.transfer.tick(silent.wakesAt())
  silent.transfer.abandon('the client started over')
  expect(silent.outcome()).toEqual({kind: 'failed', reason: 'the client started over'})
})
