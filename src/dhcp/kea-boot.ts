// Boot options as client classes of Kea, one for each row of the boot table. Each test stands alone, so that their order counts
// for nothing. The expressions were measured with Kea 2.2.0, 2.6.3 and 3.0.4.
import type {JsonObject} from '../kea-conf/render.js'
import {findMember, findText, valueOf, type Document, type Node} from '../kea-conf/tree.js'
import {bootTable, refuseLongFilenames, type BootRow} from './boot-table.js'
import type {KeaEdits} from './kea-edits.js'
import {CLASS_PREFIX} from './kea-value.js'
import type {BootOptions} from './reservation.js'

/** The user class is sent raw, or as RFC 3004 has it with a length byte before it. */
const IS_IPXE = `(option[77].exists and (option[77].hex == 'iPXE' or substring(option[77].hex,1,4) == 'iPXE'))`

const CLIENT_TESTS = {
  ipxe: IS_IPXE,
  http: `not ${IS_IPXE} and substring(option[60].hex,0,10) == 'HTTPClient'`,
  pxe: `not ${IS_IPXE} and substring(option[60].hex,0,9) == 'PXEClient'`,
} as const

/** The classes that say the boot options. */
export function renderClasses(options: BootOptions): JsonObject[] {
  const rows = bootTable(options)
  refuseLongFilenames(rows)
  return rows.map((row, index) => ({
    name: `${CLASS_PREFIX}${row.name}`,
    test: testOf(row, rows.slice(0, index)),
    'next-server': options.nextServer,
    'boot-file-name': row.filename,
    ...(row.client === 'http' ? {'option-data': [{name: 'vendor-class-identifier', data: 'HTTPClient', 'always-send': true}]} : {}),
  }))
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
  options: BootOptions | 'remove',
  edits: KeaEdits,
): void {
  const wanted = new Map(
    (options === 'remove' ? [] : renderClasses(options)).map((definition) => [definition['name'] as string, definition]),
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
