// Servers that cannot choose by firmware: every client is given the same file, which must then be one that does not ask DHCP again.
import {PxectlError} from '../errors.js'
import type {BootOptions} from './reservation.js'

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
