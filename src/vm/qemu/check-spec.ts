// What QEMU can do of a spec, and what was left open in it.
import {PxectlError} from '../../errors.js'
import {quoteWord} from '../../system/exec.js'
import type {HypervisorDoors} from '../doors.js'
import {renderNetwork, type NetworkKind, type VmNetwork} from '../network.js'
import {networkUnfit, specInvalid, validateSpec, type NicModel, type VmNic, type VmSpec} from '../spec.js'
import {FILES, folderOf} from './files.js'
import {ovmfPaths} from './ovmf.js'
import {QEMU_NICS} from './run-script.js'

/** The machine types pc and q35 have no more (QEMU 7.2). */
const MOST_CPUS = 255

export const QEMU_NETWORKS: readonly NetworkKind[] = ['bridged', 'tap', 'nat', 'internal', 'udp']
export const QEMU_MODELS = Object.keys(QEMU_NICS) as NicModel[]

/** A socket's path has room for 108 bytes with its end (unix(7)); 104 on the BSDs. */
const MOST_SOCKET_BYTES = 103

export async function checkQemuSpec(doors: HypervisorDoors, wanted: VmSpec): Promise<{spec: VmSpec; notes: string[]}> {
  validateSpec(wanted)
  if (wanted.cpus > MOST_CPUS) throw specInvalid(`QEMU gives a VM ${MOST_CPUS} CPUs at most, not ${wanted.cpus}`, {cpus: wanted.cpus})
  if (wanted.screenPort !== undefined && wanted.screenPort < 5900) {
    throw specInvalid(`QEMU's screens (VNC) have ports from 5900 on, not ${wanted.screenPort}`, {screenPort: wanted.screenPort})
  }
  const folder = folderOf(doors.vmFolder, wanted.name)
  checkSocketPath(`${folder}/${FILES.serialSocket}`)
  const notes: string[] = []
  const nics: VmNic[] = []
  for (const nic of wanted.nics) {
    if (nic.model !== undefined && QEMU_NICS[nic.model] === undefined) {
      throw specInvalid(`no ${nic.model} of QEMU boots from the network`, {nic: nic.model}, [`choose one of: ${QEMU_MODELS.join(', ')}`])
    }
    notes.push(...(await checkNetwork(doors, nic.network)))
    nics.push({...nic, model: nic.model ?? defaultModel(wanted)})
  }
  if (wanted.firmware === 'uefi') await findOvmf(doors)
  const {serial} = wanted
  const path = serial.kind === 'file' ? `${folder}/${FILES.serialLog}` : `${folder}/${FILES.serialSocket}`
  return {
    spec: {...wanted, nics, serial: serial.kind === 'none' || serial.path !== undefined ? serial : {kind: serial.kind, path}},
    notes,
  }
}

/** Windows and ESXi come without drivers for virtio; ESXi has one for e1000e. */
function defaultModel({osType}: VmSpec): NicModel {
  return osType === 'windows' || osType === 'esxi' ? 'e1000e' : 'virtio'
}

function checkSocketPath(path: string): void {
  if (Buffer.byteLength(path) <= MOST_SOCKET_BYTES) return
  throw specInvalid(`the path ${path} is too long for a socket: ${MOST_SOCKET_BYTES} bytes are possible`, {path}, [
    'choose a shorter name',
    'or keep the VMs in a folder with a shorter path: PXECTL_VM_FOLDER=/var/lib/vms pxectl vm create …',
  ])
}

/** Throws where the network is not there, or QEMU has none of the kind. */
async function checkNetwork(doors: HypervisorDoors, network: VmNetwork): Promise<string[]> {
  if (!QEMU_NETWORKS.includes(network.kind)) throw networkUnfit('QEMU', network, QEMU_NETWORKS)
  const device = network.kind === 'bridged' ? network.interface : network.kind === 'tap' ? network.device : undefined
  if (device === undefined || doors.platform !== 'linux') return []
  if (!(await doors.files.exists(`/sys/class/net/${device}`))) throw networkMissing(doors, network, device)
  if (network.kind !== 'bridged') return []
  if (!(await doors.files.exists(`/sys/class/net/${device}/bridge`))) throw noBridge(doors, device)
  return doors.isRoot ? [] : await helperNotes(doors, device)
}

/** What lets an ordinary user join a bridge (qemu-bridge-helper). */
async function helperNotes({files}: HypervisorDoors, bridge: string): Promise<string[]> {
  const list = '/etc/qemu/bridge.conf'
  const text = await files.find(list).catch(() => '')
  const isAllowed = new RegExp(`^allow (?:all|${bridge.replace(/[.]/g, '\\.')})\\s*$`, 'm').test(text ?? '')
  return isAllowed ? [] : [`QEMU's helper joins ${bridge} for an ordinary user only if ${list} has the line: allow ${bridge}`]
}

function networkMissing({where}: HypervisorDoors, network: VmNetwork, device: string): PxectlError {
  return new PxectlError(`there is no network interface ${device} on ${where}`, {
    code: 'VM_NETWORK_MISSING',
    kind: 'environment',
    details: {network: renderNetwork(network), interface: device, where},
    suggestions: [
      'see those that are there: ip link',
      network.kind === 'tap'
        ? `make it: ip tuntap add dev ${quoteWord(device)} mode tap`
        : `make it: ip link add ${quoteWord(device)} type bridge`,
    ],
  })
}

function noBridge({where}: HypervisorDoors, device: string): PxectlError {
  return specInvalid(`${device} on ${where} is no bridge, and QEMU can only join those`, {interface: device}, [
    `make a bridge of it: ip link add br0 type bridge && ip link set ${quoteWord(device)} master br0, then --network bridged:br0`,
    'or let QEMU stand between: --network nat',
  ])
}

/** The firmware and its empty variables. Throws UEFI_FIRMWARE_MISSING. */
export async function findOvmf({files, where}: HypervisorDoors): Promise<{readonly code: string; readonly variables: string}> {
  for (const place of ovmfPaths) if ((await files.exists(place.code)) && (await files.exists(place.variables))) return place
  throw new PxectlError(`there is no UEFI firmware for QEMU (OVMF) on ${where}; looked for ${ovmfPaths.map(({code}) => code).join(', ')}`, {
    code: 'UEFI_FIRMWARE_MISSING',
    kind: 'environment',
    details: {where, lookedFor: ovmfPaths.map(({code}) => code)},
    suggestions: ['apt-get install ovmf', 'or make a VM with a BIOS: --firmware bios'],
  })
}
