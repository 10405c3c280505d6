// All connections of a server: how many there may be, which is the first to go when there are too many, and how they end.
import type {ClientSocket} from './reply.js'

/** A connection as the server sees it, whoever answers on it. */
export type Connection = {
  /** Since when it has waited for a request, or for the rest of one; undefined while an answer is under way. */
  waitingSinceMs(): number | undefined
  /** Called now and then: ends the connection if a head takes too long. */
  check(nowMs: number): void
  /** Ends the connection: now, if it waits, or after the answer that is under way. */
  endSoon(): void
  destroy(): void
}

/** Connections that are counted with those of a set, and that somebody else answers on. */
export type OtherConnections = {
  count(): number
  /** Since when the one waits that has waited longest; undefined where none does. */
  waitingSinceMs(): number | undefined
  /** Ends that one. */
  endLongestWaiting(): void
}

export type ConnectionSetOptions = {
  readonly now?: () => number
  readonly others?: OtherConnections
  /** Hears how many there are in the set itself. */
  readonly onSize?: (size: number) => void
}

export type ConnectionSet = {
  /** Adds a connection, or lets another answer on the same socket from now on. */
  add(socket: ClientSocket, connection: Connection): void
  find(socket: object): Connection | undefined
  /** True if there is room for one more; ends the connection that has waited longest where that makes room. */
  makeRoom(): boolean
  /** To be called regularly: turns the clock on and ends what takes too long. */
  check(): void
  /** Milliseconds that only `check` advances: cheap to ask for at each request. */
  nowMs(): number
  /** Ends the connections that wait at once, and the others after the answer that is under way. */
  endSoon(): void
  destroyAll(): void
  /** Fulfilled when the last connection is gone. */
  empty(): Promise<void>
}

/** A connection this young may have a request on its way. */
const MIN_WAIT_MS = 1000

/** Makes a set of at most `limit` connections, others with them. */
export function createConnectionSet(limit: number, options: ConnectionSetOptions = {}): ConnectionSet {
  const {now = () => performance.now(), others, onSize = () => undefined} = options
  const connections = new Map<object, Connection>()
  let nowMs = now()
  let onEmpty: (() => void)[] = []

  const remove = (socket: object): void => {
    if (!connections.delete(socket)) return
    onSize(connections.size)
    if (connections.size > 0) return
    for (const resolve of onEmpty) resolve()
    onEmpty = []
  }

  return {
    add(socket, connection) {
      if (!connections.has(socket)) socket.once('close', () => remove(socket))
      connections.set(socket, connection)
      onSize(connections.size)
    },
    find: (socket) => connections.get(socket),
    makeRoom() {
      if (connections.size + (others?.count() ?? 0) < limit) return true
      const beforeMs = now() - MIN_WAIT_MS
      const otherMs = others?.waitingSinceMs() ?? Number.POSITIVE_INFINITY
      const longest = longestWaiting(connections.entries(), Math.min(beforeMs, otherMs))
      if (longest === undefined) {
        if (otherMs > beforeMs) return false
        others?.endLongestWaiting()
        return true
      }
      const [socket, connection] = longest
      connection.destroy()
      remove(socket)
      return true
    },
    check() {
      nowMs = now()
      for (const connection of connections.values()) connection.check(nowMs)
    },
    nowMs: () => nowMs,
    endSoon() {
      for (const connection of connections.values()) connection.endSoon()
    },
    destroyAll() {
      for (const connection of connections.values()) connection.destroy()
    },
    empty: () => (connections.size === 0 ? Promise.resolve() : new Promise((resolve) => onEmpty.push(resolve))),
  }
}

function longestWaiting(connections: Iterable<[object, Connection]>, beforeMs: number): [object, Connection] | undefined {
  let sinceMs = beforeMs
  let found: [object, Connection] | undefined
  for (const entry of connections) {
    const waitingSinceMs = entry[1].waitingSinceMs()
    if (waitingSinceMs === undefined || waitingSinceMs > sinceMs) continue
    sinceMs = waitingSinceMs
    found = entry
  }
  return found
}
