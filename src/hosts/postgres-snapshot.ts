// All hosts of a PostgreSQL server in memory, as a server of boot files asks for them: current within a moment of every commit, and still
// there while the database cannot be reached.
import {commitChannel, listPostgresHosts} from './postgres-hosts.js'
import {openPostgres, type Postgres} from './postgres.js'
import type {Host} from './host.js'
import type {HostStore} from './store.js'

export type HostSnapshot = Pick<HostStore, 'findByMac' | 'findByIp' | 'close'>

/** Commits of a moment are read together. */
const GATHER_MS = 50
const RETRY_MS = [200, 500, 1000, 2000]
/** A network that was cut without a word is noticed by asking. */
const ASK_MS = 15_000

type Hosts = {readonly byMac: ReadonlyMap<string, Host>; readonly byIp: ReadonlyMap<string, Host>}

/** Begins to read at once. The methods wait for the first reading, and throw what that throws. */
export function openHostSnapshot(place: string): HostSnapshot {
  let hosts: Hosts | undefined
  let failure: unknown
  let isClosed = false
  let connection: Postgres | undefined
  let timer: NodeJS.Timeout | undefined
  let tries = 0
  let arrive: () => void = () => undefined
  const arrival = new Promise<void>((resolve) => (arrive = resolve))

  const later = (ms: number, work: () => Promise<void>): void => {
    clearTimeout(timer)
    if (!isClosed) timer = setTimeout(() => void work(), ms).unref()
  }
  /** After a pause: what fails without losing the connection would else fail again at once. */
  const again = (): void => later(RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)] ?? 0, begin)
  const fail = (error: unknown): void => {
    failure = error
    arrive()
    again()
  }
  const read = async (from: Postgres): Promise<void> => {
    try {
      const list = await listPostgresHosts(from.query)
      hosts = {byMac: new Map(list.map((host) => [host.mac, host])), byIp: new Map(list.map((host) => [host.ip, host]))}
      tries = 0
      arrive()
      later(ASK_MS, () => read(from))
    } catch (error) {
      fail(error)
    }
  }
  /** Listening comes first: what is committed between the two is then read twice, rather than never. */
  const begin = async (): Promise<void> => {
    await connection?.close()
    if (isClosed) return
    const mine = openPostgres(place)
    connection = mine
    const lost = (): void => {
      if (connection === mine) again()
    }
    try {
      await mine.listen(commitChannel(mine.schema), () => later(GATHER_MS, () => read(mine)), lost)
    } catch (error) {
      return fail(error)
    }
    await read(mine)
  }
  const known = async (): Promise<Hosts> => {
    await arrival
    if (hosts === undefined) throw failure
    return hosts
  }
  void begin()
  return {
    findByMac: async (mac) => (await known()).byMac.get(mac),
    findByIp: async (ip) => (await known()).byIp.get(ip),
    close: async () => {
      isClosed = true
      clearTimeout(timer)
      await connection?.close()
    },
  }
}
