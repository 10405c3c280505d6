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
}

/** A connection this young may have a request on its way. */
const MIN_WAIT_MS = 1000

/** Makes a set of at most `limit` connections. */
export function createConnectionSet(limit: number, now = (): number => performance.now()): ConnectionSet {
  const connections = new Map<object, Connection>()
  let nowMs = now()

  return {
    add(socket, connection) {
      if (!connections.has(socket)) socket.once('close', () => connections.delete(socket))
      connections.set(socket, connection)
    },
    find: (socket) => connections.get(socket),
    makeRoom() {
      if (connections.size < limit) return true
      const longest = longestWaiting(connections.entries(), now() - MIN_WAIT_MS)
      if (longest === undefined) return false
      const [socket, connection] = longest
      connection.destroy()
      connections.delete(socket)
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
