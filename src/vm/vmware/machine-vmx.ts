// The .vmx file of a machine. Keys and their values as VMware's users and Packer write them; nothing here was tried with VMware itself.
import type {VmNetwork} from '../network.js'
import {isOsType, osTypes, type NicModel, type VmNic, type VmSpec} from '../spec.js'
import {isVmwareStaticMac, parseVmx, renderVmx, type VmxEntry} from './vmx.js'

/** Names of VMware's cards; those for which its firmware has a boot ROM or driver, the best first. */
export const VMWARE_MODELS: readonly NicModel[] = ['e1000e', 'vmxnet3', 'e1000']

const OS_TYPES: Readonly<Record<(typeof osTypes)[number], string>> = {
  linux: 'other4xlinux-64',
  illumos: 'solaris11-64',
  esxi: 'vmkernel7',
  freebsd: 'freebsd-64',
  windows: 'windows9-64',
  other: 'other-64',
}

/** Workstation 15.5, Fusion 11.5 and later have it, and run machines of an older one. */
const HARDWARE_VERSION = '16'

/** The mark: VMware keeps keys of guests (guestinfo) as they are. */
const MARK = 'guestinfo.pxectl.uuid'

export function renderMachine(spec: VmSpec): string {
  return renderVmx([...machineEntries(spec), ...diskEntries(spec)])
}

/** The file with the spec in it, and with all that VMware has written beside that. */
export function changeMachine(text: string, spec: VmSpec): string {
  const entries = machineEntries(spec)
  const given = new Set(entries.map(([key]) => key.toLowerCase()))
  const kept = [...parseVmx(text).values].filter(([key]) => !given.has(key) && !isReplaced(key, spec.nics.length))
  return renderVmx([...entries, ...kept])
}

/** What belongs to things that a spec may leave out. A card's slot stays its own: the guest knows the card by it. */
function isReplaced(key: string, nics: number): boolean {
  const [, card, rest] = /^ethernet(\d+)\.(.*)$/.exec(key) ?? []
  if (card !== undefined) return Number(card) >= nics || rest !== 'pcislotnumber'
  return /^(?:serial0\.|remotedisplay\.vnc\.|bios\.|firmware$)/.test(key)
}

function machineEntries(spec: VmSpec): VmxEntry[] {
  const {name, uuid, cpus, memoryMiB, vramMiB, firmware, disks, osType, nics} = spec
  return [
    ['.encoding', 'UTF-8'],
    ['config.version', '8'],
    ['virtualHW.version', HARDWARE_VERSION],
    ['virtualHW.productCompatibility', 'hosted'],
    ['displayName', name],
    ['guestOS', isOsType(osType) ? OS_TYPES[osType] : osType],
    [MARK, uuid],
    ['uuid.bios', vmxUuid(uuid)],
    // Else VMware asks whether the machine was moved or copied, and headless nobody answers.
    ['uuid.action', 'keep'],
    ['msg.autoAnswer', 'TRUE'],
    ['numvcpus', String(cpus)],
    ['cpuid.coresPerSocket', String(cpus)],
    ['memsize', String(memoryMiB)],
    ['svga.autodetect', 'FALSE'],
    ['svga.vramSize', String(vramMiB * 1024 * 1024)],
    ['mks.enable3d', 'FALSE'],
    ['nvram', `${name}.nvram`],
    ...(firmware === 'uefi' ? [['firmware', 'efi'] as const] : bootOrder(disks.length > 0)),
    ...BRIDGES,
    ['vmci0.present', 'TRUE'],
    ['hpet0.present', 'TRUE'],
    // Else it warns of a drive that the host does not have.
    ['floppy0.present', 'FALSE'],
    ...nics.flatMap(nicEntries),
    ...serialEntries(spec),
    ...screenEntries(spec),
  ]
}

/** Known for the BIOS; UEFI tries the disk first, and a machine without one comes to the network by itself. */
function bootOrder(hasDisk: boolean): VmxEntry[] {
  return hasDisk
    ? [
        ['bios.bootOrder', 'ethernet0,hdd'],
        ['bios.hddOrder', 'sata0:0'],
      ]
    : [['bios.bootOrder', 'ethernet0']]
}

/** PCI Express ports, which e1000e and vmxnet3 need. */
const BRIDGES: readonly VmxEntry[] = [
  ['pciBridge0.present', 'TRUE'],
  ...[4, 5, 6, 7].flatMap((bridge): VmxEntry[] => [
    [`pciBridge${bridge}.present`, 'TRUE'],
    [`pciBridge${bridge}.virtualDev`, 'pcieRootPort'],
    [`pciBridge${bridge}.functions`, '8'],
  ]),
]

function nicEntries({mac, model, network}: VmNic, card: number): VmxEntry[] {
  const key = (name: string): string => `ethernet${card}.${name}`
  return [
    [key('present'), 'TRUE'],
    [key('virtualDev'), model ?? 'e1000e'],
    ...networkEntries(network, key),
    [key('startConnected'), 'TRUE'],
    [key('addressType'), 'static'],
    [key('address'), mac],
    // Outside the range that VMware leaves to its users the machine would not start.
    ...(isVmwareStaticMac(mac) ? [] : [[key('checkMACAddress'), 'FALSE'] as const]),
  ]
}

/** `networkName` is what ESXi and libvirt want; Workstation and Fusion do without. */
function networkEntries(network: VmNetwork, key: (name: string) => string): VmxEntry[] {
  if (network.kind === 'nat') return [[key('connectionType'), 'nat']]
  if (network.kind === 'bridged') {
    return [
      [key('connectionType'), 'bridged'],
      [key('networkName'), 'bridged'],
    ]
  }
  const vmnet = vmnetOf(network)
  return [
    [key('connectionType'), 'custom'],
    [key('vnet'), vmnet],
    [key('networkName'), vmnet],
  ]
}

/** The virtual switch: VMware makes vmnet0 the bridged one, vmnet1 the host-only one and vmnet8 that with NAT. */
export function vmnetOf(network: VmNetwork): string {
  if (network.kind === 'vmnet') return network.name
  if (network.kind === 'hostonly') return network.interface ?? 'vmnet1'
  return network.kind === 'nat' ? 'vmnet8' : 'vmnet0'
}

function serialEntries({serial}: VmSpec): VmxEntry[] {
  if (serial.kind === 'none') return []
  const present: VmxEntry = ['serial0.present', 'TRUE']
  const path = serial.path ?? ''
  if (serial.kind === 'file') return [present, ['serial0.fileType', 'file'], ['serial0.fileName', path]]
  return [
    present,
    ['serial0.fileType', 'pipe'],
    ['serial0.fileName', path],
    ['serial0.pipe.endPoint', 'server'],
    // Characters are dropped, and the guest does not wait, while nobody listens.
    ['serial0.tryNoRxLoss', 'FALSE'],
  ]
}

function screenEntries({screenPort}: VmSpec): VmxEntry[] {
  if (screenPort === undefined) return []
  return [
    ['RemoteDisplay.vnc.enabled', 'TRUE'],
    ['RemoteDisplay.vnc.ip', '127.0.0.1'],
    ['RemoteDisplay.vnc.port', String(screenPort)],
  ]
}

function diskEntries({disks, name}: VmSpec): VmxEntry[] {
  if (disks.length === 0) return []
  return [
    ['sata0.present', 'TRUE'],
    ...disks.flatMap((_, port): VmxEntry[] => [
      [`sata0:${port}.present`, 'TRUE'],
      [`sata0:${port}.fileName`, diskFile(name, port)],
    ]),
  ]
}

export function diskFile(name: string, port: number): string {
  return port === 0 ? `${name}.vmdk` : `${name}-${port + 1}.vmdk`
}

/** `564d1234-5678-9abc-def0-123456789abc` as `56 4d 12 34 56 78 9a bc-de f0 12 34 56 78 9a bc`. */
export function vmxUuid(uuid: string): string {
  const bytes = uuid.replaceAll('-', '').match(/../g) ?? []
  return `${bytes.slice(0, 8).join(' ')}-${bytes.slice(8).join(' ')}`
}

/** The UUID that pxectl has left in the file, or undefined. */
export function findMark(values: ReadonlyMap<string, string>): string | undefined {
  return values.get(MARK)
}

/** The UUID of a machine's file: our mark, or the one of its BIOS; empty where it has none. */
export function uuidOf(values: ReadonlyMap<string, string>): string {
  const digits = (values.get('uuid.bios') ?? '').replace(/[^0-9a-f]/gi, '').toLowerCase()
  const own = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(digits)?.slice(1).join('-')
  return findMark(values) ?? own ?? ''
}
