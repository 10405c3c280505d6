// A DHCP server and somebody who asks it, alone on a cable; no interface of this computer takes part.
//
//     namespaces of the server                namespaces of the asker
//     ┌──────────────────────────┐            ┌────────────────────────────────────────┐
//     │ dhcp0 192.168.56.254/24 ─┼─── veth ───┼─ ask0 192.168.56.253, 10.0.0.254 …     │
//     └──────────────────────────┘            └────────────────────────────────────────┘
//
// The asker has an address in each subnet and poses as the relay agent of its machines there, so one cable does for all subnets.
import type {Ipv4, Subnet} from '../net/ipv4.js'
import type {Exec} from '../system/exec.js'
import {configureNamespace, openNamespace, type Namespace, type NamespaceOptions} from './namespace.js'

export type Cable = {readonly server: Namespace; readonly asker: Namespace; close(): Promise<void>}

export type CablePlan = {
  readonly server: Ipv4
  /** The subnet of the server's own address. */
  readonly subnet: Subnet
  /** The addresses of the asker, `server` not among them. */
  readonly relays: readonly Ipv4[]
}

/** The server's end of the cable. */
export const SERVER_INTERFACE = 'dhcp0'
const ASKER_INTERFACE = 'ask0'

/** Throws NAMESPACE_REFUSED; closed again where anything fails. */
export async function openCable(plan: CablePlan, options: NamespaceOptions & {readonly exec: Exec}): Promise<Cable> {
  const server = await openNamespace(options)
  const opened = [server]
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((namespace) => namespace.close()))
  }
  try {
    const asker = await openNamespace(options)
    opened.push(asker)
    const ends = planCable(plan)
    // Made from outside the server's process namespace: there the asker's process id means nobody.
    await configureNamespace({...server, inside: onlyNetwork(server)}, [[...ends.cable, asker.pid]], options.exec)
    await configureNamespace(server, ends.server.slice(0, 2), options.exec)
    await configureNamespace(asker, ends.asker, options.exec)
    await configureNamespace(server, ends.server.slice(2), options.exec)
    return {server, asker, close}
  } catch (error) {
    await close()
    throw error
  }
}

/** The arguments of `ip`, in order; to `cable` the asker's process id is added. Pure. */
export function planCable({server, subnet, relays}: CablePlan): {cable: string[]; server: string[][]; asker: string[][]} {
  return {
    cable: ['link', 'add', SERVER_INTERFACE, 'type', 'veth', 'peer', 'name', ASKER_INTERFACE, 'netns'],
    server: [
      ['link', 'set', 'lo', 'up'],
      ['address', 'add', `${server}/${subnet.prefix}`, 'brd', '+', 'dev', SERVER_INTERFACE],
      ['link', 'set', SERVER_INTERFACE, 'up'],
      ...relays.map((relay) => ['route', 'add', `${relay}/32`, 'dev', SERVER_INTERFACE]),
    ],
    asker: [
      ['link', 'set', 'lo', 'up'],
      ...relays.map((relay) => ['address', 'add', `${relay}/32`, 'dev', ASKER_INTERFACE]),
      ['link', 'set', ASKER_INTERFACE, 'up'],
      ['route', 'add', `${server}/32`, 'dev', ASKER_INTERFACE],
    ],
  }
}

function onlyNetwork({pid}: Namespace): Namespace['inside'] {
  return (command) => ({...command, file: 'nsenter', args: ['--target', pid, '--net', '--', command.file, ...command.args]})
}
