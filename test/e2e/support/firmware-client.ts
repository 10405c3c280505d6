// A machine's firmware as far as DHCP goes: asks once, and tells what it was offered.
import {fileURLToPath} from 'node:url'
import type {Client} from './network.js'
import {projectFolder} from './program.js'

export type Asking = {
  /** Option 93; undefined: a ROM that does not send it. */
  readonly architecture: number | undefined
  readonly isIpxe?: boolean
  readonly isHttpClient?: boolean
  /** iPXE's user class with a length byte before it, as RFC 3004 has it. */
  readonly isUserClassCounted?: boolean
}

export type Offered = {
  readonly ip: string
  readonly nextServer: string
  readonly filename: string | null
  readonly vendorClass: string | null
}

const PROGRAM = fileURLToPath(new URL('firmware-client-program.ts', import.meta.url))

/** What the DHCP server of the network offers; undefined where none answers. The client needs an address of its own to speak from. */
export async function askAsFirmware(client: Client, asking: Asking): Promise<Offered | undefined> {
  const input = JSON.stringify({...asking, mac: client.mac})
  const output = await client.mustRun([process.execPath, '--import', 'tsx', PROGRAM], {cwd: projectFolder, input})
  return (JSON.parse(output) as Offered | null) ?? undefined
}
