// The script that is a QEMU machine: a user may read it, and start it by hand. Pure.
import {createHash} from 'node:crypto'
import {assert} from '../../errors.js'
import {quoteWord} from '../../system/exec.js'
import type {VmNetwork} from '../network.js'
import type {NicModel, VmNic, VmSpec} from '../spec.js'
import {bridgeFile, diskFile, FILES, renderMark} from './files.js'
import {ovmfArgs} from './ovmf.js'

export type RunScriptSpec = {
  readonly spec: VmSpec
  readonly program: string
  /** OVMF's code; undefined: BIOS. */
  readonly codePath: string | undefined
  /** May it make devices and join them to a bridge itself? Else QEMU's helper is asked, which has a list of its own. */
  readonly isRoot: boolean
}

/** Those with a ROM in QEMU that boots from the network, the best first. */
export const QEMU_NICS: Readonly<Partial<Record<NicModel, string>>> = {
  virtio: 'virtio-net-pci',
  e1000: 'e1000',
  e1000e: 'e1000e',
  rtl8139: 'rtl8139',
  vmxnet3: 'vmxnet3',
  pcnet: 'pcnet',
}

export function renderRunScript(wanted: RunScriptSpec): string {
  const {spec, program} = wanted
  const groups = machineArguments(wanted).map((group) => group.map(quoteWord).join(' '))
  return `#!/bin/sh
${renderMark(spec.uuid)}
# The virtual machine ${spec.name}: \`run\` starts it without a window, \`run gui\` with one. It is changed by pxectl vm.
cd "$(dirname "$0")" || exit
[ -t 2 ] || exec >${FILES.log} 2>&1
${screenLines(spec)}
# Where this machine is virtual itself, early boot code can hang under KVM.
accel=tcg,thread=multi
if [ -r /dev/kvm ] && [ -w /dev/kvm ] && ! grep -qw hypervisor /proc/cpuinfo; then accel=kvm; fi
[ "$(uname -sm)" != 'Darwin x86_64' ] || accel=hvf
rm -f ${FILES.ended}
date +%s >${FILES.started}
${quoteWord(program)} \\
  ${[...groups, '-accel "$accel"', `-machine ${spec.firmware === 'uefi' ? 'q35' : 'pc'},graphics="$graphics"`, '-vga "$vga"', '-display "$display"'].join(' \\\n  ')}
status=$?
echo "$status" >${FILES.ended}
exit "$status"
`
}

/** Without graphics SeaBIOS repeats on the serial line what is printed through the BIOS: ROM, PXELINUX and iPXE. */
function screenLines({screenPort}: VmSpec): string {
  const [display, vga, graphics] = screenPort === undefined ? ['none', 'none', 'off'] : [`vnc=127.0.0.1:${screenPort - 5900}`, 'std', 'on']
  return `display=${display} vga=${vga} graphics=${graphics}\n[ "$1" != gui ] || { display=gtk vga=std graphics=on; }`
}

/** Words that belong together stand on one line. */
function machineArguments({spec, codePath, isRoot}: RunScriptSpec): string[][] {
  const hasVirtio = ['linux', 'freebsd', 'illumos'].includes(spec.osType)
  return [
    ['-name', spec.name],
    ['-uuid', spec.uuid],
    ['-nodefaults', '-no-user-config'],
    ['-cpu', 'max'],
    ['-smp', String(spec.cpus)],
    ['-m', String(spec.memoryMiB)],
    // The network first, then disks, and nothing that was not named.
    ['-boot', 'strict=on'],
    ...(spec.osType === 'windows' ? [['-rtc', 'base=localtime']] : []),
    ['-pidfile', FILES.pid],
    ['-chardev', `socket,id=monitor,path=${FILES.qmp},server=on,wait=off`, '-mon', 'chardev=monitor,mode=control'],
    ...serialArguments(spec),
    ...(spec.screenPort === undefined ? [] : [['-device', 'qemu-xhci', '-device', 'usb-tablet']]),
    ...(codePath === undefined ? [] : [ovmfArgs({codePath, variablesPath: FILES.variables})]),
    ...spec.nics.map((nic, at) => nicArguments(spec, nic, {at, isRoot})),
    ...spec.disks.map((_, at) => [
      ...['-drive', `if=none,id=disk${at},format=qcow2,file=${diskFile(at)}`],
      ...['-device', `${hasVirtio ? 'virtio-blk-pci' : 'ide-hd'},drive=disk${at},bootindex=${spec.nics.length + at + 1}`],
    ]),
  ]
}

function serialArguments({serial}: VmSpec): string[][] {
  if (serial.kind === 'none') return []
  assert(serial.path !== undefined, 'checkSpec has chosen the path of the serial line')
  const path = serial.path.replaceAll(',', ',,')
  const chardev =
    serial.kind === 'file' ? `file,id=serial,path=${path}` : `socket,id=serial,path=${path},server=on,wait=off,logfile=${FILES.serialLog}`
  return [['-chardev', chardev, '-serial', 'chardev:serial']]
}

function nicArguments(spec: VmSpec, {mac, model, network}: VmNic, {at, isRoot}: {at: number; isRoot: boolean}): string[] {
  const device = QEMU_NICS[model ?? 'virtio']
  assert(device !== undefined, 'checkSpec has refused cards that QEMU does not boot from')
  // OVMF drives virtio cards itself, as firmware on a mainboard would; QEMU's iPXE ROM is wanted where it alone knows what to do.
  const rom = spec.firmware === 'uefi' && device === 'virtio-net-pci' && network.kind !== 'nat' ? ',romfile=' : ''
  return [
    ...['-netdev', `${netdev(spec, network, {at, isRoot})}`],
    ...['-device', `${device},netdev=net${at},mac=${mac},bootindex=${at + 1}${rom}`],
  ]
}

function netdev(spec: VmSpec, network: VmNetwork, {at, isRoot}: {at: number; isRoot: boolean}): string {
  const id = `id=net${at}`
  switch (network.kind) {
    case 'nat': {
      // The ROM is iPXE, which takes a URL for a file name; the address of the server is reached through QEMU.
      const {natBoot} = spec
      return [
        'user',
        id,
        `hostname=${spec.name}`,
        ...(natBoot === undefined ? [] : [`bootfile=http://${natBoot.server}:${natBoot.httpPort}/boot.ipxe`]),
      ].join(',')
    }
    case 'bridged':
      return isRoot ? `tap,${id},script=./${bridgeFile(at)},downscript=no` : `bridge,${id},br=${network.interface}`
    case 'tap':
      return `tap,${id},ifname=${network.device},script=no,downscript=no`
    case 'udp':
      return `socket,${id},udp=${network.host}:${network.port},localaddr=0.0.0.0:${network.localPort}`
    case 'internal':
      return `socket,${id},mcast=${multicastOf(network.name)},localaddr=127.0.0.1`
    default:
      throw new Error(`broken invariant: checkSpec has refused the network ${network.kind}`)
  }
}

/** Machines that name the same network meet at the same address of 239.192.0.0/14 (RFC 2365 section 6.2). */
function multicastOf(name: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = createHash('sha256').update(name).digest()
  return `239.192.${a}.${b}:${10_000 + (((c << 8) | d) % 20_000)}`
}

/** Joins a tap device to the bridge; written where QEMU may do that itself. */
export function renderBridgeScript(bridge: string): string {
  return `#!/bin/sh\nexec ip link set dev "$1" master ${quoteWord(bridge)} up\n`
}
