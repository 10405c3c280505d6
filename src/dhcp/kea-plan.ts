// A change as new bytes for Kea's configuration and its includes. Reads files, writes none.
import {editClasses, readFirmware, type FirmwareByMac} from './kea-boot.js'
import {KeaEdits} from './kea-edits.js'
import {findKeaDeclarations, nodeLines, type KeaDeclarations} from './kea-find.js'
import {editReservations} from './kea-hosts.js'
import {readKeaConfiguration} from './kea-load.js'
import type {DhcpChange, DhcpPlan} from './server.js'

export type KeaPlanOptions = {
  readonly config: string
  /** undefined: boot options are never declared. Classes of Kea hold for all subnets, whatever is asked for here. */
  readonly bootOptionsScope?: 'subnet' | 'global' | undefined
}

export async function planKeaChange(change: DhcpChange, options: KeaPlanOptions): Promise<DhcpPlan> {
  const configuration = await readKeaConfiguration(options.config)
  const {document, dhcp4} = configuration
  const declarations = findKeaDeclarations(configuration)
  const edits = new KeaEdits(document)
  const warnings = editReservations(declarations, change, edits, nodeLines(document))
  const {bootOptions} = change
  if (bootOptions === 'remove' || (bootOptions !== undefined && options.bootOptionsScope !== undefined)) {
    const hosts = firmwareAfter(change, declarations, readFirmware(document, declarations.classes))
    editClasses(document, dhcp4, declarations.classes, {options: bootOptions, hosts}, edits)
    if (bootOptions !== 'remove') warnings.push(...scopeWarnings(declarations, options))
  }
  const files = edits.files()
  return {files, warnings: [...warnings, ...globalWarnings(change, declarations)], needsRestart: files.length > 0}
}

/** The hosts whose firmware is known once the change is made. */
function firmwareAfter({upsert, remove}: DhcpChange, {reservations}: KeaDeclarations, before: FirmwareByMac): FirmwareByMac {
  const after = new Map(before)
  const names = [...remove, ...upsert.map(({reservation, previousName}) => previousName ?? reservation.name)]
  const leaving = new Set(names.map((name) => name.toLowerCase()))
  for (const {hostname, identifier} of reservations) {
    if (identifier?.mac !== undefined && leaving.has(hostname?.text.toLowerCase() ?? '')) after.delete(identifier.mac)
  }
  for (const {reservation} of upsert) {
    const {mac, firmware} = reservation
    if (firmware === undefined) after.delete(mac)
    else after.set(mac, firmware)
  }
  return after
}

function scopeWarnings({subnets}: KeaDeclarations, {bootOptionsScope}: KeaPlanOptions): string[] {
  if (bootOptionsScope !== 'subnet' || subnets.length < 2) return []
  return [
    `Kea's client classes hold for all ${subnets.length} subnets: clients of the others get the same boot files (dhcp.boot-options = global says so)`,
  ]
}

/** Reservations that end up outside the subnets count only where Kea is told to look there. */
function globalWarnings({upsert}: DhcpChange, {global, subnets}: KeaDeclarations): string[] {
  if (upsert.length === 0 || global.isUsed || subnets.some(({isUsed}) => isUsed)) return []
  return ['no subnet of this configuration takes reservations, and "reservations-global" is not true: Kea will not use what is added']
}
