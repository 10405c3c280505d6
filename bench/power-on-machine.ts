// One virtual machine, from power-on until its kernel's first program speaks.
import {spawn} from 'node:child_process'
import {copyFileSync, existsSync} from 'node:fs'
import {join} from 'node:path'
import {PeerMissing} from './contest.js'
import {MAC, type BootLab} from './power-on-lab.js'
import {getPeer} from './programs.js'

export type Firmware = 'bios' | 'uefi'

const LIMIT_MS = 240_000
const THERE = 'PXECTL-BENCH init'

/** Milliseconds from the start of QEMU to the first line of the initrd's program. */
export async function bootMachine({folder, tap}: BootLab, firmware: Firmware): Promise<number> {
  const file = getPeer('qemu-system-x86_64', 'apt-get install --no-install-recommends qemu-system-x86 ipxe-qemu ovmf')
  const same = [
    '-nodefaults',
    '-no-user-config',
    '-no-reboot',
    '-display',
    'none',
    '-vga',
    'none',
    '-accel',
    'tcg,thread=multi',
    '-m',
    '1024',
  ]
  const network = ['-netdev', `tap,id=network,ifname=${tap},script=no,downscript=no`]
  const args = [...same, '-boot', 'strict=on', '-serial', 'stdio', ...network, ...firmwareWords(firmware, folder)]
  const startedMs = performance.now()
  const child = spawn(file, args, {stdio: ['ignore', 'pipe', 'pipe']})
  const killAtExit = (): void => void child.kill('SIGKILL')
  process.once('exit', killAtExit)
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let said = ''
  try {
    return await new Promise<number>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no boot within ${LIMIT_MS / 1000} s: ${tailOf(said)}`)), LIMIT_MS)
      const look = (bytes: Buffer): void => {
        said += bytes.toString('latin1')
        if (said.includes(THERE)) resolve(performance.now() - startedMs)
      }
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      child.once('error', reject)
      child.once('close', () => reject(new Error(`the machine stopped: ${tailOf(said)}`)))
      void ended.then(() => clearTimeout(timer))
    })
  } finally {
    process.off('exit', killAtExit)
    child.kill('SIGKILL')
    await ended
  }
}

/** `graphics=off` makes SeaBIOS say on the serial line what it prints; the empty `romfile` leaves the card to OVMF itself. */
function firmwareWords(firmware: Firmware, folder: string): string[] {
  if (firmware === 'bios') return ['-machine', 'pc,graphics=off', '-device', `virtio-net-pci,netdev=network,mac=${MAC},bootindex=1`]
  const [code, variables] = ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd']
  if (!existsSync(code)) throw new PeerMissing('OVMF is not installed (apt-get install ovmf)')
  const own = join(folder, 'vars.fd')
  copyFileSync(variables, own)
  return [
    ...['-machine', 'q35,graphics=off', '-cpu', 'max'],
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${code}`, '-drive', `if=pflash,unit=1,format=raw,file=${own}`],
    ...['-fw_cfg', 'name=opt/org.tianocore/IPv6PXESupport,string=n', '-device', 'virtio-rng-pci'],
    ...['-device', `virtio-net-pci,netdev=network,mac=${MAC},bootindex=1,romfile=`],
  ]
}

function tailOf(text: string): string {
  return text
    .replaceAll(/\u001b\[[0-9;?=]*[A-Za-z]|\r/g, '')
    .trim()
    .slice(-300)
}
