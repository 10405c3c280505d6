// The boot file of a host whose firmware is known, as a marked block in its declaration: of dhcpd's, and of VMware's. The host's
// own statements beat those of its subnet, so a block must know iPXE itself.
//
//   host tk1 {
//     hardware ethernet 52:54:00:00:00:01;
//     # BEGIN pxectl firmware uefi
//     if exists user-class and … { filename "http://10.0.0.1:8069/boot.ipxe"; } elsif … { filename "ipxe.efi"; }
//     # END pxectl firmware uefi
//   }
import {renderBootBlock} from '../dhcpd-conf/boot-options.js'
import {findMarkedBlocks, type MarkedBlock} from '../dhcpd-conf/marked-block.js'
import {addScopedBlock, removeBlock, replaceBlock, type BlockText} from '../dhcpd-conf/scoped-block.js'
import type {Splice} from '../dhcpd-conf/splice.js'
import {ROOT} from '../dhcpd-conf/statements.js'
import {isWord, lineOf} from '../dhcpd-conf/tree.js'
import type {HostEdits} from '../dhcpd-conf/edit.js'
import {hostBootTable, refuseLongFilenames} from './boot-table.js'
import type {ConfFile} from './isc-load.js'
import type {BootOptions, KnownFirmware} from './reservation.js'

/** What a back end writes for a firmware. */
export type FirmwareText = (firmware: KnownFirmware) => BlockText

const FIRMWARES: readonly KnownFirmware[] = ['bios', 'uefi']

/** The title of the block: it says for which firmware it was written. */
export function firmwareTitle(firmware: KnownFirmware): string {
  return `pxectl firmware ${firmware}`
}

/** The block in dhcpd's language, which can tell iPXE from what loads it. */
export function iscFirmwareText(options: BootOptions): FirmwareText {
  return (firmware) => {
    const arms = hostBootTable(options, firmware)
    refuseLongFilenames(arms)
    return {title: firmwareTitle(firmware), render: (indent, unit) => renderBootBlock({nextServer: undefined, arms}, indent, unit)}
  }
}

export type FoundFirmware = {readonly firmware: KnownFirmware; readonly block: MarkedBlock}

/** The blocks of a file, by the statement of the host that they stand in. */
export function findHostFirmware({tree}: ConfFile): Map<number, FoundFirmware> {
  const found = new Map<number, FoundFirmware>()
  for (const firmware of FIRMWARES) {
    for (const block of findMarkedBlocks(tree, firmwareTitle(firmware))) {
      const first = block.scope === ROOT ? undefined : tree.statements.first[block.scope]
      if (block.end !== undefined && first !== undefined && isWord(tree, first, 'host')) found.set(block.scope, {firmware, block})
    }
  }
  return found
}

export type FirmwarePlan = {readonly splices: Splice[]; readonly warnings: string[]}

/**
 * The splices that make the declarations of one file say what `edits` wants; other hosts keep the firmware that they have. New
 * hosts bring their block along. `text` undefined: every block goes.
 */
export function planFirmware(file: ConfFile, {update, remove}: HostEdits, text: FirmwareText | undefined): FirmwarePlan {
  const {tree, path} = file
  const found = findHostFirmware(file)
  const wanted = new Map(update.map(({host, entry}) => [host.statement, entry.block]))
  const removed = new Set(remove.map(({statement}) => statement))
  const plan: FirmwarePlan = {splices: [], warnings: []}
  for (const [host, {firmware, block}] of found) {
    if (removed.has(host)) continue
    const now = text === undefined ? undefined : wanted.has(host) ? wanted.get(host) : text(firmware)
    plan.splices.push(...(now === undefined ? [removeBlock(tree, block)] : replaceBlock(tree, block, now)))
  }
  const missing = update.filter(({host, entry}) => text !== undefined && entry.block !== undefined && !found.has(host.statement))
  const own = missing.length === 0 ? new Map<number, number>() : ownFilenames(file)
  for (const {host, entry} of missing) {
    const filename = own.get(host.statement)
    if (filename === undefined && entry.block !== undefined) plan.splices.push(addScopedBlock(tree, host.statement, entry.block))
    else if (filename !== undefined)
      plan.warnings.push(
        `${entry.name} declares a filename of its own (${path}:${lineOf(tree, filename)}), which its firmware does not change`,
      )
  }
  return plan
}

/** The hosts with a `filename` in them, however deep, and its statement. */
function ownFilenames({tree, declarations}: ConfFile): Map<number, number> {
  const {first, parent} = tree.statements
  const own = new Map<number, number>()
  for (const {keyword, statement} of declarations.boot) {
    if (keyword !== 'filename') continue
    let around = parent[statement] ?? ROOT
    while (around !== ROOT && !isWord(tree, first[around] ?? 0, 'host')) around = parent[around] ?? ROOT
    if (around !== ROOT) own.set(around, statement)
  }
  return own
}
