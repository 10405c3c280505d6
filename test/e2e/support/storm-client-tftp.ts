// One TFTP client as firmware is: asks for blksize 1432 and tsize, acknowledges, repeats its last packet when nothing comes, and
// goes away once it has the last block. It shares no code with the server: a mistake in both would not be seen.
import {Buffer} from 'node:buffer'
import {createHash} from 'node:crypto'
import {createSocket, type RemoteInfo} from 'node:dgram'
import type {ClientResult, Errand} from './storm-client-program.js'

const BLKSIZE = 1432
const REPEAT_MS = 1000
const MAX_REPEATS = 30

/** What one client knows of its transfer. */
type Fetching = {
  readonly errand: Errand
  peerPort: number | undefined
  blksize: number
  windowsize: number
  /** Blocks received in order; the number on the wire is this modulo 65536. */
  blocks: number
  bytes: number
  /** The block after which the last ACK went out. */
  acked: number
  /** Has the gap before the next block been told already? */
  hasToldGap: boolean
}

/** What a datagram asks of the client: nothing, an answer, or the end. */
type Reaction =
  | {readonly kind: 'ignore'}
  /** Something came in order: the patience begins anew. */
  | {readonly kind: 'progress'; readonly answer: Buffer | undefined}
  | {readonly kind: 'answer'; readonly answer: Buffer}
  | {readonly kind: 'end'; readonly answer: Buffer | undefined; readonly result: Omit<ClientResult, 'repeats'>}

/** Fetches one file; never throws. */
export function fetchAsFirmware(errand: Errand): Promise<ClientResult> {
  return new Promise((resolve) => {
    const socket = createSocket({type: 'udp4', lookup: (host, _options, callback) => callback(null, host, 4)})
    const hash = createHash('sha256')
    const fetching: Fetching = {errand, peerPort: undefined, blksize: 512, windowsize: 1, blocks: 0, bytes: 0, acked: -1, hasToldGap: false}
    let last = requestOf(errand)
    let silent = 0
    let repeats = 0
    let timer: NodeJS.Timeout | undefined

    const send = (packet: Buffer): void => socket.send(packet, fetching.peerPort ?? errand.port, errand.server)
    const finish = (result: Omit<ClientResult, 'repeats'>): void => {
      clearTimeout(timer)
      socket.close()
      resolve({...result, repeats})
    }
    const arm = (): void => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        if (silent >= MAX_REPEATS)
          return finish({outcome: 'failed', reason: `silence after block ${fetching.blocks} (${fetching.bytes} bytes)`})
        silent += 1
        repeats += 1
        send(last)
        arm()
      }, REPEAT_MS)
    }
    socket.on('error', (error) => finish({outcome: 'failed', reason: error.message}))
    socket.on('message', (datagram: Buffer, sender: RemoteInfo) => {
      if (sender.address !== errand.server) return
      if (fetching.peerPort !== undefined && sender.port !== fetching.peerPort) return
      const reaction = react(fetching, datagram, sender.port, (bytes) => hash.update(bytes))
      if (reaction.kind === 'ignore') return
      if (reaction.answer !== undefined) send(reaction.answer)
      if (reaction.kind === 'end') {
        const {result} = reaction
        const isRight = result.outcome !== 'whole' || hash.digest('hex') === errand.file.sha256
        return finish(isRight ? result : {outcome: 'wrong bytes', reason: `${fetching.bytes} bytes`})
      }
      if (reaction.answer !== undefined) last = reaction.answer
      if (reaction.kind === 'progress') {
        silent = 0
        arm()
      }
    })
    socket.bind(0, () => {
      send(last)
      arm()
    })
  })
}

function react(fetching: Fetching, datagram: Buffer, port: number, keep: (bytes: Buffer) => void): Reaction {
  if (datagram.length < 4) return {kind: 'ignore'}
  const opcode = datagram.readUInt16BE(0)
  if (opcode === 5) {
    const reason = `ERROR ${datagram.readUInt16BE(2)} ${datagram.subarray(4).toString().replace(/\0.*/s, '')}`
    return {kind: 'end', answer: undefined, result: {outcome: 'failed', reason}}
  }
  if (opcode === 6) return agree(fetching, datagram, port)
  if (opcode !== 3 || fetching.acked < 0) return {kind: 'ignore'}
  return receive(fetching, datagram, keep)
}

/** The OACK, once or again: both are answered alike. */
function agree(fetching: Fetching, datagram: Buffer, port: number): Reaction {
  if (fetching.blocks > 0) return {kind: 'ignore'}
  const words = datagram.subarray(2).toString().split('\0')
  const isNew = fetching.acked < 0
  fetching.peerPort = port
  fetching.acked = 0
  for (let at = 0; at + 1 < words.length; at += 2) {
    if (words[at]?.toLowerCase() === 'blksize') fetching.blksize = Number(words[at + 1])
    if (words[at]?.toLowerCase() === 'windowsize') fetching.windowsize = Number(words[at + 1])
  }
  return isNew ? {kind: 'progress', answer: ack(0)} : {kind: 'answer', answer: ack(0)}
}

function receive(fetching: Fetching, datagram: Buffer, keep: (bytes: Buffer) => void): Reaction {
  const {errand} = fetching
  const distance = (datagram.readUInt16BE(2) - fetching.blocks) & 0xffff
  if (distance !== 1) {
    // In lock-step this can only be the block before, once more: its ACK got lost. In a window, a gap is told once (RFC 7440).
    if (fetching.windowsize === 1)
      return distance === 0 && fetching.blocks > 0 ? {kind: 'answer', answer: ack(fetching.blocks)} : {kind: 'ignore'}
    if (fetching.hasToldGap) return {kind: 'ignore'}
    fetching.hasToldGap = true
    fetching.acked = fetching.blocks
    return {kind: 'answer', answer: ack(fetching.blocks)}
  }
  const bytes = datagram.subarray(4)
  keep(bytes)
  fetching.blocks += 1
  fetching.bytes += bytes.length
  fetching.hasToldGap = false
  if (bytes.length < fetching.blksize) return {kind: 'end', answer: ack(fetching.blocks), result: {outcome: 'whole'}}
  if (errand.leaveAfterBytes !== undefined && fetching.bytes >= errand.leaveAfterBytes) {
    return {kind: 'end', answer: errand.isPolite ? goodbye() : undefined, result: {outcome: 'left'}}
  }
  if (fetching.blocks - fetching.acked < fetching.windowsize) return {kind: 'progress', answer: undefined}
  fetching.acked = fetching.blocks
  return {kind: 'progress', answer: ack(fetching.blocks)}
}

function requestOf({file, windowsize}: Errand): Buffer {
  const options = ['tsize', '0', 'blksize', String(BLKSIZE), ...(windowsize > 1 ? ['windowsize', String(windowsize)] : [])]
  return Buffer.from(`\0\u0001${[file.name, 'octet', ...options].join('\0')}\0`, 'latin1')
}

function ack(block: number): Buffer {
  return Buffer.from([0, 4, (block >> 8) & 0xff, block & 0xff])
}

function goodbye(): Buffer {
  return Buffer.from('\0\u0005\0\0the test leaves\0', 'latin1')
}
