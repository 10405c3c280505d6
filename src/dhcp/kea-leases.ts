// Kea's leases in its memfile: a CSV file that only grows, and what its clean-up (LFC) leaves beside it.
//
//   address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context
//   192.168.56.100,52:54:00:a1:b2:c3,01:52:54:00:a1:b2:c3,600,1795700702,1,0,0,,0,
//
// The last line about an address counts; a lifetime of 0 takes the lease away. A comma within a value is written `&#x2c`, so
// lines can be cut at commas. (Kea ARM, "Memfile"; seen with 2.2.0.)
import {isAbsolute, join} from 'node:path'
import {findIpv4, type Ipv4} from '../net/ipv4.js'
import {findMac} from '../net/mac.js'
import {fileExists} from '../system/files.js'
import {type HeldLease, type LeaseRecord, NO_LEASES, readLeaseRecord} from './held-lease.js'
import {recordOf, type KeaRecord} from './kea-value.js'

/** Debian and most Linux, a build of one's own, FreeBSD. */
const FOLDERS = ['/var/lib/kea', '/usr/local/var/lib/kea', '/var/db/kea']

const NAME = 'kea-leases4.csv'

/** The lifetime of a lease without end. */
const FOR_EVER = 0xffff_ffff

/** The columns `state` (Kea ARM, "lease4-get"). An expired or released lease is nobody's. */
const LEASED = 0
const DECLINED = 1

/** Which addresses are leased at `nowMs`, as far as Kea keeps its leases in a file. */
export async function readKeaLeases(dhcp4: KeaRecord, nowMs: number): Promise<LeaseRecord> {
  const database = recordOf(dhcp4['lease-database']) ?? {}
  const type = String(database['type'] ?? 'memfile')
  if (type !== 'memfile') return {leases: [], warnings: [`Kea keeps its leases in a ${type} database, which pxectl does not read`]}
  if (database['persist'] === false) return NO_LEASES
  const path = await leasePath(database['name'])
  return readLeaseRecord(await filesOf(path), parseKeaLeases, nowMs)
}

async function leasePath(name: unknown): Promise<string> {
  if (typeof name === 'string' && isAbsolute(name)) return name
  const candidates = FOLDERS.map((folder) => join(folder, typeof name === 'string' && name !== '' ? name : NAME))
  for (const path of candidates) if (await fileExists(path)) return path
  return candidates[0] ?? NAME
}

/** As Kea reads them at its start, oldest first: while the clean-up runs, leases stand in up to three files. */
async function filesOf(path: string): Promise<string[]> {
  const isCleaned = await fileExists(`${path}.completed`)
  return isCleaned ? [`${path}.completed`, path] : [`${path}.2`, `${path}.1`, path]
}

/** The leases that have not been given back, whenever they end. */
export function parseKeaLeases(texts: readonly string[]): HeldLease[] {
  const leases = new Map<Ipv4, HeldLease>()
  for (const text of texts) {
    const [header = '', ...lines] = text.split('\n')
    const columns = header.trim().split(',')
    for (const line of lines) {
      const fields = line.trim().split(',')
      const valueOf = (name: string): string => fields[columns.indexOf(name)] ?? ''
      const ip = findIpv4(valueOf('address'))
      // The last line may be half written.
      if (ip === undefined || fields.length <= columns.indexOf('state')) continue
      const lifetime = Number(valueOf('valid_lifetime'))
      const state = Number(valueOf('state'))
      const untilMs = lifetime === FOR_EVER ? Infinity : Number(valueOf('expire')) * 1000
      if (lifetime === 0 || (state !== LEASED && state !== DECLINED)) leases.delete(ip)
      else leases.set(ip, {ip, mac: state === DECLINED ? undefined : findMac(valueOf('hwaddr')), untilMs})
    }
  }
  return [...leases.values()]
}
