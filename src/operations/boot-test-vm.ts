// Boots a host's image with real firmware, in QEMU, on a network of its own: `pxectl boot-test HOST --vm`.
//
// The lab's own server (another pxectl, with its DHCP server on) answers in there. The lab itself, its DHCP server and the
// networks of this computer do not notice.
import {join} from 'node:path'
import {pathsOf} from '../boot/entry.js'
import {hostMenu, type BootMenu} from '../boot/menu.js'
import {PxectlError} from '../errors.js'
import {requireSetting} from '../lab/require-setting.js'
import type {Lab} from '../lab/open-lab.js'
import type {CommandLine, Exec} from '../system/exec.js'
import {copyAtomic, fileExists, makeFolder, removeFile} from '../system/files.js'
import type {Start, StartedProgram} from '../system/start.js'
import {openPrivateNetwork, type PrivateNetwork} from '../vm/private-network.js'
import {qemuCommand, type QemuFirmware} from '../vm/qemu/command.js'
import {ovmfPaths} from '../vm/qemu/ovmf.js'
import {bootHostOf, readBootContext} from './boot-context.js'

export type VmBootTestOptions = {
  readonly firmware: 'bios' | 'uefi'
  /** A text that the booted system prints on its serial line (ttyS0). */
  readonly expect?: string
  readonly timeoutMs: number
  /** The words that start this program, e.g. node and the path of pxectl's bin.js. */
  readonly pxectl: Pick<CommandLine, 'file' | 'args'>
  readonly isRoot: boolean
  readonly exec: Exec
  readonly start: Start
  readonly onProgress?: (step: string) => void
}

export type VmBootStep = {readonly step: string; readonly ok: boolean; readonly detail: string}

export type VmBootTest = {
  readonly host: string
  readonly firmware: 'bios' | 'uefi'
  readonly ok: boolean
  readonly steps: readonly VmBootStep[]
  /** What the machine fetched, in order. */
  readonly files: readonly {readonly protocol: string; readonly name: string; readonly ok: boolean; readonly bytes: number}[]
  /** The last lines of its serial line. */
  readonly serial: readonly string[]
}

const PACKAGES = 'apt-get install qemu-system-x86 ovmf ipxe-qemu'
const SERIAL_LINES = 40

export async function bootTestVm(lab: Lab, name: string, options: VmBootTestOptions): Promise<VmBootTest> {
  const {network: settings} = lab.settings
  const host = await lab.store.getByName(name)
  const wanted = wantedFiles(hostMenu(bootHostOf(host), await readBootContext(lab)), options.firmware)
  await checkQemu(options.exec)
  const progress = options.onProgress ?? (() => undefined)
  progress('making a private network')
  const network = await openPrivateNetwork({
    server: requireSetting(settings.server, 'network.server'),
    subnet: requireSetting(settings.subnet, 'network.subnet'),
    isRoot: options.isRoot,
    exec: options.exec,
    start: options.start,
  })
  const state = join(lab.lockPath, '..')
  const variablesPath = join(state, `${host.name}-boot-test.fd`)
  try {
    progress('starting the servers')
    const server = await startServer(lab, network, options)
    await makeFolder(state)
    const firmware = await firmwareOf(options.firmware, variablesPath)
    progress('booting the virtual machine')
    const memoryMiB = options.firmware === 'uefi' ? 1024 : 512
    const command = qemuCommand({
      firmware,
      mac: host.mac,
      tap: network.tap,
      memoryMiB: Math.max(memoryMiB, lab.settings.vm.memoryMiB),
      accelerator: 'tcg',
    })
    const machine = await options.start(network.inside(command))
    const watch = (): VmBootTest => judge(host.name, options, wanted, eventsOf(server), serialText(machine))
    const deadline = Date.now() + options.timeoutMs
    while (!watch().ok && machine.isRunning() && server.isRunning() && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 100))
    return watch()
  } finally {
    await network.close()
    await removeFile(variablesPath)
  }
}

/** The files of what boots by itself. */
function wantedFiles(menu: BootMenu, firmware: 'bios' | 'uefi'): string[] {
  const entry = menu.entries.find(({label}) => label === menu.default)
  if (entry?.firmware !== undefined && entry.firmware !== firmware) throw wrongFirmware(menu.title, entry.firmware)
  if (entry?.kind === 'esxi' || entry?.kind === 'program') return pathsOf({...entry, [firmware === 'bios' ? 'uefi' : 'bios']: undefined})
  if (entry !== undefined && entry.kind !== 'local') return pathsOf(entry)
  throw new PxectlError(`${menu.title} boots from its local disk; there is nothing to test in a virtual machine`, {
    code: 'NOTHING_TO_BOOT',
    kind: 'usage',
    details: {host: menu.title},
    suggestions: [`give it an image: pxectl host set ${menu.title} --image NAME`],
  })
}

function wrongFirmware(host: string, firmware: 'bios' | 'uefi'): PxectlError {
  return new PxectlError(`what ${host} boots starts on machines with ${firmware === 'bios' ? 'a BIOS' : 'UEFI'} alone`, {
    code: 'FIRMWARE_UNFIT',
    kind: 'usage',
    details: {host, firmware},
    suggestions: [`pxectl boot-test ${host} --vm --firmware ${firmware}`],
  })
}

type Event = {
  readonly kind?: string
  readonly protocol?: string
  readonly name?: string
  readonly bytes?: number
  readonly message?: string
}

/** What has been seen so far, as a result. Pure. */
export function judge(
  host: string,
  options: Pick<VmBootTestOptions, 'firmware' | 'expect'>,
  wanted: readonly string[],
  events: readonly Event[],
  serial: string,
): VmBootTest {
  const files = events
    .filter(
      ({kind, protocol}) => (protocol === 'tftp' || protocol === 'http') && (kind === 'done' || kind === 'failed' || kind === 'refused'),
    )
    .map(({kind, protocol = '', name = '', bytes = 0}) => ({protocol, name: pathOf(protocol, name), ok: kind === 'done', bytes}))
  const steps: VmBootStep[] = wanted.map((name) => {
    const got = files.find((file) => file.ok && file.name === name)
    return {
      step: `fetch ${name}`,
      ok: got !== undefined,
      detail: got === undefined ? 'not fetched' : `${got.bytes} bytes by ${got.protocol}`,
    }
  })
  if (options.expect !== undefined) {
    const seen = serial.includes(options.expect)
    steps.push({step: `print "${options.expect}"`, ok: seen, detail: seen ? 'seen on the serial line' : 'not seen on the serial line'})
  }
  const lines = serial.split('\n').filter((line) => line.trim() !== '')
  return {host, firmware: options.firmware, ok: steps.every((step) => step.ok), steps, files, serial: lines.slice(-SERIAL_LINES)}
}

/** The path of a request as our menus write it: HTTP clients begin it with a slash and encode it. */
function pathOf(protocol: string, name: string): string {
  const path = name.replace(/^\/+/, '')
  if (protocol !== 'http') return path
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

async function checkQemu(exec: Exec): Promise<void> {
  try {
    await exec({file: 'qemu-system-x86_64', args: ['--version']})
  } catch (cause) {
    throw qemuMissing('QEMU is not installed: the program qemu-system-x86_64 could not be started', cause)
  }
}

async function firmwareOf(kind: 'bios' | 'uefi', variablesPath: string): Promise<QemuFirmware> {
  if (kind === 'bios') return {kind}
  for (const {code, variables} of ovmfPaths) {
    if (!(await fileExists(code)) || !(await fileExists(variables))) continue
    await copyAtomic(variables, variablesPath, 0o600)
    return {kind, codePath: code, variablesPath}
  }
  throw qemuMissing('there is no UEFI firmware for QEMU (OVMF) on this computer')
}

function qemuMissing(message: string, cause?: unknown): PxectlError {
  return new PxectlError(message, {code: 'QEMU_MISSING', kind: 'environment', suggestions: [PACKAGES], cause})
}

async function startServer(lab: Lab, network: PrivateNetwork, options: VmBootTestOptions): Promise<StartedProgram> {
  const {file, args} = options.pxectl
  const server = requireSetting(lab.settings.network.server, 'network.server')
  const flags = ['--listen', server, '--tftp-port', '69', '--dhcp-port', '67', '--dhcp', 'full', '--json', '--config', lab.configPath]
  const program = await options.start(network.inside({file, args: [...args, 'serve', ...flags]}))
  for (let tries = 0; tries < 400 && program.isRunning(); tries++) {
    if (eventsOf(program).some(({kind}) => kind === 'ready')) return program
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new PxectlError(`the servers did not start in the private network: ${program.stdout()}${program.stderr()}`.trim(), {
    code: 'SERVE_FAILED',
    kind: 'environment',
    suggestions: ['look whether they start at all: pxectl serve --dhcp full'],
  })
}

/** The events that `pxectl serve --json` has printed as whole lines. */
function eventsOf(program: StartedProgram): Event[] {
  return program
    .stdout()
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Event]
      } catch {
        return []
      }
    })
}

/** What the machine printed, without the escape sequences of firmware menus. */
function serialText(machine: StartedProgram): string {
  return machine
    .stdout()
    .replace(/\u001b\[[0-9;?=]*[A-Za-z]/g, '')
    .replaceAll('\r', '')
}
