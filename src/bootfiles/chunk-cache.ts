// Pieces of files kept in memory and shared by all transfers, so that a hundred clients booting one initrd read it once.
// Bounded by bytes; the piece that was not asked for the longest goes first.

export type ChunkCache = {
  /** The piece under this key; `load` is called only when it is not here, and once for all who wait for it. */
  get(key: string, load: () => Promise<Uint8Array>): Promise<Uint8Array>
  /** Bytes held now. */
  heldBytes(): number
}

/** Makes a cache that holds at most `limitBytes` of loaded pieces. */
export function createChunkCache(limitBytes: number): ChunkCache {
  // A Map keeps the order of insertion; a piece that is used again is inserted again, so the first is the stalest.
  const loaded = new Map<string, Uint8Array>()
  const loading = new Map<string, Promise<Uint8Array>>()
  let heldBytes = 0

  const keep = (key: string, bytes: Uint8Array): void => {
    if (bytes.length > limitBytes) return
    loaded.set(key, bytes)
    heldBytes += bytes.length
    for (const [oldKey, oldBytes] of loaded) {
      if (heldBytes <= limitBytes) break
      loaded.delete(oldKey)
      heldBytes -= oldBytes.length
    }
  }

  const load = async (key: string, loader: () => Promise<Uint8Array>): Promise<Uint8Array> => {
    try {
      const bytes = await loader()
      keep(key, bytes)
      return bytes
    } finally {
      loading.delete(key)
    }
  }

  return {
    heldBytes: () => heldBytes,
    get(key, loader) {
      const bytes = loaded.get(key)
      if (bytes !== undefined) {
        loaded.delete(key)
        loaded.set(key, bytes)
        return Promise.resolve(bytes)
      }
      const waiting = loading.get(key) ?? load(key, loader)
      // `load` awaits at least once, so it takes the key out of `loading` only after this line put it in.
      loading.set(key, waiting)
      return waiting
    },
  }
}
