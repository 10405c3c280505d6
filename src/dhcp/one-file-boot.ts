// Servers that cannot choose by firmware: every client is given the same file, which must then be one that does not ask DHCP again.
import {PxectlError} from '../errors.js'
import {refuseLongFilenames, hostBootTable} from './boot-table.js'
import type {BootOptions, KnownFirmware} from './reservation.js'
import type {DhcpChange} from './server.js'

/** `server`: whose, for the message. `instead`: how to be served otherwise. */
export type OneFileServer = {readonly server: string; readonly instead: string}

/** What to say whenever the options are declared. */
export function oneFileWarning({loaders}: BootOptions, {server, instead}: OneFileServer): string {
  return `${server} cannot choose by firmware: every client is given ${loaders.bios}, which UEFI cannot run. For UEFI, ${instead}`
}

/** iPXE asks DHCP again when it runs; given itself once more it would load itself for ever. Throws DHCP_ONE_FILE_ONLY. */
export function refuseEndless(options: BootOptions, {server, instead}: OneFileServer): void {
  if (options.loaderForBiosIpxe === true) return
  const {bios} = options.loaders
  throw new PxectlError(
    `${server} gives every client the same file, also iPXE: with ${bios} it would load itself for ever; nothing was changed`,
    {
      code: 'DHCP_ONE_FILE_ONLY',
      kind: 'usage',
      details: {filename: bios},
      suggestions: ['boot by PXELINUX: pxectl config set boot.loader pxelinux', instead],
    },
  )
}

/** The file of a host whose firmware is known. */
export function oneFileFor(options: BootOptions, firmware: KnownFirmware): string {
  refuseLongFilenames(hostBootTable(options, firmware))
  return firmware === 'bios' ? options.loaders.bios : options.loaders.uefiX64
}

/**
 * UEFI hosts are given iPXE, and so is iPXE itself: newer builds run the autoexec.ipxe that they find on the server before they
 * ask DHCP; others need a script built in. Nothing tells from here which one it is.
 */
export function uefiWarnings(upsert: DhcpChange['upsert'], isChange: boolean): string[] {
  const names = upsert.filter(({reservation}) => reservation.firmware === 'uefi').map(({reservation}) => reservation.name)
  if (!isChange || names.length === 0) return []
  const shown = names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ')
  return [
    `${shown}: the UEFI file is iPXE, which this server cannot tell from the firmware: unless a script is built into it (or it finds autoexec.ipxe), it loads itself for ever`,
  ]
}
