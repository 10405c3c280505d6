// next-server and filename for VMware's DHCP server. It is descended from ISC 2.0, without `if` and classes: there is one file for
// every client. In 2.0 a subnet takes over what was declared at root before it, not what comes after.
import {BOOT_OPTIONS_BLOCK, removeBootOptions} from '../dhcpd-conf/boot-options.js'
import {bodyStyleOf, lineEndOf} from '../dhcpd-conf/layout.js'
import {beginMark, endMark, findMarkedBlocks, spanOfBlock} from '../dhcpd-conf/marked-block.js'
import type {Splice} from '../dhcpd-conf/splice.js'
import {ROOT} from '../dhcpd-conf/statements.js'
import {quoteString} from '../dhcpd-conf/string.js'
import {lineOf} from '../dhcpd-conf/tree.js'
import {renderSubnet, type Subnet} from '../net/ipv4.js'
import {conflict} from './isc-conflicts.js'
import type {ConfFile} from './isc-load.js'
import {firmwareTitle, type FirmwareText} from './isc-firmware.js'
import {oneFileFor, oneFileWarning, refuseEndless} from './one-file-boot.js'
import type {BootOptions} from './reservation.js'

export type VmwareBootOptions = {
  /** `subnet`: within its braces. `global`: at the head of the file, where the Network Editor leaves it alone. */
  readonly bootOptionsScope?: 'subnet' | 'global' | undefined
  readonly subnet?: Subnet
}

export const SERVE_YOURSELF = "turn VMware's DHCP off for that vmnet (Network Editor), and let pxectl answer: pxectl serve --dhcp full"

const ONE_FILE = {server: "VMware's DHCP server", instead: SERVE_YOURSELF}

/** The splices that declare the boot options in the one place, or take them away everywhere. */
export function planVmwareBoot(file: ConfFile, options: BootOptions | 'remove', {bootOptionsScope, subnet}: VmwareBootOptions): Splice[] {
  if (options === 'remove') return removeBootOptions(file.tree)
  if (bootOptionsScope === undefined) return []
  refuseEndless(options, ONE_FILE)
  const scope = bootOptionsScope === 'global' ? ROOT : subnetScope(file, subnet)
  refuseDeclared(file, scope)
  const {tree} = file
  const blocks = findMarkedBlocks(tree, BOOT_OPTIONS_BLOCK)
  const here = blocks.find((block) => block.scope === scope && block.end !== undefined)
  const style = scope === ROOT ? {at: 0, ownLine: true, indent: ''} : bodyStyleOf(tree, scope)
  const lineEnd = lineEndOf(tree.bytes)
  const lines = [
    beginMark(BOOT_OPTIONS_BLOCK, !style.ownLine),
    `next-server ${options.nextServer};`,
    `filename ${quoteString(options.loaders.bios)};`,
    endMark(BOOT_OPTIONS_BLOCK),
  ]
  const text = lines.join(lineEnd + style.indent)
  if (here !== undefined && blocks.length === 1) {
    const span = spanOfBlock(tree, here)
    return tree.bytes.toString('latin1', span.start, span.end) === text ? [] : [{...span, text}]
  }
  const added = `${style.ownLine ? '' : lineEnd}${style.indent}${text}${lineEnd}`
  return [...removeBootOptions(tree), {start: style.at, end: style.at, text: added}]
}

/** The file of a host whose firmware is known: its own, without a condition. */
export function vmwareFirmwareText(options: BootOptions): FirmwareText {
  return (firmware) => {
    const filename = oneFileFor(options, firmware)
    return {title: firmwareTitle(firmware), render: (indent) => [`${indent}filename ${quoteString(filename)};`]}
  }
}

/** What to say whenever the options are declared. */
export function vmwareBootWarning(options: BootOptions): string {
  return oneFileWarning(options, ONE_FILE)
}

function subnetScope({path, tree, declarations}: ConfFile, subnet: Subnet | undefined): number {
  const {subnets} = declarations
  const fitting = subnet === undefined ? subnets : subnets.filter((declared) => renderSubnet(declared.subnet) === renderSubnet(subnet))
  const [found] = fitting
  if (found !== undefined && fitting.length === 1) return found.statement
  const known =
    subnets.map((declared) => `${renderSubnet(declared.subnet)} (line ${lineOf(tree, declared.statement)})`).join(', ') || 'none'
  throw conflict(
    'DHCP_SUBNET_UNDECLARED',
    `${subnet === undefined ? 'which subnet gets the boot options is not said' : `the subnet ${renderSubnet(subnet)} is not declared once in ${path}`} (declared: ${known})`,
    {file: path},
    ['name one of them: pxectl config set network.subnet 192.168.232.0/24'],
  )
}

function refuseDeclared({path, tree, declarations}: ConfFile, scope: number): void {
  const blocks = findMarkedBlocks(tree, BOOT_OPTIONS_BLOCK)
  const foreign = declarations.boot.find(({scope: declared, statement}) => {
    const token = tree.statements.first[statement] ?? 0
    return declared === scope && !blocks.some(({begin, end}) => end !== undefined && token > begin && token < end)
  })
  if (foreign === undefined) return
  const where = `${path}:${lineOf(tree, foreign.statement)}`
  throw conflict('DHCP_FILENAME_DECLARED', `${where} declares a ${foreign.keyword} already, in the place of pxectl's`, {file: path}, [
    `remove that line, and run this again: ${where}`,
    'or leave the boot options to yourself: pxectl config set dhcp.boot-options none',
  ])
}
