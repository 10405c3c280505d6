// Boot options as lines of dnsmasq.conf: tags for what a client is, and a file for each combination of tags (dnsmasq(8),
// --dhcp-match, --dhcp-boot). Every line excludes what an earlier row has taken, so their order does not matter.
import {PxectlError} from '../errors.js'
import {bootTable, type BootRow} from './boot-table.js'
import {quoteField} from './dnsmasq-conf.js'
import type {BootOptions} from './reservation.js'

const CLASSES = {
  ipxe: 'dhcp-userclass=set:pxectl-ipxe,iPXE',
  http: 'dhcp-vendorclass=set:pxectl-http,HTTPClient',
  pxe: 'dhcp-vendorclass=set:pxectl-pxe,PXEClient',
} as const
const ARCHITECTURE = 'option:client-arch'

/** The lines, without a final line end. */
export function renderDnsmasqBoot(options: BootOptions): string[] {
  const rows = bootTable(options)
  for (const {filename} of rows) refuseUnspeakable(filename)
  const architectures = [...new Set(rows.flatMap((row) => row.architectures ?? []))].sort((a, b) => a - b)
  return [
    ...Object.values(CLASSES),
    // Set for every client that names an architecture at all; one that does not is an old BIOS.
    `dhcp-match=set:pxectl-arch,${ARCHITECTURE}`,
    ...architectures.map((number) => `dhcp-match=set:pxectl-arch-${number},${ARCHITECTURE},${number}`),
    ...rows.flatMap((row, index) => bootLines(row, rows.slice(0, index), options.nextServer)),
    // Without it, firmware that boots by HTTP asks for ever (UEFI 2.10, 24.7.3.1).
    ...(rows.some(({client}) => client === 'http') ? ['dhcp-option-force=tag:pxectl-http,60,HTTPClient'] : []),
  ]
}

function bootLines(row: BootRow, earlier: readonly BootRow[], nextServer: string): string[] {
  const taken = earlier.filter(({client}) => client === row.client).flatMap(({architectures}) => architectures ?? [])
  const client = row.client === 'ipxe' ? ['pxectl-ipxe'] : [`pxectl-${row.client}`, '!pxectl-ipxe']
  const cases = row.architectures?.map((number) => [`pxectl-arch-${number}`]) ?? [taken.map((number) => `!pxectl-arch-${number}`)]
  if (row.client === 'pxe' && row.architectures?.includes(0) === true) cases.push(['!pxectl-arch'])
  return cases.map((tags) => {
    const words = [...client, ...tags].map((tag) => `tag:${tag}`)
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
