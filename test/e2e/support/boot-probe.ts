// What a DHCP server offers to each kind of firmware, asked from a client's namespace.
import {fileURLToPath} from 'node:url'
import type {Place} from './network.js'
import {projectFolder} from './program.js'

const PROGRAM = fileURLToPath(new URL('boot-probe-program.ts', import.meta.url))

export type BootProbe = {
  readonly architecture: number
  readonly isIpxe?: boolean
  readonly isHttpClient?: boolean
  /** An old ROM: no option 93, and only `PXEClient` as vendor class. */
  readonly isBare?: boolean
  /** Bytes of option 77 in the place of iPXE's own. */
  readonly userClass?: readonly number[]
}

export type BootOffer = {readonly filename: string | null; readonly nextServer: string; readonly vendorClass: string | null}

/** The offers, in the order of the questions; null where none came. `address` is the place's own on the wire. */
export async function askBootFiles(place: Place, address: string, probes: readonly BootProbe[]): Promise<(BootOffer | null)[]> {
  const output = await place.mustRun([process.execPath, '--import', 'tsx', PROGRAM, JSON.stringify({address, probes})], {
    cwd: projectFolder,
  })
  return JSON.parse(output) as (BootOffer | null)[]
}
