// A stretch of a file cut into blocks: those that may have to be sent again and those read ahead. A value; adding gives a
// new queue. Block numbers count from 1 and on past 65535; only packets wrap.

export type BlockQueue = {
  readonly blksize: number
  /** Contents of the blocks from number `firstBlock` on. */
  readonly blocks: readonly Uint8Array[]
  readonly firstBlock: number
  /** Bytes that do not fill a block yet. */
  readonly rest: Uint8Array
  /** The last block of the file is here. */
  readonly isWhole: boolean
}

export function emptyQueue(blksize: number): BlockQueue {
  return {blksize, blocks: [], firstBlock: 1, rest: new Uint8Array(0), isWhole: false}
}

/** Number of the last block that is ready; 0 before the first. */
export function lastBlock(queue: BlockQueue): number {
  return queue.firstBlock + queue.blocks.length - 1
}

/** What a block holds, or undefined where it was dropped or is not here yet. */
export function findBlock(queue: BlockQueue, block: number): Uint8Array | undefined {
  return queue.blocks[block - queue.firstBlock]
}

/** Drops the blocks before `keepFrom`. */
export function dropBlocks(queue: BlockQueue, keepFrom: number): BlockQueue {
  const firstBlock = Math.max(queue.firstBlock, keepFrom)
  return {...queue, firstBlock, blocks: queue.blocks.slice(firstBlock - queue.firstBlock)}
}

/** Cuts the next bytes of the file. A file ends with a block shorter than blksize (RFC 1350 section 2), so it may be empty. */
export function addBytes(queue: BlockQueue, bytes: Uint8Array, isLast: boolean): BlockQueue {
  const {blksize} = queue
  const unread = queue.rest.length === 0 ? bytes : joined(queue.rest, bytes)
  const blocks = [...queue.blocks]
  let offset = 0
  for (; offset + blksize <= unread.length; offset += blksize) blocks.push(unread.subarray(offset, offset + blksize))
  const rest = unread.subarray(offset)
  if (isLast) blocks.push(rest)
  return {...queue, blocks, rest, isWhole: isLast}
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + tail.length)
  whole.set(head)
  whole.set(tail, head.length)
  return whole
}
