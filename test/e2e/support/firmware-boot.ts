// Machines' firmware through all it asks DHCP for: an address, and the boot file. Many machines at once, in one program.
import {fileURLToPath} from 'node:url'
import type {Asking} from './firmware-client.js'
import type {Client} from './network.js'
import {projectFolder} from './program.js'

export type BootingMachine = {
  readonly mac: string
  readonly asking: Asking
  /** How many different replies are waited for; more than that would be told as well. */
  readonly replies: number
}

/** What the program reads as JSON on stdin. */
export type BootQuestions = {
  readonly machines: readonly BootingMachine[]
  /** Whom to ask on port 4011, once there is an address: from port 4011, as EDK2 does, or from 68, as ROMs and iPXE do. */
  readonly proxy?: string
}

export type Replied = {
  readonly type: string
  /** The address it gives; 0.0.0.0 in what a proxy says. */
  readonly ip: string
  readonly nextServer: string
  readonly filename: string | null
  readonly vendorClass: string | null
  /** Option 43 in hexadecimal digits. */
  readonly vendorSpecific: string | null
  /** Where the machine heard it. */
  readonly port: number
}

const PROGRAM = fileURLToPath(new URL('firmware-boot-program.ts', import.meta.url))

/** Every machine's replies, offers first, in the order of the machines. The client needs an address of its own to speak from. */
export async function bootMachines(client: Client, questions: BootQuestions): Promise<Replied[][]> {
  // 255.255.255.255 goes where the default route goes.
  await client.mustRun(['ip', 'route', 'replace', 'default', 'dev', 'eth0'])
  const command = [process.execPath, '--import', 'tsx', PROGRAM]
  return JSON.parse(await client.mustRun(command, {cwd: projectFolder, input: JSON.stringify(questions)})) as Replied[][]
}
