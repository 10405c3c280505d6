// The command line of a QEMU machine that boots from the network and prints on its serial line. Pure.
import type {Mac} from '../../net/mac.js'
import type {CommandLine} from '../../system/exec.js'
import {ovmfArgs} from './ovmf.js'

/** UEFI: OVMF's code, and a copy of its variables that this machine may write. */
export type QemuFirmware = {readonly kind: 'bios'} | {readonly kind: 'uefi'; readonly codePath: string; readonly variablesPath: string}

export type QemuSpec = {
  readonly firmware: QemuFirmware
  readonly mac: Mac
  /** The tap device that is the other end of its network card. */
  readonly tap: string
  readonly memoryMiB: number
  /** `kvm` only where virtualisation is not nested: early boot code can fail under nested KVM. */
  readonly accelerator: 'tcg' | 'kvm'
}

/** The serial line is the program's stdin and stdout; power-off and reset both end it. */
export function qemuCommand(spec: QemuSpec): CommandLine {
  return {
    file: 'qemu-system-x86_64',
    args: [
      ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-vga', 'none'],
      ...['-accel', spec.accelerator === 'tcg' ? 'tcg,thread=multi' : 'kvm', '-m', String(spec.memoryMiB)],
      // With `strict` a firmware that cannot boot from the network says so instead of looking for disks.
      ...['-boot', 'strict=on', '-chardev', 'stdio,id=serial,signal=off', '-serial', 'chardev:serial'],
      ...['-netdev', `tap,id=lab,ifname=${spec.tap},script=no,downscript=no`],
      ...firmwareArgs(spec.firmware, `virtio-net-pci,netdev=lab,mac=${spec.mac},bootindex=1`),
    ],
  }
}

function firmwareArgs(firmware: QemuFirmware, card: string): string[] {
  // Without graphics SeaBIOS repeats on the serial line what is printed through the BIOS: ROM, PXELINUX and iPXE.
  if (firmware.kind === 'bios') return ['-machine', 'pc,graphics=off', '-device', card]
  // OVMF drives the card itself: QEMU's iPXE ROM is taken away.
  return ['-machine', 'q35,graphics=off', '-cpu', 'max', ...ovmfArgs(firmware), '-device', `${card},romfile=`]
}
