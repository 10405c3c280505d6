// The network that a VM's card is on, in the words of --network and of the setting vm.network. Text and values; each hypervisor knows
// which of them it has.
import {PxectlError} from '../errors.js'

export type VmNetwork =
  /** On a network of the machine that runs it, through this interface (a bridge, or one that the hypervisor bridges itself). */
  | {readonly kind: 'bridged'; readonly interface: string}
  /** Only with that machine: VirtualBox's vboxnet0, VMware's vmnet1. */
  | {readonly kind: 'hostonly'; readonly interface: string | undefined}
  /** Only among VMs, by the name they agree on. */
  | {readonly kind: 'internal'; readonly name: string}
  /** Behind an address of that machine, with the hypervisor's own DHCP. */
  | {readonly kind: 'nat'}
  /** VirtualBox: NAT that several VMs share. */
  | {readonly kind: 'natnetwork'; readonly name: string}
  /** VMware: vmnet0 to vmnet255. */
  | {readonly kind: 'vmnet'; readonly name: string}
  /** QEMU: a tap device that is there already. */
  | {readonly kind: 'tap'; readonly device: string}
  /** VirtualBox (UDPTunnel) and QEMU: raw Ethernet frames in UDP datagrams. */
  | {readonly kind: 'udp'; readonly localPort: number; readonly host: string; readonly port: number}

export type NetworkKind = VmNetwork['kind']

const EXAMPLES = [
  'bridged:eth0',
  'hostonly:vboxnet0',
  'internal:lab',
  'nat',
  'natnetwork:NatNetwork',
  'vmnet:vmnet8',
  'tap:tap0',
  'udp:9001:127.0.0.1:9002',
]

/** Parses `kind[:what]`; throws VM_NETWORK_INVALID. */
export function parseNetwork(text: string): VmNetwork {
  const [kind = '', ...rest] = text.trim().split(':')
  const what = rest.join(':')
  const isName = /^[^\p{Cc}"',]{1,128}$/u.test(what)
  const isDevice = /^[\w.@:-]{1,15}$/.test(what) && !what.startsWith('-')
  if (kind === 'nat' && rest.length === 0) return {kind}
  // Interfaces of macOS and Windows have long names with spaces and colons: "en0: Wi-Fi (AirPort)".
  if (kind === 'bridged' && isName) return {kind, interface: what}
  if (kind === 'hostonly' && (rest.length === 0 || isName)) return {kind, interface: rest.length === 0 ? undefined : what}
  if ((kind === 'internal' || kind === 'natnetwork') && isName) return {kind, name: what}
  if (kind === 'vmnet' && /^vmnet\d{1,3}$/.test(what)) return {kind, name: what}
  if (kind === 'tap' && isDevice) return {kind, device: what}
  const [, localPort, host, port] = /^(\d{1,5}):([\w.-]+):(\d{1,5})$/.exec(what) ?? []
  if (kind === 'udp' && host !== undefined && isPort(localPort) && isPort(port)) {
    return {kind, localPort: Number(localPort), host, port: Number(port)}
  }
  throw new PxectlError(`"${text}" is not a network for a VM`, {
    code: 'VM_NETWORK_INVALID',
    kind: 'usage',
    details: {network: text},
    suggestions: [`write it as one of ${EXAMPLES.join(', ')}`],
  })
}

function isPort(text: string | undefined): boolean {
  return Number(text) >= 1 && Number(text) <= 65_535
}

/** The text that parseNetwork reads. */
export function renderNetwork(network: VmNetwork): string {
  switch (network.kind) {
    case 'nat':
      return network.kind
    case 'bridged':
      return `bridged:${network.interface}`
    case 'hostonly':
      return network.interface === undefined ? 'hostonly' : `hostonly:${network.interface}`
    case 'internal':
    case 'natnetwork':
    case 'vmnet':
      return `${network.kind}:${network.name}`
    case 'tap':
      return `tap:${network.device}`
    case 'udp':
      return `udp:${network.localPort}:${network.host}:${network.port}`
  }
}
