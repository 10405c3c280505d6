// Bytes kept in memory and shared by all transfers, so that a hundred clients booting one initrd read it once. Bounded by
// bytes; what was not asked for the longest goes first.
import type {Soon} from './boot-file.js'

export type ByteCache = {
  /** The bytes under this key; `load` is called only when they are not here, and once for all who wait for them. */
  get(key: string, load: () => Soon<Uint8Array>): Soon<Uint8Array>
  /** The bytes under this key, if they are here. */
  peek(key: string): Uint8Array | undefined
  /** Bytes held now. */
  heldBytes(): number
}

/** Makes a cache that holds at most `limitBytes`. What is larger than that is loaded and not kept. */
export function createByteCache(limitBytes: number): ByteCache {
  // A Map keeps the order of insertion; bytes that are used again are inserted again, so the first are the stalest.
  const loaded = new Map<string, Uint8Array>()
  const loading = new Map<string, Promise<Uint8Array>>()
  let heldBytes = 0

  const keep = (key: string, bytes: Uint8Array): Uint8Array => {
    if (bytes.length > limitBytes) return bytes
    loaded.set(key, bytes)
    heldBytes += bytes.length
    for (const [oldKey, oldBytes] of loaded) {
      if (heldBytes <= limitBytes) break
      loaded.delete(oldKey)
      heldBytes -= oldBytes.length
    }
    return bytes
  }

  const wait = async (key: string, coming: Promise<Uint8Array>): Promise<Uint8Array> => {
    try {
      return keep(key, await coming)
    } finally {
      loading.delete(key)
    }
  }

  const peek = (key: string): Uint8Array | undefined => {
    const bytes = loaded.get(key)
    if (bytes === undefined) return undefined
    loaded.delete(key)
    loaded.set(key, bytes)
    return bytes
  }

  return {
    peek,
    heldBytes: () => heldBytes,
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
