// Bytes kept in memory and shared by all transfers, so that a hundred clients booting one initrd read it once. Bounded by
// bytes; what was not asked for longest goes first, about. There are two generations: what is asked for moves to the young one,
// and when that is half of all, it becomes the old one and the old one goes. To keep the exact order would mean to insert
// anew at each asking, and a Map that does so keeps all it ever held alive until the next full garbage collection.
import type {Soon} from './boot-file.js'

export type ByteCache = {
  /** The bytes under this key; `load` is called only when they are not here, and once for all who wait for them. */
  get(key: string, load: () => Soon<Uint8Array>): Soon<Uint8Array>
  /** The bytes under this key, if they are here. */
  peek(key: string): Uint8Array | undefined
  /** Bytes held now. */
  heldBytes(): number
}

/** Makes a cache that holds at most `limitBytes`. What is larger than half of that is loaded and not kept. */
export function createByteCache(limitBytes: number): ByteCache {
  const loading = new Map<string, Promise<Uint8Array>>()
  let young = new Map<string, Uint8Array>()
  let old = new Map<string, Uint8Array>()
  let youngBytes = 0
  let oldBytes = 0

  const keep = (key: string, bytes: Uint8Array): Uint8Array => {
    if (bytes.length > limitBytes / 2) return bytes
    if (youngBytes + bytes.length > limitBytes / 2) {
      old = young
      oldBytes = youngBytes
      young = new Map()
      youngBytes = 0
    }
    young.set(key, bytes)
    youngBytes += bytes.length
    return bytes
  }

  const peek = (key: string): Uint8Array | undefined => {
    const bytes = young.get(key)
    if (bytes !== undefined) return bytes
    const fading = old.get(key)
    if (fading === undefined) return undefined
    old.delete(key)
    oldBytes -= fading.length
    return keep(key, fading)
  }

  const wait = async (key: string, coming: Promise<Uint8Array>): Promise<Uint8Array> => {
    try {
      return keep(key, await coming)
    } finally {
      loading.delete(key)
    }
  }

  return {
    peek,
    heldBytes: () => youngBytes + oldBytes,
    get(key, load) {
      const bytes = peek(key)
      if (bytes !== undefined) return bytes
      const others = loading.get(key)
      if (others !== undefined) return others
      const coming = load()
      if (!(coming instanceof Promise)) return keep(key, coming)
      const waiting = wait(key, coming)
      loading.set(key, waiting)
      return waiting
    },
  }
}
