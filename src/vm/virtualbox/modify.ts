// What `VBoxManage modifyvm` is told for a spec. Pure.
import {natTftpOptions} from '../../vboxmanage/nat-tftp.js'
import {isAtLeast, type VboxVersion} from '../../vboxmanage/version.js'
import type {VmNetwork} from '../network.js'
import type {NatBoot, VmNic, VmSpec} from '../spec.js'
import {bareMac, isBootable, NIC_TYPES, osTypeId} from './words.js'

export type ModifyContext = {
  readonly version: VboxVersion
  readonly platform: string
  /** How many cards the machine has had: those that the spec does not have are taken out. */
  readonly nicsBefore?: number
}

/** The words of one call: modifyvm takes all of them in, or none. The spec comes from checkSpec. */
export function modifyArguments(spec: VmSpec, context: ModifyContext): string[] {
  const {uuid, cpus, memoryMiB, vramMiB, firmware, disks, nics} = spec
  const isWindows = /^windows/i.test(osTypeId(spec.osType))
  const spare = Array.from({length: Math.max(0, (context.nicsBefore ?? 0) - nics.length)}, (_, at) => nics.length + at + 1)
  return [
    ...['modifyvm', uuid, '--cpus', String(cpus), '--memory', String(memoryMiB), '--vram', String(vramMiB)],
    // Several CPUs need the I/O APIC, whatever the kind of guest would have had.
    ...['--ioapic', 'on', '--rtcuseutc', isWindows ? 'off' : 'on', '--firmware', firmware === 'uefi' ? 'efi' : 'bios'],
    ...['--boot1', 'net', '--boot2', disks.length > 0 ? 'disk' : 'none', '--boot3', 'none', '--boot4', 'none'],
    ...['--graphicscontroller', isWindows ? 'vboxsvga' : 'vmsvga', '--accelerate3d', 'off', '--audio', 'none'],
    ...nics.flatMap((nic, at) => nicArguments(nic, at + 1, spec.natBoot, context)),
    ...spare.flatMap((nic) => [`--nic${nic}`, 'none']),
    ...serialArguments(spec),
    ...screenArguments(spec),
  ]
}

function nicArguments({mac, model, network}: VmNic, nic: number, natBoot: NatBoot | undefined, context: ModifyContext): string[] {
  const type = NIC_TYPES[model !== undefined && isBootable(model) ? model : 'e1000']
  return [
    ...networkArguments(network, nic, context),
    ...[`--nictype${nic}`, type, `--macaddress${nic}`, bareMac(mac), `--cableconnected${nic}`, 'on'],
    ...(network.kind === 'nat' ? natBootArguments(nic, natBoot, context.version) : []),
  ]
}

/** VirtualBox 7 on macOS has host-only networks in the place of host-only interfaces. */
export function hasHostOnlyNetworks({version, platform}: Pick<ModifyContext, 'version' | 'platform'>): boolean {
  return platform === 'darwin' && isAtLeast(version, [7, 0])
}

function networkArguments(network: VmNetwork, nic: number, context: ModifyContext): string[] {
  const mode = (kind: string, ...more: string[]): string[] => [`--nic${nic}`, kind, ...more]
  switch (network.kind) {
    case 'bridged':
      return mode('bridged', `--bridgeadapter${nic}`, network.interface)
    case 'hostonly':
      return hasHostOnlyNetworks(context)
        ? mode('hostonlynet', `--hostonlynet${nic}`, network.interface ?? '')
        : mode('hostonly', `--hostonlyadapter${nic}`, network.interface ?? '')
    case 'internal':
      return mode('intnet', `--intnet${nic}`, network.name)
    case 'natnetwork':
      return mode('natnetwork', `--nat-network${nic}`, network.name)
    case 'udp': {
      const properties = [`dest=${network.host}`, `sport=${network.localPort}`, `dport=${network.port}`]
      return mode('generic', `--nicgenericdrv${nic}`, 'UDPTunnel', ...properties.flatMap((text) => [`--nicproperty${nic}`, text]))
    }
    // checkSpec has refused the others.
    default:
      return mode('nat')
  }
}

/**
 * What a card on plain NAT boots. From 7.2 it is the lab's own TFTP server; before, VirtualBox serves the folder itself (its manual,
 * "PXE booting with NAT"), where the folder is on the same machine.
 */
function natBootArguments(nic: number, natBoot: NatBoot | undefined, version: VboxVersion): string[] {
  if (natBoot === undefined) return isAtLeast(version, [7, 2]) ? [`--nat-enable-tftp${nic}`, 'off'] : []
  const {server, file, tftpRoot} = natBoot
  if (tftpRoot === undefined || isAtLeast(version, [7, 2])) return natTftpOptions(version, {nic, server, file})
  return [`--nattftpprefix${nic}`, tftpRoot, `--nattftpfile${nic}`, file]
}

function serialArguments({serial}: VmSpec): string[] {
  if (serial.kind === 'none') return ['--uart1', 'off']
  // I/O port and interrupt of COM1; as `server` VirtualBox listens on the socket (on Windows: the named pipe).
  return ['--uart1', '0x3F8', '4', '--uartmode1', serial.kind === 'socket' ? 'server' : 'file', serial.path ?? '']
}

/** Only from the same machine: VRDE as VirtualBox has it asks for no password. */
function screenArguments({screenPort}: VmSpec): string[] {
  return screenPort === undefined ? ['--vrde', 'off'] : ['--vrde', 'on', '--vrdeaddress', '127.0.0.1', '--vrdeport', String(screenPort)]
}
