// Is the machine what it was to be? VBoxManage ends with 0 for some of what it did not do. Pure.
import type {VmInfo} from '../../vboxmanage/vm-info.js'
import type {VmNetwork} from '../network.js'
import type {VmSpec} from '../spec.js'
import {NIC_TYPES, isBootable} from './words.js'

/** One line for each thing that is another one; none: all is as the spec says. */
export function differences(spec: VmSpec, info: VmInfo): string[] {
  const value = (key: string): string => info.values.get(key) ?? ''
  const {serial, screenPort} = spec
  const pairs: [what: string, wanted: string, got: string][] = [
    ['name', spec.name, info.name],
    ['cpus', String(spec.cpus), String(info.cpus)],
    ['memory', String(spec.memoryMiB), String(info.memoryMiB)],
    ['vram', String(spec.vramMiB), value('vram')],
    ['firmware', spec.firmware === 'uefi' ? 'efi' : 'bios', info.firmware.replace(/\d+$/, '')],
    ['boot1', 'net', value('boot1')],
    ['boot2', spec.disks.length > 0 ? 'disk' : 'none', value('boot2')],
    ['uartmode1', serial.kind === 'none' ? '' : `${serial.kind === 'socket' ? 'server' : 'file'},${serial.path}`, value('uartmode1')],
    [
      'vrde',
      screenPort === undefined ? 'off' : `on ${screenPort}`,
      screenPort === undefined ? value('vrde') : `${value('vrde')} ${value('vrdeports')}`,
    ],
    ['network cards', String(spec.nics.length), String(info.nics.length)],
    ...spec.nics.flatMap((nic, at): [string, string, string][] => {
      const found = info.nics.find((candidate) => candidate.nic === at + 1)
      const model = NIC_TYPES[nic.model !== undefined && isBootable(nic.model) ? nic.model : 'e1000']
      const [attachment, network] = attachmentOf(nic.network)
      return [
        [`macaddress${at + 1}`, nic.mac, found?.mac ?? ''],
        [`nictype${at + 1}`, model, found?.model ?? ''],
        [`nic${at + 1}`, attachment, found?.attachment.replace(/^hostonlynet.*/, 'hostonly') ?? ''],
        [`network of nic${at + 1}`, network ?? '', network === undefined ? '' : (found?.network ?? '')],
      ]
    }),
  ]
  return pairs.filter(([, wanted, got]) => wanted !== got).map(([what, wanted, got]) => `${what} is "${got}", not "${wanted}"`)
}

/** As showvminfo prints them, in lower case. */
function attachmentOf(network: VmNetwork): [attachment: string, network: string | undefined] {
  switch (network.kind) {
    case 'bridged':
      return ['bridged', network.interface]
    case 'hostonly':
      return ['hostonly', network.interface]
    case 'internal':
      return ['intnet', network.name]
    case 'natnetwork':
      return ['natnetwork', network.name]
    case 'udp':
      return ['generic', 'UDPTunnel']
    default:
      return ['nat', undefined]
  }
}
