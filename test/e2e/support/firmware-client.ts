// A machine's firmware as far as DHCP goes: asks, and tells what it was offered. One program plays it in two ways.
import {fileURLToPath} from 'node:url'
import type {Client, Place} from './network.js'
import {projectFolder} from './program.js'

export type Asking = {
  /** Option 93; undefined: an old ROM that does not send it, and only `PXEClient` as vendor class. */
  readonly architecture: number | undefined
  readonly isIpxe?: boolean
  readonly isHttpClient?: boolean
  /** Bytes of option 77 in the place of iPXE's own. */
  readonly userClass?: readonly number[]
}

/** iPXE's user class with a length byte before it, as RFC 3004 has it. */
export const COUNTED_USER_CLASS: readonly number[] = [4, ...Buffer.from('iPXE')]

export type Offered = {
  readonly ip: string
  readonly nextServer: string
  readonly filename: string | null
  readonly vendorClass: string | null
}

/** What the program reads as JSON on stdin. */
export type FirmwareQuestions = {
  readonly askings: readonly Asking[]
  /** `client`: a machine with this hardware address, from port 68. `relay`: the relay agent at this address, for a made-up machine each. */
  readonly as: {readonly kind: 'client'; readonly mac: string} | {readonly kind: 'relay'; readonly address: string}
}

const PROGRAM = fileURLToPath(new URL('firmware-client-program.ts', import.meta.url))

/** What the DHCP server of the network offers; undefined where none answers. The client needs an address of its own to speak from. */
export async function askAsFirmware(client: Client, asking: Asking): Promise<Offered | undefined> {
  const [offered] = await askAsFirmwares(client, [asking])
  return offered ?? undefined
}

/** What is offered to the client as each of these, in their order; null where no offer came. */
export async function askAsFirmwares(client: Client, askings: readonly Asking[]): Promise<(Offered | null)[]> {
  return ask(client, {askings, as: {kind: 'client', mac: client.mac}})
}

/** What is offered to one firmware after the other, in their order; null where no offer came. `address` is the place's own on the wire. */
export async function askAsRelay(place: Place, address: string, askings: readonly Asking[]): Promise<(Offered | null)[]> {
  return ask(place, {askings, as: {kind: 'relay', address}})
}

async function ask(place: Place, questions: FirmwareQuestions): Promise<(Offered | null)[]> {
  const output = await place.mustRun([process.execPath, '--import', 'tsx', PROGRAM], {cwd: projectFolder, input: JSON.stringify(questions)})
  return JSON.parse(output) as (Offered | null)[]
}
