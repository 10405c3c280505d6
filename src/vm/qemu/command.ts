// The command line of a QEMU machine that boots from the network and prints on its serial line. Pure.
import type {Mac} from '../../net/mac.js'
import type {CommandLine} from '../../system/exec.js'

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
  const escaped = (path: string): string => path.replaceAll(',', ',,')
  return [
    ...['-machine', 'q35,graphics=off', '-cpu', 'max'],
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${escaped(firmware.codePath)}`],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${escaped(firmware.variablesPath)}`],
    ...['-fw_cfg', 'name=opt/org.tianocore/IPv6PXESupport,string=n'],
    // OVMF drives the card itself: QEMU's iPXE ROM is taken away. Its network code waits for random numbers.
    ...['-device', 'virtio-rng-pci', '-device', `${card},romfile=`],
  ]
}

/** Where distributions keep OVMF: Debian and Ubuntu, Arch, Fedora. */
export const ovmfPaths = [
  {code: '/usr/share/OVMF/OVMF_CODE_4M.fd', variables: '/usr/share/OVMF/OVMF_VARS_4M.fd'},
  {code: '/usr/share/edk2/x64/OVMF_CODE.4m.fd', variables: '/usr/share/edk2/x64/OVMF_VARS.4m.fd'},
  {code: '/usr/share/edk2/ovmf/OVMF_CODE.fd', variables: '/usr/share/edk2/ovmf/OVMF_VARS.fd'},
] as const
