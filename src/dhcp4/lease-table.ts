// Who has which address of the range. Values in memory: no disk, no socket, no clock.
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'

/** One address and its last story. Keyed by MAC: ROM, iPXE and operating system each send another client id (61). */
export type PoolLease = {
  readonly ip: Ipv4
  readonly mac: Mac
  /**
   * `offered`   kept for the client until it takes it
   * `leased`    the client has it
   * `released`  the client gave it back; it gets it again if it comes before others need it
   * `declined`  the client found somebody else there: nobody gets it for a while (RFC 2131 section 4.3.3)
   * `taken`     so did we, before we offered it
   */
  readonly state: 'offered' | 'leased' | 'released' | 'declined' | 'taken'
  /** Unix time in milliseconds at which the state ends; of a released one, when that was. */
  readonly untilMs: number
}

export type LeaseTable = {
  find(ip: Ipv4): PoolLease | undefined
  /** The last address of a client. */
  findOf(mac: Mac): PoolLease | undefined
  /** A client has one address: one that is leased another gives up the last. */
  set(lease: PoolLease): void
  /** Forgets an offer that the client did not take. */
  dropOffer(mac: Mac): void
  all(): Iterable<PoolLease>
}

export function createLeaseTable(leases: Iterable<PoolLease> = []): LeaseTable {
  const byIp = new Map<Ipv4, PoolLease>()
  const byMac = new Map<Mac, Ipv4>()

  const findOf = (mac: Mac): PoolLease | undefined => {
    const ip = byMac.get(mac)
    const lease = ip === undefined ? undefined : byIp.get(ip)
    return lease?.mac === mac ? lease : undefined
  }
  const set = (lease: PoolLease): void => {
    const {ip, mac, state} = lease
    const last = findOf(mac)
    if (state === 'leased' && last !== undefined && last.ip !== ip) byIp.set(last.ip, {...last, state: 'released'})
    const loser = byIp.get(ip)
    if (loser !== undefined && loser.mac !== mac && byMac.get(loser.mac) === ip) byMac.delete(loser.mac)
    byIp.set(ip, lease)
    if (state !== 'declined' && state !== 'taken') byMac.set(mac, ip)
    else if (byMac.get(mac) === ip) byMac.delete(mac)
  }
  for (const lease of leases) set(lease)
  return {
    find: (ip) => byIp.get(ip),
    findOf,
    set,
    dropOffer: (mac) => {
      const lease = findOf(mac)
      if (lease?.state !== 'offered') return
      byIp.delete(lease.ip)
      byMac.delete(mac)
    },
    all: () => byIp.values(),
  }
}

/** Is the address kept from everybody else now? */
export function isHeld({state, untilMs}: PoolLease, nowMs: number): boolean {
  return state !== 'released' && untilMs > nowMs
}

/** May this client have the address, as far as other clients are concerned? */
export function isFreeFor(table: LeaseTable, ip: Ipv4, mac: Mac, nowMs: number): boolean {
  const lease = table.find(ip)
  if (lease === undefined || !isHeld(lease, nowMs)) return true
  return lease.mac === mac && (lease.state === 'offered' || lease.state === 'leased')
}
