// The network of a new VM that none was given for, and what it boots where no DHCP server of the lab reaches it.
import {filenameFor} from '../boot/firmware.js'
import type {Lab} from '../lab/open-lab.js'
import type {HypervisorTraits} from '../vm/hypervisor.js'
import {parseNetwork, type VmNetwork} from '../vm/network.js'
import type {NatBoot, VmSpec} from '../vm/spec.js'

/** The setting vm.network; without one the lab's own interface, in the hypervisor's words; without that NAT. */
export function networkOf(lab: Lab, {networks}: HypervisorTraits): VmNetwork {
  const {vm, network} = lab.settings
  if (vm.network !== undefined) return parseNetwork(vm.network)
  const name = network.interface
  if (name === undefined) return {kind: 'nat'}
  if (/^vmnet\d+$/.test(name) && networks.includes('vmnet')) return {kind: 'vmnet', name}
  if (/^vboxnet\d+$/.test(name) && networks.includes('hostonly')) return {kind: 'hostonly', interface: name}
  return {kind: 'bridged', interface: name}
}

/** undefined where it is not known at which address the lab's servers are. */
export function natBootOf({settings}: Lab, isRemote: boolean): NatBoot | undefined {
  const {server} = settings.network
  if (server === undefined) return undefined
  const {httpPort} = settings.serve
  const file = filenameFor({architecture: 0, isIpxe: false, isHttpClient: false}, {server, httpPort, bootLoader: settings.boot.loader})
  return {server, file: file ?? 'undionly.kpxe', tftpRoot: isRemote ? undefined : settings.lab.tftpRoot, httpPort}
}

/** What keeps a new VM from booting the lab although all that it was asked for can be had. */
export function romNotes({settings}: Lab, {kind}: Pick<HypervisorTraits, 'kind'>, {name, firmware, nics}: VmSpec): string[] {
  const isOnLab = nics.some(({network}) => network.kind !== 'nat')
  if (kind !== 'virtualbox' || firmware !== 'bios' || !isOnLab || settings.boot.loader !== 'ipxe') return []
  return [
    `VirtualBox's boot ROM is an iPXE that cannot fetch the lab's menu by HTTP, where ${name} stops; let it boot by PXELINUX: pxectl config set boot.loader pxelinux`,
  ]
}
