// Virtual machines with real firmware: SeaBIOS with QEMU's iPXE ROM, OVMF (x64 UEFI) or AAVMF (arm64 UEFI). What they print comes over
// the serial line.
//
// Always QEMU's own emulation, never KVM: where virtualisation is nested, as on many test machines, KVM runs early boot code
// thousands of times slower or stops at it.
import {copyFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Network} from './network.js'
import {until} from './programs.js'

/**
 * `uefi-http`: the same OVMF with its PXE switched off, so that it boots by HTTP. `uefi-secure`: OVMF with Secure Boot on, and the
 * keys that every computer is sold with: it starts what Microsoft has signed, and nothing else.
 */
export type Firmware = 'bios' | 'uefi' | 'uefi-http' | 'uefi-secure' | 'uefi-arm64'

export type Machine = {
  /** What it has printed so far, without escape sequences and carriage returns. */
  readonly serial: () => string
  /** Waits for a text on the serial line; fails early when the machine stops or finds nothing to boot. */
  readonly waitFor: (pattern: RegExp, timeoutMs: number) => Promise<RegExpExecArray>
  /** Types on its serial line. */
  readonly type: (text: string) => void
  /** Waits until it has powered itself off. */
  readonly powersOff: (timeoutMs: number) => Promise<void>
  readonly stop: () => Promise<void>
}

const NOTHING_TO_BOOT = /No bootable device|BdsDxe: No bootable option/

/** A BIOS machine has 512 MiB and any other 1024, unless `memoryMiB` says more. */
export async function powerOn(network: Network, firmware: Firmware, mac: string, memoryMiB?: number): Promise<Machine> {
  const tap = await network.addTap()
  const qemu = network.start([
    firmware === 'uefi-arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64',
    ...[
      '-nodefaults',
      '-no-user-config',
      '-no-reboot',
      '-display',
      'none',
      '-vga',
      'none',
      '-accel',
      'tcg,thread=multi',
      '-boot',
      'strict=on',
    ],
    ...['-chardev', 'stdio,id=serial,signal=off', '-serial', 'chardev:serial'],
    ...['-netdev', `tap,id=network,ifname=${tap},script=no,downscript=no`],
    ...(await firmwareArguments(firmware, mac, join(network.folder, `${tap}-vars.fd`))),
    ...(memoryMiB === undefined ? [] : ['-m', String(memoryMiB)]),
  ])
  let read = {raw: '', text: ''}
  const serial = (): string => {
    const raw = qemu.stdout()
    if (raw !== read.raw) read = {raw, text: raw.replace(/\u001b\[[0-9;?=]*[A-Za-z]/g, '').replaceAll('\r', '')}
    return read.text
  }
  const failure = (what: string): Error => {
    const tail = serial()
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-40)
      .join('\n')
    return new Error(`${what}\n--- last lines of the serial line\n${tail}\n--- QEMU\n${qemu.stderr()}`)
  }
  return {
    serial,
    waitFor: async (pattern, timeoutMs) => {
      const look = (): RegExpExecArray | undefined => {
        const stopped = !qemu.isRunning()
        const text = serial()
        const found = pattern.exec(text)
        if (found !== null) return found
        if (stopped) throw failure(`the machine stopped before it printed ${pattern}`)
        if (NOTHING_TO_BOOT.test(text)) throw failure('the firmware found nothing to boot')
        return undefined
      }
      return until(`${pattern} on the serial line`, timeoutMs, look).catch((error: unknown) => {
        throw failure(error instanceof Error ? error.message : String(error))
      })
    },
    type: (text) => {
      qemu.child.stdin?.write(text)
    },
    powersOff: async (timeoutMs) => {
      await until('the machine to power off', timeoutMs, () => !qemu.isRunning()).catch(() => {
        throw failure('the machine did not power off')
      })
    },
    stop: async () => {
      await qemu.stop()
    },
  }
}

async function firmwareArguments(firmware: Firmware, mac: string, variables: string): Promise<string[]> {
  switch (firmware) {
    case 'bios':
      return biosArguments(mac)
    case 'uefi':
      return uefiArguments(mac, variables)
    case 'uefi-http':
      return [...(await uefiArguments(mac, variables)), '-fw_cfg', 'name=opt/org.tianocore/IPv4PXESupport,string=n']
    case 'uefi-secure':
      return uefiArguments(mac, variables, {
        code: 'OVMF_CODE_4M.ms.fd',
        vars: 'OVMF_VARS_4M.ms.fd',
        machine: [...['-machine', 'q35,graphics=off,smm=on'], ...['-global', 'driver=cfi.pflash01,property=secure,value=on']],
      })
    case 'uefi-arm64':
      return arm64Arguments(mac, variables)
  }
}

/** A kernel without drivers turns the machine off by writing to this port. */
const DEBUG_EXIT = ['-device', 'isa-debug-exit,iobase=0xf4,iosize=4']

/** `graphics=off` makes SeaBIOS repeat what is printed through the BIOS (ROM, pxelinux, iPXE) on the serial line. */
function biosArguments(mac: string): string[] {
  return [...['-machine', 'pc,graphics=off', '-m', '512', '-device', `virtio-net-pci,netdev=network,mac=${mac},bootindex=1`], ...DEBUG_EXIT]
}

/** The empty `romfile` takes QEMU's iPXE away: OVMF drives the card itself, as firmware on a mainboard would. It wants a random number generator. */
async function uefiArguments(
  mac: string,
  variables: string,
  {code, vars, machine} = {code: 'OVMF_CODE_4M.fd', vars: 'OVMF_VARS_4M.fd', machine: ['-machine', 'q35,graphics=off']},
): Promise<string[]> {
  await copyFile(`/usr/share/OVMF/${vars}`, variables)
  return [
    ...[...machine, '-cpu', 'max', '-m', '1024'],
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF/${code}`],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${variables}`],
    ...['-fw_cfg', 'name=opt/org.tianocore/IPv6PXESupport,string=n'],
    ...['-device', 'virtio-rng-pci', '-device', `virtio-net-pci,netdev=network,mac=${mac},bootindex=1,romfile=`],
  ]
}

/** ArmVirtPkg of EDK2 on QEMU's virtual board. */
async function arm64Arguments(mac: string, variables: string): Promise<string[]> {
  await copyFile('/usr/share/AAVMF/AAVMF_VARS.fd', variables)
  return [
    ...['-machine', 'virt', '-cpu', 'cortex-a57', '-m', '1024'],
    ...['-drive', 'if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.fd'],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${variables}`],
    ...['-fw_cfg', 'name=opt/org.tianocore/IPv6PXESupport,string=n'],
    ...['-device', 'virtio-rng-pci', '-device', `virtio-net-pci,netdev=network,mac=${mac},bootindex=1,romfile=`],
  ]
}
