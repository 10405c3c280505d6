// Which clients get which file, as one list that every back end renders in its server's language. The first row that fits counts.
import {PxectlError} from '../errors.js'
import type {BootOptions, KnownFirmware} from './reservation.js'

/** The longest name that the `file` field of a DHCP packet holds (RFC 2131 section 2). dhcpd cuts longer ones without a word. */
export const longestFilename = 127

/** What asks: `ipxe` by its user class (77: raw `iPXE`, or with a length byte before it), the others by vendor class (60). */
export type BootClient = 'ipxe' | 'http' | 'pxe'

export type BootRow = {
  /** For names in the server's language (a class, a tag); unique. */
  readonly name: string
  readonly client: BootClient
  /** Option 93 (RFC 4578 section 2.1, IANA "Processor Architecture Types"); undefined: whatever it is. */
  readonly architectures: readonly number[] | undefined
  /** `http` clients must get the vendor class HTTPClient back, or they ask for ever (UEFI 2.10, 24.7.3.1). */
  readonly filename: string
}

/**
 * The rows of a lab. iPXE comes before all that would load iPXE; a client that no row fits gets no file: the BIOS loader would
 * be the wrong one. A ROM so old that it names no architecture is a BIOS; each server's language must say so in its own way.
 */
export function bootTable({ipxeScript, loaderForBiosIpxe, loaders, httpLoaders}: BootOptions): BootRow[] {
  const row = (name: string, client: BootClient, architectures: readonly number[] | undefined, filename: string | undefined): BootRow[] =>
    filename === undefined ? [] : [{name, client, architectures, filename}]
  return [
    ...row('ipxe-bios', 'ipxe', [0], loaderForBiosIpxe === true ? loaders.bios : undefined),
    ...row('ipxe', 'ipxe', undefined, ipxeScript),
    ...row('http-x64', 'http', [16], httpLoaders.uefiX64),
    ...row('http-ia32', 'http', [15], httpLoaders.uefiIa32),
    ...row('http-arm64', 'http', [19], httpLoaders.uefiArm64),
    // 7 is "EFI BC" on paper and x64 in practice; 9 is x86-64.
    ...row('uefi-x64', 'pxe', [7, 9], loaders.uefiX64),
    ...row('uefi-ia32', 'pxe', [6], loaders.uefiIa32),
    ...row('uefi-arm64', 'pxe', [11], loaders.uefiArm64),
    ...row('bios', 'pxe', [0], loaders.bios),
  ]
}

/**
 * The rows of a host whose firmware is known: some ROMs send a wrong architecture. What agrees with the firmware still chooses
 * among its files; every other architecture counts for BIOS, or for x64, by far the most common. The first that fits counts.
 */
export function hostBootTable(options: BootOptions, firmware: KnownFirmware): BootRow[] {
  const rows = bootTable(options)
  const named = (name: string): BootRow[] => rows.filter((row) => row.name === name)
  const whatever = (row: BootRow): BootRow => ({...row, architectures: undefined})
  if (firmware === 'bios') {
    const ownIpxe = named('ipxe-bios')
    return [...(ownIpxe.length > 0 ? ownIpxe : named('ipxe')), ...named('bios')].map(whatever)
  }
  return [
    ...named('ipxe').map(whatever),
    ...['http-ia32', 'http-arm64'].flatMap(named),
    ...named('http-x64').map(whatever),
    ...['uefi-ia32', 'uefi-arm64'].flatMap(named),
    ...named('uefi-x64').map(whatever),
  ]
}

/** Throws DHCP_FILENAME_LONG for a name that does not fit a packet. */
export function refuseLongFilenames(rows: readonly BootRow[]): void {
  const long = rows.find(({filename}) => Buffer.byteLength(filename) > longestFilename)
  if (long === undefined) return
  throw new PxectlError(
    `the boot file name ${long.filename} is longer than the ${longestFilename} bytes a DHCP packet has room for; nothing was changed`,
    {
      code: 'DHCP_FILENAME_LONG',
      kind: 'usage',
      details: {filename: long.filename},
      suggestions: ['use a shorter path or server name'],
    },
  )
}
