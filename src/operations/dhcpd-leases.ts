// Who has an address by a lease of ISC dhcpd: for finding a client while it waits, so the file is read no more often than need be.
import type {HeldLease} from '../dhcp/held-lease.js'
import {parseIscLeases, USUAL_LEASES} from '../dhcp/isc-leases.js'
import {peekFile} from '../system/file-reader.js'
import {findBytes} from '../system/files.js'
import {shareNext} from '../system/share-next.js'

export type Leases = {
  /** The hardware address that has leased the IPv4 address, or undefined. */
  findMac(ip: string): Promise<string | undefined>
}

export type LeasesOptions = {
  /** Where dhcpd's configuration is, which may name the lease file. */
  readonly config: string | undefined
  /** Where the lease file may be, best first. */
  readonly paths?: readonly string[]
  readonly now: () => Date
}

/** dhcpd rewrites its file every hour; one that is larger is not ours to read while clients wait. */
const MAX_BYTES = 16 * 1024 * 1024

/** Where there is no lease file, another look for one may wait this long. */
const ABSENT_PAUSE_MS = 1000

/** How many times as long as it took to read the file it is left alone. */
const PAUSE_FACTOR = 10

/** Reads the lease file when it is asked and the file has changed. A file that cannot be read has no leases. */
export function openLeases(options: LeasesOptions): Leases {
  const nowMs = (): number => options.now().getTime()
  let path: string | undefined
  let known = {version: '', untilMs: -Infinity, leases: new Map<string, HeldLease>()}
  const renew = shareNext(async () => {
    const startMs = nowMs()
    if (startMs < known.untilMs) return
    if (path === undefined || peekFile(path) === undefined) path = await findLeaseFile(options)
    const state = path === undefined ? undefined : peekFile(path)
    if (path === undefined || state === undefined || state.sizeBytes > MAX_BYTES) {
      known = {version: '', untilMs: startMs + ABSENT_PAUSE_MS, leases: new Map()}
    } else if (state.version !== known.version) {
      const bytes = await findBytes(path).catch(() => undefined)
      const leases = new Map(parseIscLeases(bytes?.toString('latin1') ?? '').map((lease) => [lease.ip as string, lease]))
      const endMs = nowMs()
      known = {version: state.version, untilMs: endMs + PAUSE_FACTOR * (endMs - startMs), leases}
    }
  })
  return {
    findMac: async (ip) => {
      await renew()
      const lease = known.leases.get(ip)
      return lease !== undefined && lease.untilMs > nowMs() ? lease.mac : undefined
    },
  }
}

async function findLeaseFile({config, paths = USUAL_LEASES}: LeasesOptions): Promise<string | undefined> {
  const text = config === undefined ? undefined : await findBytes(config).catch(() => undefined)
  const named = /^\s*lease-file-name\s+"([^"]+)"/m.exec(text?.toString('latin1') ?? '')?.[1]
  return named ?? paths.find((path) => peekFile(path) !== undefined)
}
