// Which addresses clients have now, as a DHCP server's own record tells: the same for every back end.
import {messageOf} from '../errors.js'
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import {findBytes} from '../system/files.js'

/** An address that nobody else should get now. */
export type HeldLease = {
  readonly ip: Ipv4
  /** Who has it; undefined where the server does not know: a client declined it, or has no Ethernet address. */
  readonly mac: Mac | undefined
  /** Unix time in milliseconds; Infinity for a lease without end. */
  readonly untilMs: number
}

export type LeaseRecord = {
  readonly leases: readonly HeldLease[]
  /** Why there may be others: a file that we may not read, leases in a database. */
  readonly warnings: readonly string[]
}

export const NO_LEASES: LeaseRecord = {leases: [], warnings: []}

/** Reads a lease file and keeps what is held at `nowMs`. None is there: no leases. One that cannot be read is a warning. */
export async function readLeaseRecord(
  paths: readonly string[],
  parse: (texts: readonly string[]) => readonly HeldLease[],
  nowMs: number,
): Promise<LeaseRecord> {
  try {
    const found = await Promise.all(paths.map((path) => findBytes(path)))
    const leases = parse(found.flatMap((bytes) => (bytes === undefined ? [] : [bytes.toString('latin1')])))
    return {leases: leases.filter(({untilMs}) => untilMs > nowMs), warnings: []}
  } catch (error) {
    return {leases: [], warnings: [`it is not known which addresses are leased now: ${messageOf(error)}`]}
  }
}
