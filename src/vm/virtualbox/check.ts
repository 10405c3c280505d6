// Is a spec one that VirtualBox takes, and means the same by? It takes in more than it can do (memory and CPUs beyond the host's, an
// interface that is not there, an unknown kind of guest), so everything is looked at before.
import {PxectlError} from '../../errors.js'
import {findNearest} from '../../net/nearest.js'
import {parseHostInfo, parseInterfaces, parseLimits, parseNatNetworks, parseOsTypes, type VboxLimits} from '../../vboxmanage/listings.js'
import type {VboxVersion} from '../../vboxmanage/version.js'
import {renderNetwork, type NetworkKind, type VmNetwork} from '../network.js'
import {joinOn} from '../paths.js'
import {networkUnfit, specInvalid, validateSpec, type VmNic, type VmSerial, type VmSpec} from '../spec.js'
import {TITLE, type VboxClient} from './client.js'
import {hasHostOnlyNetworks} from './modify.js'
import {isBootable, NIC_TYPES, osTypeId} from './words.js'

export const NETWORKS: readonly NetworkKind[] = ['bridged', 'hostonly', 'internal', 'nat', 'natnetwork', 'udp']

/** Chipset PIIX3. */
const MAX_NICS = 8

/** sun_path of unix(7), with its end. */
const MAX_SOCKET_PATH = 107

export type CheckContext = {readonly client: VboxClient; readonly platform: string}
export type CheckedSpec = {readonly spec: VmSpec; readonly notes: readonly string[]}

export async function checkVboxSpec(spec: VmSpec, context: CheckContext): Promise<CheckedSpec> {
  validateSpec(spec)
  const {client} = context
  const version = await client.version()
  const limits = parseLimits(await client.mustRun(['list', 'systemproperties']))
  checkSizes(spec, limits)
  await checkAgainstHost(spec, client)
  await checkOsType(spec, client)
  if (spec.nics.length > MAX_NICS) throw specInvalid(`${TITLE} has ${MAX_NICS} network cards at most`, {nics: spec.nics.length})
  const nics: VmNic[] = []
  for (const nic of spec.nics) nics.push(await checkNic(nic, version, context))
  const checked: VmSpec = {...spec, nics, serial: checkSerial(spec, vmFolder(limits.machineFolder, spec.name), context.platform)}
  return {spec: checked, notes: notesOn(checked, limits)}
}

/** Where VirtualBox keeps a machine of this name. */
export function vmFolder(machineFolder: string, name: string): string {
  return joinOn(machineFolder, name)
}

function checkSizes({name, cpus, memoryMiB, vramMiB}: VmSpec, limits: VboxLimits): void {
  const {minMemoryMiB, maxMemoryMiB, maxCpus, maxVramMiB} = limits
  if (memoryMiB < minMemoryMiB || memoryMiB > maxMemoryMiB) {
    throw specInvalid(`${TITLE} gives a VM ${minMemoryMiB} to ${maxMemoryMiB} MiB of memory; ${name} is to have ${memoryMiB}`, {memoryMiB})
  }
  if (cpus > maxCpus) throw specInvalid(`${TITLE} gives a VM ${maxCpus} CPUs at most; ${name} is to have ${cpus}`, {cpus})
  if (vramMiB > maxVramMiB) {
    throw specInvalid(`${TITLE} gives a VM ${maxVramMiB} MiB of video memory at most; ${name} is to have ${vramMiB}`, {vramMiB})
  }
}

async function checkAgainstHost({name, cpus, memoryMiB}: VmSpec, client: VboxClient): Promise<void> {
  const host = parseHostInfo(await client.mustRun(['list', 'hostinfo']))
  if (host === undefined) return
  if (cpus > host.cpus) {
    throw specInvalid(`${name} is to have ${cpus} CPUs; the machine that runs it has ${host.cpus}`, {cpus, hostCpus: host.cpus}, [
      `--cpus ${host.cpus}`,
    ])
  }
  if (memoryMiB >= host.memoryMiB) {
    throw specInvalid(
      `${name} is to have ${memoryMiB} MiB of memory; the machine that runs it has ${host.memoryMiB}`,
      {memoryMiB, hostMemoryMiB: host.memoryMiB},
      [`--memory ${Math.floor(host.memoryMiB / 2)}`],
    )
  }
}

async function checkOsType({osType}: VmSpec, client: VboxClient): Promise<void> {
  const known = parseOsTypes(await client.mustRun(['list', 'ostypes'])).map(({id}) => id)
  const wanted = osTypeId(osType)
  if (known.includes(wanted)) return
  const nearest = findNearest(wanted, known)
  throw specInvalid(`${TITLE} knows no operating system "${osType}"`, {osType}, [
    ...(nearest === undefined ? [] : [`did you mean --os-type ${nearest}?`]),
    'see them all: VBoxManage list ostypes',
  ])
}

async function checkNic(nic: VmNic, version: VboxVersion, {client, platform}: CheckContext): Promise<VmNic> {
  const {model = 'e1000', network} = nic
  if (!NETWORKS.includes(network.kind)) throw networkUnfit(TITLE, network, NETWORKS)
  if (!isBootable(model)) {
    const models = Object.keys(NIC_TYPES).join(', ')
    throw specInvalid(`${TITLE} does not boot from a network card "${model}"`, {model}, [`choose one of: ${models}`])
  }
  return {...nic, model, network: await checkNetwork(network, {client, hasNetworks: hasHostOnlyNetworks({version, platform})})}
}

type NetworkContext = {readonly client: VboxClient; readonly hasNetworks: boolean}

/** Gives the network by its whole name. */
async function checkNetwork(network: VmNetwork, {client, hasNetworks}: NetworkContext): Promise<VmNetwork> {
  if (network.kind === 'bridged') {
    const names = parseInterfaces(await client.mustRun(['list', 'bridgedifs'])).map(({name}) => name)
    return {...network, interface: pick(network, network.interface, names, ['see them all: VBoxManage list bridgedifs'])}
  }
  if (network.kind === 'hostonly') {
    const names = parseInterfaces(await client.mustRun(['list', hasNetworks ? 'hostonlynets' : 'hostonlyifs'])).map(({name}) => name)
    const make = hasNetworks
      ? 'VBoxManage hostonlynet add --name lab --netmask 255.255.255.0 --lower-ip 192.168.56.2 --upper-ip 192.168.56.99 --enable'
      : 'VBoxManage hostonlyif create'
    return {...network, interface: pick(network, network.interface, names, [`make one: ${make}`])}
  }
  if (network.kind === 'natnetwork') {
    const names = parseNatNetworks(await client.mustRun(['list', 'natnetworks']))
    const make = `VBoxManage natnetwork add --netname ${network.name} --network 10.0.2.0/24 --enable --dhcp on`
    return {...network, name: pick(network, network.name, names, [`make it: ${make}`])}
  }
  return network
}

/** On macOS an interface has a long name, `en0: Wi-Fi`, and is known by the short one. */
function pick(network: VmNetwork, wanted: string | undefined, names: readonly string[], suggestions: readonly string[]): string {
  const found =
    wanted === undefined ? names[0] : (names.find((name) => name === wanted) ?? names.find((name) => name.startsWith(`${wanted}:`)))
  if (found !== undefined) return found
  const there = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`
  throw new PxectlError(`${TITLE} finds no network "${renderNetwork(network)}" here: ${there}`, {
    code: 'VM_NETWORK_MISSING',
    kind: 'environment',
    details: {network: renderNetwork(network), found: names},
    suggestions,
  })
}

function checkSerial({name, serial}: VmSpec, folder: string, platform: string): VmSerial {
  if (serial.kind === 'none') return serial
  const file = serial.kind === 'file' ? 'serial.log' : 'serial.sock'
  const own = platform === 'win32' && serial.kind === 'socket' ? `\\\\.\\pipe\\pxectl-${name}` : joinOn(folder, file)
  const path = serial.path ?? own
  if (serial.kind === 'socket' && Buffer.byteLength(path) > MAX_SOCKET_PATH) {
    throw specInvalid(`the path of the serial line's socket is longer than ${MAX_SOCKET_PATH} bytes: ${path}`, {serial: path}, [
      'give a shorter one, for example /tmp/serial.sock',
    ])
  }
  return {...serial, path}
}

function notesOn({name, firmware, nics, screenPort, natBoot, serial}: VmSpec, {remoteDesktop}: VboxLimits): string[] {
  return [
    ...(firmware === 'uefi' && nics[0]?.model === 'pcnet'
      ? [`${TITLE}'s UEFI has no driver for pcnet: ${name} will not boot from the network`]
      : []),
    // VirtualBox's own DHCP names one file to its boot ROM and to whatever that loads.
    ...(natBoot !== undefined && /undionly|ipxe/.test(natBoot.file)
      ? [`on NAT ${name} would load ${natBoot.file} for ever; let it boot by PXELINUX: pxectl config set boot.loader pxelinux`]
      : []),
    ...(serial.kind === 'socket'
      ? [`${name} stops at what it prints on its serial line until somebody reads that socket; a file never stops it`]
      : []),
    ...(screenPort !== undefined && remoteDesktop === undefined
      ? [`${TITLE} has no extension pack here: nobody answers on port ${screenPort} until one is installed`]
      : []),
  ]
}
