// The body of an answer that is too large for one write: the next piece is read while the last is being written.
import type {Writable} from 'node:stream'
import type {BootFile} from '../bootfiles/boot-file.js'
import {type BufferPool, LARGE_BYTES, SMALL_BYTES} from './buffer-pool.js'
import type {ByteRange} from './range.js'

/** How large the pieces for one client are: small until it proves quick, so that hundreds of slow ones cost little. */
export type Pace = {pieceBytes: number}

export type PieceSending = {
  readonly file: BootFile
  readonly range: ByteRange
  readonly out: Writable
  readonly pool: BufferPool
  readonly pace: Pace
  /** Called once, when the first piece is there, before it is written. */
  readonly onReady: () => void
  /** Called with the bytes that were handed to the network since the last call. */
  readonly onSent: (bytes: number) => void
  /** The clock, in milliseconds. */
  readonly now: () => number
}

/** A client that takes a piece within this time gets larger ones; one that needs four times as long, small ones. */
const QUICK_MS = 50

/** `buffer` is undefined where the file lies in memory. */
type Piece = {readonly bytes: Uint8Array; readonly buffer: Uint8Array | undefined}

/** Fulfilled when all was handed over or nobody is left to take it. Throws what `file.read` throws. */
export async function sendPieces(sending: PieceSending): Promise<void> {
  const {out, pool, pace, range, now} = sending
  const writer = pieceWriter(out)
  let piece: Piece | undefined
  let ahead: Promise<Piece> | undefined
  try {
    for (let at = range.first; at <= range.last && !out.destroyed;) {
      piece = await (ahead ?? readPiece(sending, at, pool.take(wantedBytes(sending, at))))
      if (at === range.first) sending.onReady()
      at += piece.bytes.length
      const startedMs = now()
      const written = writer.write(piece.bytes)
      ahead = readAhead(sending, at)
      await written
      sending.onSent(piece.bytes.length)
      adapt(pace, piece, now() - startedMs)
      release(pool, piece)
      piece = undefined
    }
  } finally {
    writer.close()
    if (piece !== undefined) release(pool, piece)
    // A read under way still fills its buffer: neither buffer nor file may be let go before.
    await ahead?.then((read) => release(pool, read)).catch(() => undefined)
  }
}

function wantedBytes({range, pace}: PieceSending, at: number): number {
  return Math.min(pace.pieceBytes, range.last + 1 - at)
}

async function readPiece({file, pool, range}: PieceSending, at: number, buffer: Uint8Array): Promise<Piece> {
  const left = range.last + 1 - at
  try {
    const reading = file.read(at, Math.min(buffer.length, left), buffer)
    const bytes = await reading
    if (bytes.buffer === buffer.buffer) return {bytes, buffer}
    // What is there at once lies in memory, and a larger piece of it takes no more.
    const piece = reading instanceof Promise ? bytes : await file.read(at, Math.min(LARGE_BYTES, left))
    pool.give(buffer)
    return {bytes: piece, buffer: undefined}
  } catch (error) {
    pool.give(buffer)
    throw error
  }
}

/** Only for a client that proved quick: a slow one holds one small buffer, never two. */
function readAhead(sending: PieceSending, at: number): Promise<Piece> | undefined {
  const {range, pace, pool} = sending
  const isWanted = at <= range.last && pace.pieceBytes > SMALL_BYTES
  const buffer = isWanted ? pool.takeSpare(wantedBytes(sending, at)) : undefined
  if (buffer === undefined) return undefined
  const piece = readPiece(sending, at, buffer)
  // It is awaited later, perhaps not before the write failed.
  piece.catch(() => undefined)
  return piece
}

function adapt(pace: Pace, {bytes, buffer}: Piece, durationMs: number): void {
  if (buffer === undefined) return
  if (durationMs > 4 * QUICK_MS) pace.pieceBytes = SMALL_BYTES
  else if (durationMs <= QUICK_MS && bytes.length === buffer.length) pace.pieceBytes = Math.min(LARGE_BYTES, buffer.length * 4)
}

function release(pool: BufferPool, {buffer}: Piece): void {
  if (buffer !== undefined) pool.give(buffer)
}

type PieceWriter = {
  /** Fulfilled when the bytes were handed to the network, or never will be. */
  write(bytes: Uint8Array): Promise<void>
  close(): void
}

function pieceWriter(out: Writable): PieceWriter {
  let settle = (): void => undefined
  // node:http forgets the callbacks of what it could not begin to write, so the end of the connection settles them as well.
  const onClose = (): void => settle()
  out.on('close', onClose)
  return {
    write: (bytes) =>
      new Promise((resolve) => {
        settle = resolve
        if (out.destroyed) return resolve()
        out.write(bytes, () => resolve())
      }),
    close: () => void out.off('close', onClose),
  }
}
