// next-server and filename in a marked block, at root or within a subnet. The block defines nothing (no option 93, no
// class), so it is legal in a subnet and never clashes with definitions of the user's.
//
//   next-server 10.0.0.1;
//   if exists user-class and (…) {
//     filename "http://10.0.0.1/boot.ipxe";
//   } elsif substring(option vendor-class-identifier, 0, 20) = "PXEClient:Arch:00007" {
//     filename "ipxe.efi";
//   }
//
// The architecture is read from the vendor class, `PXEClient:Arch:00007:…` (RFC 4578 section 3.1): dhcpd knows that without a
// definition, and all firmware that sends option 93 says the same there. iPXE says `iPXE` as user class, raw or with a length
// byte before it (RFC 3004). HTTP boot needs the answer's vendor class to be HTTPClient too; without it OVMF asks for ever
// (UEFI 2.10, 24.7.3.1). There is no `else`: a client that no arm fits gets no file.
import {appendToFile} from './layout.js'
import {findMarkedBlocks} from './marked-block.js'
import {emptyLineFor} from './edit.js'
import {addScopedBlock, blockLines, removeBlock, replaceBlock, type BlockText} from './scoped-block.js'
import {ROOT} from './statements.js'
import type {Splice} from './splice.js'
import {quoteString} from './string.js'
import type {Tree} from './tree.js'

export const BOOT_OPTIONS_BLOCK = 'pxectl boot options'

/** One choice. The first arm that fits a client counts. */
export type BootArm = {
  readonly client: 'ipxe' | 'http' | 'pxe'
  /** Option 93 numbers; undefined: whatever it is. */
  readonly architectures: readonly number[] | undefined
  readonly filename: string
}

export type BootBlock = {
  /** Undefined where the scope has a next-server of the user's, which is then edited itself. */
  readonly nextServer: string | undefined
  readonly arms: readonly BootArm[]
}

/** The statements of the block, line by line. */
export function renderBootBlock(block: BootBlock, indent: string, unit: string): string[] {
  const lines = block.nextServer === undefined ? [] : [`next-server ${block.nextServer};`]
  for (const [index, arm] of block.arms.entries()) {
    lines.push(`${index === 0 ? 'if' : '} elsif'} ${testOf(arm)} {`, ...bodyOf(arm).map((statement) => unit + statement))
  }
  if (block.arms.length > 0) lines.push('}')
  return lines.map((line) => indent + line)
}

const IS_IPXE = 'exists user-class and (option user-class = "iPXE" or substring(option user-class, 1, 4) = "iPXE")'
const VENDOR_CLASS_NAMES = {ipxe: 'PXEClient', http: 'HTTPClient', pxe: 'PXEClient'} as const

function testOf({client, architectures}: BootArm): string {
  const name = VENDOR_CLASS_NAMES[client]
  const tests = (architectures ?? []).flatMap((number) => architectureTests(name, number))
  if (client !== 'ipxe') return tests.length === 0 ? beginsWith(name) : tests.join(' or ')
  return tests.length === 0 ? IS_IPXE : `${IS_IPXE} and (${tests.join(' or ')})`
}

/** A ROM so old that it names no architecture is a BIOS. */
function architectureTests(name: string, number: number): string[] {
  const test = beginsWith(`${name}:Arch:${String(number).padStart(5, '0')}`)
  const namesNone = `(${beginsWith(name)} and substring(option vendor-class-identifier, ${name.length}, 6) != ":Arch:")`
  return number === 0 ? [test, namesNone] : [test]
}

function bodyOf(arm: BootArm): string[] {
  const filename = `filename ${quoteString(arm.filename)};`
  return arm.client === 'http' ? ['option vendor-class-identifier "HTTPClient";', filename] : [filename]
}

function beginsWith(vendorClass: string): string {
  return `substring(option vendor-class-identifier, 0, ${vendorClass.length}) = ${quoteString(vendorClass)}`
}

/** Declares the block in the scope, replaces it where it is there already, and removes it from any other scope. */
export function setBootOptions(tree: Tree, scope: number, block: BootBlock): Splice[] {
  const blocks = findMarkedBlocks(tree, BOOT_OPTIONS_BLOCK).filter((found) => found.end !== undefined)
  const here = blocks.find((found) => found.scope === scope)
  const elsewhere = blocks.filter((found) => found !== here).map((found) => removeBlock(tree, found))
  const text = {title: BOOT_OPTIONS_BLOCK, render: (indent: string, unit: string) => renderBootBlock(block, indent, unit)}
  const set = here === undefined ? [addBlock(tree, scope, text)] : replaceBlock(tree, here, text)
  return [...elsewhere, ...set]
}

/** Removes the block from every scope. */
export function removeBootOptions(tree: Tree): Splice[] {
  return findMarkedBlocks(tree, BOOT_OPTIONS_BLOCK)
    .filter((block) => block.end !== undefined)
    .map((block) => removeBlock(tree, block))
}

function addBlock(tree: Tree, scope: number, block: BlockText): Splice {
  if (scope !== ROOT) return addScopedBlock(tree, scope, block)
  return appendToFile(tree.bytes, [...emptyLineFor(tree), ...blockLines(block, '', '  ')])
}
