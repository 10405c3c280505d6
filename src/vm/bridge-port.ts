// A client's place on a bridge of this computer: namespaces of their own with a cable to it, as a machine beside this one.
//
//     br0 ── pxectl-PID ════ eth0, no address; the namespaces end with us, and the cable with them
//
// What this computer sends through br0 itself never comes in there, and servers with raw sockets (Kea) hear only what comes in.
import type {CommandLine, Exec} from '../system/exec.js'
import {findBytes} from '../system/files.js'
import {type Namespace, type NamespaceOptions, networkRefused, openNamespace} from './namespace.js'

export type BridgePort = Pick<Namespace, 'inside' | 'close'>

export type BridgePortOptions = NamespaceOptions & {
  readonly bridge: string
  readonly exec: Exec
}

/** Is it a bridge (Linux: /sys/class/net/NAME/bridge)? Only a bridge can have one port more. */
export async function isBridge(name: string): Promise<boolean> {
  return (await findBytes(`/sys/class/net/${name}/bridge/forward_delay`).catch(() => undefined)) !== undefined
}

/** Joins the bridge; needs root. The port carries packets when this resolves. Throws NAMESPACE_REFUSED. */
export async function openBridgePort(options: BridgePortOptions): Promise<BridgePort> {
  const {bridge, exec} = options
  const {pid, inside, close} = await openNamespace(options)
  // 15 characters at most; process ids have up to 7.
  const port = `pxectl-${pid}`
  try {
    const {outside, within} = planPort({bridge, port, pid})
    const commands: CommandLine[] = [...outside, ...within.map(inside)]
    for (const command of commands) {
      const finished = await exec(command)
      if (finished.exitCode !== 0) throw networkRefused(`${[command.file, ...command.args].join(' ')}: ${finished.stderr.trim()}`)
    }
    await untilForwarding(port)
    return {inside, close}
  } catch (error) {
    await close()
    throw error
  }
}

/** What is run here, and then in the namespaces. Pure. */
export function planPort({bridge, port, pid}: {bridge: string; port: string; pid: string}): {
  outside: CommandLine[]
  within: CommandLine[]
} {
  const ip = (...args: string[]): CommandLine => ({file: 'ip', args})
  return {
    outside: [
      ip('link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pid),
      ip('link', 'set', port, 'master', bridge, 'up'),
    ],
    // Without an address there is no route, and the kernel would not send even to everybody.
    within: [ip('link', 'set', 'eth0', 'up'), ip('route', 'add', '255.255.255.255', 'dev', 'eth0')],
  }
}

/** BR_STATE_FORWARDING (linux/if_bridge.h). A bridge listens and learns first, twice 15 s by default. */
const FORWARDING = '3'

async function untilForwarding(port: string): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    const state = (await findBytes(`/sys/class/net/${port}/brport/state`).catch(() => undefined))?.toString().trim()
    if (state === FORWARDING) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw networkRefused(`the port ${port} does not forward`)
}
