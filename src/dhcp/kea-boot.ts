// Boot options as client classes of Kea, one for each row of the boot table. Each test stands alone, so that their order counts
// for nothing. The expressions were measured with Kea 2.2.0, 2.6.3 and 3.0.4.
import type {JsonObject} from '../kea-conf/render.js'
import {findMember, findText, valueOf, type Document, type Node} from '../kea-conf/tree.js'
import {findMac, type Mac} from '../net/mac.js'
import {bootTable, hostBootTable, refuseLongFilenames, type BootRow} from './boot-table.js'
import type {KeaEdits} from './kea-edits.js'
import {CLASS_PREFIX, listOf, recordOf} from './kea-value.js'
import type {BootOptions, KnownFirmware} from './reservation.js'

/** The user class is sent raw, or as RFC 3004 has it with a length byte before it. */
const IS_IPXE = `(option[77].exists and (option[77].hex == 'iPXE' or substring(option[77].hex,1,4) == 'iPXE'))`

const CLIENT_TESTS = {
  ipxe: IS_IPXE,
  http: `not ${IS_IPXE} and substring(option[60].hex,0,10) == 'HTTPClient'`,
  pxe: `not ${IS_IPXE} and substring(option[60].hex,0,9) == 'PXEClient'`,
} as const

/** Hosts whose firmware is known. */
export type FirmwareByMac = ReadonlyMap<Mac, KnownFirmware>

/** The class that remembers those hosts; it is always there. */
const BIOS_CLASS = `${CLASS_PREFIX}bios`

/** The classes that say the boot options. */
export function renderClasses(options: BootOptions, hosts: FirmwareByMac = new Map()): JsonObject[] {
  const rows = bootTable(options)
  refuseLongFilenames(rows)
  const known = (['bios', 'uefi'] as const).map((firmware) => {
    const macs = [...hosts].flatMap(([mac, has]) => (has === firmware ? mac : [])).sort()
    return {firmware, macs, rows: hostBootTable(options, firmware)}
  })
  const context = Object.fromEntries(known.flatMap(({firmware, macs}) => (macs.length === 0 ? [] : [[firmware, macs]])))
  return rows.map((row, index) => ({
    name: `${CLASS_PREFIX}${row.name}`,
    test: withHosts(row, testOf(row, rows.slice(0, index)), known),
    ...(row.name === 'bios' && hosts.size > 0 ? {'user-context': {pxectl: context}} : {}),
    'next-server': options.nextServer,
    'boot-file-name': row.filename,
    ...(row.client === 'http' ? {'option-data': [{name: 'vendor-class-identifier', data: 'HTTPClient', 'always-send': true}]} : {}),
  }))
}

type KnownHosts = {readonly macs: readonly Mac[]; readonly rows: readonly BootRow[]}

/** The test without the hosts whose firmware is known, and with those that this row is for. By MAC address: every Kea has it at hand. */
function withHosts(row: BootRow, test: string, known: readonly KnownHosts[]): string {
  const some = known.filter(({macs}) => macs.length > 0)
  if (some.length === 0) return test
  const isOne = (macs: readonly Mac[]): string => `(${macs.map((mac) => `pkt4.mac == 0x${mac.replaceAll(':', '')}`).join(' or ')})`
  const theirs = some.flatMap(({macs, rows}) => {
    const index = rows.findIndex(({name}) => name === row.name)
    const own = rows[index]
    return own === undefined ? [] : [`${isOne(macs)} and ${testOf(own, rows.slice(0, index))}`]
  })
  const others = `not ${isOne(some.flatMap(({macs}) => macs))} and ${test}`
  return [others, ...theirs].map((each) => `(${each})`).join(' or ')
}

/** The hosts that the classes remember. */
export function readFirmware(document: Document, classes: readonly Node[]): Map<Mac, KnownFirmware> {
  const node = classes.find((each) => findText(document, findMember(each, 'name')) === BIOS_CLASS)
  const context = node === undefined ? undefined : recordOf(recordOf(recordOf(valueOf(document, node))?.['user-context'])?.['pxectl'])
  const found = new Map<Mac, KnownFirmware>()
  for (const firmware of ['bios', 'uefi'] as const) {
    for (const text of listOf(context?.[firmware])) {
      const mac = typeof text === 'string' ? findMac(text) : undefined
      if (mac !== undefined) found.set(mac, firmware)
    }
  }
  return found
}

function testOf({client, architectures}: BootRow, before: readonly BootRow[]): string {
  if (architectures !== undefined) return `${CLIENT_TESTS[client]} and (${architectureTest(architectures)})`
  const taken = before.filter((row) => row.client === client).flatMap((row) => row.architectures ?? [])
  return `${CLIENT_TESTS[client]}${taken.length === 0 ? '' : ` and not (${architectureTest(taken)})`}`
}

/** Option 93 (RFC 4578 section 2.1). ROMs too old to send it are BIOS. */
function architectureTest(architectures: readonly number[]): string {
  const tests = architectures.map((number) => `option[93].hex == 0x${number.toString(16).padStart(4, '0')}`)
  return (architectures.includes(0) ? [...tests, 'not option[93].exists'] : tests).join(' or ')
}

/** Puts the edits that make the classes say the boot options, or go away, into `edits`. */
export function editClasses(
  document: Document,
  dhcp4: Node,
  classes: readonly Node[],
  {options, hosts}: {readonly options: BootOptions | 'remove'; readonly hosts: FirmwareByMac},
  edits: KeaEdits,
): void {
  const wanted = new Map(
    (options === 'remove' ? [] : renderClasses(options, hosts)).map((definition) => [definition['name'] as string, definition]),
  )
  for (const node of classes) {
    const name = findText(document, findMember(node, 'name')) ?? ''
    if (!name.startsWith(CLASS_PREFIX)) continue
    const definition = wanted.get(name)
    wanted.delete(name)
    if (definition === undefined) edits.remove(node)
    else if (!isSame(valueOf(document, node), definition)) edits.replace(node, definition, true)
  }
  for (const definition of wanted.values()) edits.addElement(dhcp4, 'client-classes', definition, true)
}

function isSame(a: unknown, b: unknown): boolean {
  const sorted = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)))
      : value
  return JSON.stringify(a, sorted) === JSON.stringify(b, sorted)
}
