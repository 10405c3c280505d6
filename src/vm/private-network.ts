// A network of its own for one virtual machine and the servers it boots from; no interface of this computer takes part.
//
//     network and process namespaces (namespace.ts)
//     ┌─────────────────────────────────────────────┐
//     │ br0 192.168.56.1/24: pxectl serve           │
//     │  └─ tap0 ── QEMU                            │
//     └─────────────────────────────────────────────┘
import type {Ipv4, Subnet} from '../net/ipv4.js'
import type {CommandLine, Exec} from '../system/exec.js'
import {configureNamespace, openNamespace, type NamespaceOptions} from './namespace.js'

export type PrivateNetwork = {
  /** The name of the tap device for the machine. */
  readonly tap: string
  /** The same command line, to run in there. */
  readonly inside: (command: CommandLine) => CommandLine
  close(): Promise<void>
}

export type PrivateNetworkOptions = NamespaceOptions & {
  readonly server: Ipv4
  readonly subnet: Subnet
  readonly exec: Exec
}

const TAP = 'tap0'

export async function openPrivateNetwork(options: PrivateNetworkOptions): Promise<PrivateNetwork> {
  const namespace = await openNamespace(options)
  try {
    await configureNamespace(namespace, planNetwork(options), options.exec)
    return {tap: TAP, inside: namespace.inside, close: namespace.close}
  } catch (error) {
    await namespace.close()
    throw error
  }
}

/** The arguments of `ip`, in order. Pure. */
export function planNetwork({server, subnet}: Pick<PrivateNetworkOptions, 'server' | 'subnet'>): string[][] {
  return [
    ['link', 'set', 'lo', 'up'],
    ['link', 'add', 'br0', 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0'],
    ['address', 'add', `${server}/${subnet.prefix}`, 'brd', '+', 'dev', 'br0'],
    ['tuntap', 'add', 'dev', TAP, 'mode', 'tap'],
    ['link', 'set', TAP, 'master', 'br0', 'up'],
    ['link', 'set', 'br0', 'up'],
  ]
}
