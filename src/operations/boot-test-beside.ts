// Asks a DHCP server of this machine that hears only the wire: from a port of the lab's bridge, by another pxectl in there.
import {PxectlError} from '../errors.js'
import type {Mac} from '../net/mac.js'
import type {CommandLine, Exec} from '../system/exec.js'
import type {Start} from '../system/start.js'
import {isBridge, openBridgePort} from '../vm/bridge-port.js'
import type {AskOptions} from './boot-test-ask.js'
import type {ClientKind, DhcpAnswer} from './boot-test-record.js'

export type BesideParts = {
  readonly host: {readonly mac: Mac}
  /** The lab's interface, where it is known. */
  readonly interface: string | undefined
  /** The words that start this program; without them there is no way. */
  readonly pxectl: Pick<CommandLine, 'file' | 'args'> | undefined
  readonly isRoot: boolean
  readonly timeoutMs: number
  readonly exec: Exec
  readonly start: Start
}

/** The way beside this machine, or why there is none. */
export async function findWayBeside(parts: BesideParts): Promise<Pick<AskOptions, 'askBeside' | 'whyNotBeside'>> {
  const {interface: name, pxectl, isRoot} = parts
  if (name === undefined || pxectl === undefined || !isRoot || !(await isBridge(name))) {
    const where = name === undefined ? 'the interface of the lab' : name
    return {
      whyNotBeside:
        'another program has port 67 of this machine for itself, and one with raw sockets (Kea) hears only what comes in from the wire; ' +
        `to ask it from beside this machine, pxectl needs root, and ${where} would have to be a bridge`,
    }
  }
  return {askBeside: (client) => askBeside(client, {...parts, bridge: name, pxectl})}
}

type Ready = BesideParts & {readonly bridge: string; readonly pxectl: Pick<CommandLine, 'file' | 'args'>}

async function askBeside(client: ClientKind, {host, pxectl, timeoutMs, ...parts}: Ready): Promise<DhcpAnswer> {
  const port = await openBridgePort(parts)
  try {
    const words = ['dhcp', 'ask-wire', ...askWords(host, client), '--timeout', String(Math.ceil(timeoutMs / 1000)), '--json']
    const finished = await parts.exec(port.inside({file: pxectl.file, args: [...pxectl.args, ...words], timeoutMs: timeoutMs + 30_000}))
    const {answer} = finished.exitCode === 0 ? (JSON.parse(finished.stdout) as {answer: DhcpAnswer}) : {answer: undefined}
    if (answer !== undefined) return answer
    throw new PxectlError(
      `the DHCP server could not be asked from beside this machine: ${finished.stderr.trim() || finished.stdout.trim()}`,
      {
        code: 'DHCP_ASK_FAILED',
        kind: 'external',
        details: {exitCode: finished.exitCode},
      },
    )
  } finally {
    await port.close()
  }
}

/** The flags of `pxectl dhcp ask-wire`. */
function askWords({mac}: BesideParts['host'], {architecture, isIpxe, isHttpClient}: ClientKind): string[] {
  return [
    ...['--mac', mac, '--architecture', String(architecture)],
    ...(isIpxe ? ['--ipxe'] : []),
    ...(isHttpClient ? ['--http-client'] : []),
  ]
}
