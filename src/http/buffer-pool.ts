// Memory for the pieces of files on their way from disk to client, used again and again. Every transfer always gets a small
// buffer, and so no transfer waits for another; large ones come from a common budget, while it lasts. So much is lent at most:
// transfers × SMALL_BYTES + the budget.

export const SMALL_BYTES = 64 * 1024
const MIDDLE_BYTES = 256 * 1024
export const LARGE_BYTES = 1024 * 1024

export type BufferPool = {
  /** For a piece of up to `wantedBytes`: at least a small buffer. */
  take(wantedBytes: number): Uint8Array
  /** A middle or large buffer within the budget, or undefined: for reading ahead, which can be left out. */
  takeSpare(wantedBytes: number): Uint8Array | undefined
  /** Nobody may read or write the buffer any more. */
  give(buffer: Uint8Array): void
  /** Bytes lent now. */
  lentBytes(): number
  /** Bytes lent now or kept for later. */
  heldBytes(): number
  /** Lets go of buffers that nobody has wanted since the last call. */
  trim(): void
}

/** Makes a pool that holds at most `budgetBytes` in middle and large buffers, lent or free. */
export function createBufferPool(budgetBytes: number): BufferPool {
  const free = new Map<number, Uint8Array[]>([SMALL_BYTES, MIDDLE_BYTES, LARGE_BYTES].map((size) => [size, []]))
  let lentBytes = 0
  let lentSpareBytes = 0
  let isUsed = false

  const freeSpareBytes = (): number => [MIDDLE_BYTES, LARGE_BYTES].reduce((sum, size) => sum + size * (free.get(size)?.length ?? 0), 0)

  const lend = (size: number): Uint8Array => {
    isUsed = true
    lentBytes += size
    // Slow means: memory of its own, not a part of a slab that other buffers keep alive.
    return free.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size)
  }

  const takeSpare = (wantedBytes: number): Uint8Array | undefined => {
    // Large ones only from the first half, so that many clients get middle ones before any has to do with a small one.
    const isLarge = wantedBytes > MIDDLE_BYTES && lentSpareBytes + LARGE_BYTES <= budgetBytes / 2
    const size = isLarge ? LARGE_BYTES : MIDDLE_BYTES
    if (lentSpareBytes + size > budgetBytes) return undefined
    lentSpareBytes += size
    const others = free.get(isLarge ? MIDDLE_BYTES : LARGE_BYTES)
    const buffer = lend(size)
    while (lentSpareBytes + freeSpareBytes() > budgetBytes && others?.pop() !== undefined);
    return buffer
  }

  return {
    takeSpare,
    take: (wantedBytes) => (wantedBytes > SMALL_BYTES ? takeSpare(wantedBytes) : undefined) ?? lend(SMALL_BYTES),
    give(buffer) {
      lentBytes -= buffer.length
      if (buffer.length !== SMALL_BYTES) lentSpareBytes -= buffer.length
      free.get(buffer.length)?.push(buffer)
    },
    lentBytes: () => lentBytes,
    heldBytes: () => lentBytes + freeSpareBytes() + SMALL_BYTES * (free.get(SMALL_BYTES)?.length ?? 0),
    trim() {
      if (!isUsed) for (const buffers of free.values()) buffers.length = 0
      isUsed = false
    },
  }
}
