// Boot options as lines of dnsmasq.conf: tags for what a client is, and a file for each combination of tags (dnsmasq(8),
// --dhcp-match, --dhcp-boot). Every line excludes what an earlier row has taken, so their order does not matter. Hosts whose
// firmware is known have a tag by their MAC address (--dhcp-mac) and rows of their own; a tag in their own lines would end
// dnsmasq 2.90 at SIGHUP.
import {PxectlError} from '../errors.js'
import type {Ipv4} from '../net/ipv4.js'
import {findMac, type Mac} from '../net/mac.js'
import {bootTable, hostBootTable, type BootRow} from './boot-table.js'
import {parseConfLines, quoteField} from './dnsmasq-conf.js'
import type {BootOptions, KnownFirmware} from './reservation.js'

const CLASSES = {
  ipxe: 'dhcp-userclass=set:pxectl-ipxe,iPXE',
  http: 'dhcp-vendorclass=set:pxectl-http,HTTPClient',
  pxe: 'dhcp-vendorclass=set:pxectl-pxe,PXEClient',
} as const
const ARCHITECTURE = 'option:client-arch'

/** Hosts whose firmware is known. */
export type FirmwareByMac = ReadonlyMap<Mac, KnownFirmware>

const HOST_TAG = 'pxectl-host-'

/** The lines, without a final line end. */
export function renderDnsmasqBoot(options: BootOptions, hosts: FirmwareByMac = new Map()): string[] {
  const rows = bootTable(options)
  const firmwares = [...new Set(hosts.values())].sort()
  for (const {filename} of rows) refuseUnspeakable(filename)
  const architectures = [...new Set(rows.flatMap((row) => row.architectures ?? []))].sort((a, b) => a - b)
  return [
    ...Object.values(CLASSES),
    // Set for every client that names an architecture at all; one that does not is an old BIOS.
    `dhcp-match=set:pxectl-arch,${ARCHITECTURE}`,
    ...architectures.map((number) => `dhcp-match=set:pxectl-arch-${number},${ARCHITECTURE},${number}`),
    ...rowLines(
      rows,
      firmwares.map((firmware) => `!${HOST_TAG}${firmware}`),
      options,
    ),
    ...firmwares.flatMap((firmware) => rowLines(hostBootTable(options, firmware), [`${HOST_TAG}${firmware}`], options)),
    ...[...hosts].map(([mac, firmware]) => `dhcp-mac=set:${HOST_TAG}${firmware},${mac}`).sort(),
    // Without it, firmware that boots by HTTP asks for ever (UEFI 2.10, 24.7.3.1).
    ...(rows.some(({client}) => client === 'http') ? ['dhcp-option-force=tag:pxectl-http,60,HTTPClient'] : []),
  ]
}

/** The hosts that such lines name. */
export function readFirmware(bytes: Buffer | undefined): Map<Mac, KnownFirmware> {
  const found = new Map<Mac, KnownFirmware>()
  for (const {key, fields} of parseConfLines(bytes ?? Buffer.alloc(0))) {
    const [tag, mac] = [fields[0], findMac(fields[1] ?? '')]
    const firmware = (['bios', 'uefi'] as const).find((known) => tag === `set:${HOST_TAG}${known}`)
    if (key === 'dhcp-mac' && mac !== undefined && firmware !== undefined) found.set(mac, firmware)
  }
  return found
}

/** `hosts`: the tags of the hosts that the rows are for. */
function rowLines(rows: readonly BootRow[], hosts: readonly string[], {nextServer}: BootOptions): string[] {
  return rows.flatMap((row, index) => bootLines(row, rows.slice(0, index), {hosts, nextServer}))
}

function bootLines(row: BootRow, earlier: readonly BootRow[], {hosts, nextServer}: {hosts: readonly string[]; nextServer: Ipv4}): string[] {
  const taken = earlier.filter(({client}) => client === row.client).flatMap(({architectures}) => architectures ?? [])
  const client = row.client === 'ipxe' ? ['pxectl-ipxe'] : [`pxectl-${row.client}`, '!pxectl-ipxe']
  const cases = row.architectures?.map((number) => [`pxectl-arch-${number}`]) ?? [taken.map((number) => `!pxectl-arch-${number}`)]
  if (row.client === 'pxe' && row.architectures?.includes(0) === true) cases.push(['!pxectl-arch'])
  return cases.map((tags) => {
    const words = [...client, ...tags, ...hosts].map((tag) => `tag:${tag}`)
    return `dhcp-boot=${words.join(',')},${quoteField(row.filename)},,${nextServer}`
  })
}

function refuseUnspeakable(filename: string): void {
  if (!/["\\\p{Cc}]/u.test(filename) && Buffer.byteLength(filename) <= 127) return
  throw new PxectlError(
    `the boot file name ${JSON.stringify(filename)} has a character that dnsmasq cannot be told, or more than the 127 bytes a DHCP packet has room for; nothing was changed`,
    {code: 'DHCP_FILENAME_INVALID', kind: 'usage', details: {filename}, suggestions: ['use a plain, shorter path']},
  )
}
