// Runs one read: feeds the machine of read-transfer.ts with packets and time, and sends what it says from the images of the
// file. The port is someone else's (server.ts).
import {PxectlError} from '../errors.js'
import {createAlarm} from './alarm.js'
import type {Negotiated} from './options.js'
import {DATA_HEADER_BYTES, encodePacket, errorCodes, type Packet} from './packet.js'
import type {PacketImage} from './packet-images.js'
import {type Outcome, ReadTransfer} from './read-transfer.js'
import type {AckClock, ClientKey, UdpPort} from './udp-port.js'

/** The way to one client. */
export type Route = {readonly port: UdpPort; readonly client: ClientKey}

/** Sends one packet that is no block. */
export function sendPacket({port, client}: Route, packet: Packet): void {
  const bytes = encodePacket(packet)
  port.send(client, bytes, 0, bytes.length, bytes.length)
}

export type TransferOptions = {
  readonly image: PacketImage
  readonly negotiated: Negotiated
  readonly route: Route
  /** A clock that never goes back, in milliseconds. */
  readonly now: () => number
  /** Called once. `bytesRead` is fulfilled when nothing is being read from the file any more. */
  readonly onFinish: (outcome: Outcome, bytesRead: Promise<void> | undefined) => void
}

/** Fewer are sent as cheaply from here. */
const LEAST_CLOCKED_WINDOWS = 4

/** Pieces of the image that a transfer holds, so that they stay in memory until the client has them. */
type Held = {readonly index: number; readonly bytes: Uint8Array}

/** Makes the transfer; `start` sends the first packet. It ends by itself and then calls `onFinish`. */
export function createTransfer(options: TransferOptions): ReadTransfer {
  const {image, negotiated, route, now} = options
  const {port, client} = route
  const packetBytes = negotiated.terms.blksize + DATA_HEADER_BYTES
  const pieceCount = Math.ceil(image.blockCount / image.blocksPerPiece)
  let held: Held[] = []
  let loading: Promise<void> | undefined
  /** Sends on from `firstBlock`, at `start` in its bytes. */
  let clock: {readonly firstBlock: number; readonly start: number; readonly runs: AckClock} | undefined
  const alarm = createAlarm(now, () => transfer.tick(now()))

  const pieceOf = (block: number): number => Math.floor((block - 1) / image.blocksPerPiece)

  /** The piece, if it is here or can be had at once; else it is under way, and nothing else is. */
  const take = (index: number): Held | undefined => {
    const found = held.find((piece) => piece.index === index)
    if (found !== undefined || loading !== undefined) return found
    let bytes
    try {
      bytes = image.piece(index)
    } catch (error) {
      // Ending it here would end it in the middle of its own step.
      bytes = Promise.reject(error as Error)
    }
    if (!(bytes instanceof Promise)) return hold(index, bytes)
    loading = bytes.then(
      (loaded) => {
        loading = undefined
        if (transfer.isFinished) return
        hold(index, loaded)
        transfer.resume(now())
      },
      (error: unknown) => {
        loading = undefined
        transfer.abort(error instanceof PxectlError ? error.message : 'the file cannot be read')
      },
    )
    return undefined
  }

  /** Keeps a piece, and lets go of those whose last block is acknowledged. */
  const hold = (index: number, bytes: Uint8Array): Held => {
    const piece = {index, bytes}
    const oldest = pieceOf(Math.max(1, transfer.acked + 1))
    held = held.filter((other) => other.index >= oldest)
    held.push(piece)
    return piece
  }

  /** Lets the port go on behind block `last` with as many whole windows as one piece holds. */
  const goOn = (last: number): typeof clock => {
    const firstBlock = last + 1
    const piece = take(pieceOf(firstBlock))
    if (piece === undefined) return undefined
    const firstOfPiece = piece.index * image.blocksPerPiece + 1
    const until = Math.min(firstOfPiece + image.blocksPerPiece - 1, image.blockCount)
    const {windowsize} = negotiated.terms
    const count = until === image.blockCount ? until - last : Math.floor((until - last) / windowsize) * windowsize
    if (count < LEAST_CLOCKED_WINDOWS * windowsize) return undefined
    const start = (firstBlock - firstOfPiece) * packetBytes
    const runs = port.startAckClock?.(client, {
      bytes: piece.bytes,
      start,
      end: Math.min(start + count * packetBytes, piece.bytes.length),
      segmentBytes: packetBytes,
      windowBytes: windowsize * packetBytes,
      awaitedBlock: last & 0xffff,
    })
    return runs && {firstBlock, start, runs}
  }

  const transfer: ReadTransfer = new ReadTransfer(
    {terms: negotiated.terms, hasOack: negotiated.granted.length > 0, blockCount: image.blockCount},
    {
      prepare(first, last) {
        const lastPiece = pieceOf(last)
        for (let index = pieceOf(first); index <= lastPiece; index += 1) {
          if (take(index) === undefined) return index * image.blocksPerPiece
        }
        // Read ahead: the next piece is under way while the client takes this one.
        if (lastPiece + 1 < pieceCount) take(lastPiece + 1)
        return last
      },
      sendBlocks(first, last, mayGoOn) {
        for (let block = first; block <= last;) {
          const piece = take(pieceOf(block))
          if (piece === undefined) return
          const firstOfPiece = piece.index * image.blocksPerPiece + 1
          const until = Math.min(last, firstOfPiece + image.blocksPerPiece - 1)
          const start = (block - firstOfPiece) * packetBytes
          const end = Math.min((until - firstOfPiece + 1) * packetBytes, piece.bytes.length)
          port.send(client, piece.bytes, start, end, packetBytes)
          block = until + 1
        }
        const next = mayGoOn ? goOn(last) : undefined
        if (next === undefined) clock?.runs.stop()
        clock = next
      },
      progress() {
        if (clock === undefined) return undefined
        const {firstBlock, start, runs} = clock
        const blocksTo = (end: number): number => firstBlock - 1 + Math.ceil((end - start) / packetBytes)
        return {acked: blocksTo(runs.ackedEnd()), sent: blocksTo(runs.sentEnd()), sentAtMs: runs.sentAtMs(), tripMs: runs.tripMs()}
      },
      sendOack: () => sendPacket(route, {kind: 'oack', options: negotiated.granted}),
      sendError: (message) => sendPacket(route, {kind: 'error', errorCode: errorCodes.undefined, message}),
      wakeAt: alarm.set,
      finish(outcome) {
        alarm.clear()
        clock?.runs.stop()
        held = []
        options.onFinish(outcome, loading)
      },
    },
    now(),
  )
  return transfer
}
