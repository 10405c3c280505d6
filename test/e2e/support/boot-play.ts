// Machines that boot as far as a test wants them to: packets of firmware and loaders, step by step, many machines at once, each from an
// address of its own in one namespace.
import {fileURLToPath} from 'node:url'
import type {Asking} from './firmware-client.js'
import type {Place} from './network.js'
import {projectFolder} from './program.js'

export type PlayStep =
  /** A question for an address. `answered`: goes on to the ACK; else nothing is waited for. */
  | {readonly do: 'dhcp'; readonly asking: Asking; readonly answered: boolean}
  /** A REQUEST for an address, which names the server whose offer it takes; or a DECLINE. */
  | {readonly do: 'request' | 'decline'; readonly asking: Asking; readonly ip: string; readonly server?: string}
  /** Reads a file; with `acks`, only so many blocks are acknowledged, and then the client is gone. */
  | {readonly do: 'tftp'; readonly name: string; readonly acks?: number}
  | {readonly do: 'http'; readonly name: string}

export type PlayedMachine = {readonly mac: string; readonly ip: string; readonly steps: readonly PlayStep[]}

const PROGRAM = fileURLToPath(new URL('boot-play-program.ts', import.meta.url))

/** Gives, for each machine and step, what became of it in a word. */
export async function playBoots(place: Place, machines: readonly PlayedMachine[]): Promise<string[][]> {
  for (const {ip} of machines) await place.run(['ip', 'address', 'add', `${ip}/24`, 'dev', 'eth0'])
  // 255.255.255.255 goes where the default route goes.
  await place.run(['ip', 'route', 'replace', 'default', 'dev', 'eth0'])
  const output = await place.mustRun([process.execPath, '--import', 'tsx', PROGRAM], {
    cwd: projectFolder,
    input: JSON.stringify(machines),
    timeoutMs: 180_000,
  })
  return JSON.parse(output) as string[][]
}
