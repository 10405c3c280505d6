// Who has an address by a lease of ISC dhcpd, from its lease file: only what finding a client needs.
//
//   lease 192.168.56.100 {
//     ends 4 2026/11/26 13:45:02;        day of the week, UTC; or `ends never;`, or `ends epoch 1795700702; # …`
//     binding state active;
//     hardware ethernet 52:54:00:a1:b2:c3;
//   }
//
// The file is a log: the last entry of an address counts (dhcpd.leases(5)).
import {peekFile} from '../system/file-reader.js'
import {findBytes} from '../system/files.js'
import {shareNext} from '../system/share-next.js'

export type Leases = {
  /** The hardware address that has leased the IPv4 address, as dhcpd writes it, or undefined. */
  findMac(ip: string): Promise<string | undefined>
}

export type LeasesOptions = {
  /** Where dhcpd's configuration is, which may name the lease file. */
  readonly config: string | undefined
  /** Where the lease file may be, best first. */
  readonly paths?: readonly string[]
  readonly now: () => Date
}

/** Debian; Red Hat and SUSE; FreeBSD and macOS; FreeBSD's port. */
const USUAL_PATHS = [
  '/var/lib/dhcp/dhcpd.leases',
  '/var/lib/dhcpd/dhcpd.leases',
  '/var/db/dhcpd.leases',
  '/var/db/dhcpd/dhcpd.leases',
  '/var/lib/dhcp/db/dhcpd.leases',
]

/** dhcpd rewrites its file every hour; one that is larger is not ours to read while clients wait. */
const MAX_BYTES = 16 * 1024 * 1024

type Lease = {readonly mac: string; readonly endsMs: number}

/** Where there is no lease file, another look for one may wait this long. */
const ABSENT_PAUSE_MS = 1000

/** How many times as long as it took to read the file it is left alone. */
const PAUSE_FACTOR = 10

/** Reads the lease file when it is asked and the file has changed. A file that cannot be read has no leases. */
export function openLeases(options: LeasesOptions): Leases {
  const nowMs = (): number => options.now().getTime()
  let path: string | undefined
  let known = {version: '', untilMs: -Infinity, leases: new Map<string, Lease>()}
  const renew = shareNext(async () => {
    const startMs = nowMs()
    if (startMs < known.untilMs) return
    if (path === undefined || peekFile(path) === undefined) path = await findLeaseFile(options)
    const state = path === undefined ? undefined : peekFile(path)
    if (path === undefined || state === undefined || state.sizeBytes > MAX_BYTES) {
      known = {version: '', untilMs: startMs + ABSENT_PAUSE_MS, leases: new Map()}
    } else if (state.version !== known.version) {
      const bytes = await findBytes(path).catch(() => undefined)
      const leases = parseLeases(bytes?.toString('latin1') ?? '')
      const endMs = nowMs()
      known = {version: state.version, untilMs: endMs + PAUSE_FACTOR * (endMs - startMs), leases}
    }
  })
  return {
    findMac: async (ip) => {
      await renew()
      const lease = known.leases.get(ip)
      return lease !== undefined && lease.endsMs > nowMs() ? lease.mac : undefined
    },
  }
}

async function findLeaseFile({config, paths = USUAL_PATHS}: LeasesOptions): Promise<string | undefined> {
  const text = config === undefined ? undefined : await findBytes(config).catch(() => undefined)
  const named = /^\s*lease-file-name\s+"([^"]+)"/m.exec(text?.toString('latin1') ?? '')?.[1]
  return named ?? paths.find((path) => peekFile(path) !== undefined)
}

/** The leases that are held, by address. */
export function parseLeases(text: string): Map<string, Lease> {
  const leases = new Map<string, Lease>()
  for (const [, ip = '', body = ''] of text.matchAll(/^lease ([\d.]+) \{\n((?: .*\n|\n)*)\}/gm)) {
    const mac = /^ +hardware ethernet ([0-9a-f:]+);/m.exec(body)?.[1]
    if (mac !== undefined && /^ +binding state active;/m.test(body)) leases.set(ip, {mac, endsMs: endOf(body)})
    else leases.delete(ip)
  }
  return leases
}

function endOf(body: string): number {
  const [, epoch, date, time] = /^ +ends (?:epoch (\d+)|\d (\d+\/\d+\/\d+) ([\d:]+));/m.exec(body) ?? []
  if (epoch !== undefined) return Number(epoch) * 1000
  return date === undefined ? Infinity : Date.parse(`${date.replaceAll('/', '-')}T${time}Z`)
}
