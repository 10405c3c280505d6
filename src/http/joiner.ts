// Puts a head and a short body into one write, mostly without new memory.
import type {Writable} from 'node:stream'

export type Joiner = {write(out: Writable, head: string, body: Uint8Array): void}

/** A body up to this size is copied behind its head: cheaper than a second block in the write. */
export const COPY_BYTES = 16 * 1024

/** No head comes near; one that does gets memory of its own. */
const MAX_HEAD_LENGTH = 4096

/** The head that went out last before a body; from the second time on also both as one. */
type Joined = {readonly head: string; readonly bytes: Uint8Array | undefined}

/**
 * Makes a joiner for all connections of a server; heads are Latin-1. A body that goes out with the same head again, as in a storm, is
 * kept with it as long as somebody keeps the body.
 */
export function createJoiner(): Joiner {
  let shared = Buffer.allocUnsafeSlow(COPY_BYTES + MAX_HEAD_LENGTH)
  const joined = new WeakMap<Uint8Array, Joined>()
  return {
    write(out, head, body) {
      const last = joined.get(body)
      if (last?.head === head) {
        const bytes = last.bytes ?? Buffer.concat([Buffer.from(head, 'latin1'), body])
        if (last.bytes === undefined) joined.set(body, {head, bytes})
        out.write(bytes)
        return
      }
      joined.set(body, {head, bytes: undefined})
      const length = head.length + body.length
      // What is corked waits in memory, and so does what follows on something that waits.
      const isShared = out.writableLength === 0 && out.writableCorked === 0 && length <= shared.length
      const bytes = isShared ? shared : Buffer.allocUnsafe(length)
      bytes.write(head, 0, 'latin1')
      bytes.set(body, head.length)
      out.write(bytes.subarray(0, length))
      // The kernel took all at once, or the stream still needs these bytes: then the next answer gets others.
      if (isShared && out.writableLength > 0) shared = Buffer.allocUnsafeSlow(shared.length)
    },
  }
}
