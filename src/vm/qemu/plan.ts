// The steps of every action on a QEMU machine, as data.
import {assert} from '../../errors.js'
import type {HypervisorDoors} from '../doors.js'
import type {VmAction} from '../hypervisor.js'
import type {VmSpec} from '../spec.js'
import type {VmStep} from '../steps.js'
import {bridgeFile, diskFile, FILES, folderOf, partFolderOf} from './files.js'
import {renderQmp} from './qmp.js'
import {renderBridgeScript, renderRunScript} from './run-script.js'

export type QemuPlanParts = {
  readonly program: string
  readonly ovmf: {readonly code: string; readonly variables: string} | undefined
  readonly isRoot: boolean
}

/** Made under another name and renamed as the last step: whoever dies in between leaves no machine. */
export function planQemuCreate(spec: VmSpec, vmFolder: string, parts: QemuPlanParts): VmStep[] {
  const part = partFolderOf(vmFolder, spec)
  const folder = folderOf(vmFolder, spec.name)
  return [
    {kind: 'folder', path: part},
    // Its sockets give whoever reaches them all of the machine.
    run('chmod', '700', part),
    ...(parts.ovmf === undefined ? [] : [run('cp', parts.ovmf.variables, `${part}/${FILES.variables}`)]),
    ...spec.disks.map(({sizeMiB}, at) => run('qemu-img', 'create', '-q', '-f', 'qcow2', `${part}/${diskFile(at)}`, `${sizeMiB}M`)),
    ...writeScripts(spec, part, parts),
    run('sh', '-c', '[ ! -e "$2" ] && mv "$1" "$2"', 'sh', part, folder),
  ]
}

/** What it is, anew; disks stay, and so do the variables of a firmware that it had. */
export function planQemuReconfigure(spec: VmSpec, folder: string, parts: QemuPlanParts & {readonly hasVariables: boolean}): VmStep[] {
  const {ovmf, hasVariables} = parts
  return [
    ...(ovmf === undefined || hasVariables ? [] : [run('cp', ovmf.variables, `${folder}/${FILES.variables}`)]),
    ...writeScripts(spec, folder, parts),
  ]
}

function writeScripts(spec: VmSpec, folder: string, {program, ovmf, isRoot}: QemuPlanParts): VmStep[] {
  return [
    ...spec.nics.flatMap(({network}, at): VmStep[] =>
      network.kind === 'bridged' && isRoot
        ? [{kind: 'write', path: `${folder}/${bridgeFile(at)}`, text: renderBridgeScript(network.interface), mode: 0o755}]
        : [],
    ),
    {kind: 'write', path: `${folder}/${FILES.run}`, text: renderRunScript({spec, program, codePath: ovmf?.code, isRoot}), mode: 0o755},
  ]
}

/** How a machine outlives us: as a unit of systemd, or on its own. */
export type Launcher = 'systemd' | 'systemd-user' | 'detached'

export function planQemuStart(
  name: string,
  folder: string,
  {launcher, display}: {launcher: Launcher; display: 'headless' | 'gui'},
): VmStep[] {
  const script = `${folder}/${FILES.run}`
  const launch =
    launcher === 'detached'
      ? run('sh', '-c', DETACH, 'sh', script, display)
      : run(
          'systemd-run',
          ...(launcher === 'systemd-user' ? ['--user'] : []),
          ...['--quiet', '--collect', `--unit=pxectl-vm-${name}`, `--description=virtual machine ${name}`, script, display],
        )
  return [{kind: 'remove', path: `${folder}/${FILES.ended}`}, launch]
}

/** A session of its own, so that no hang-up reaches it; macOS has no setsid(1). */
const DETACH = `if command -v setsid >/dev/null; then set -- setsid "$@"; else set -- nohup "$@"; fi
"$@" </dev/null >/dev/null 2>&1 &`

export function planQemuSay(folder: string, command: 'system_powerdown' | 'system_reset' | 'quit'): VmStep[] {
  return [{kind: 'say', socket: `${folder}/${FILES.qmp}`, text: renderQmp(command)}]
}

export function planQemuRemove(folder: string): VmStep[] {
  return [{kind: 'remove', path: folder}]
}

/** Ends the QEMU of this machine, and no other process that has its number by now. */
export function killCommand(folder: string, uuid: string): VmStep {
  const script = `pid=$(cat "$1") && ps -o args= -p "$pid" | grep -q -- "-uuid $2" && kill -9 "$pid"`
  return run('sh', '-c', script, 'sh', `${folder}/${FILES.pid}`, uuid)
}

/** Which launcher the machine has for us. A user's units end with the last login, unless the user may linger (loginctl(1)). */
export async function findLauncher({files, environment, isRoot, platform}: HypervisorDoors): Promise<Launcher> {
  if (platform !== 'linux' || !(await files.exists('/run/systemd/system'))) return 'detached'
  if (isRoot) return 'systemd'
  const user = environment['USER'] ?? environment['LOGNAME']
  const lingers = user !== undefined && (await files.exists(`/var/lib/systemd/linger/${user}`))
  return lingers && environment['XDG_RUNTIME_DIR'] !== undefined ? 'systemd-user' : 'detached'
}

/** The folder of the machine that an action is about. */
export function folderOfAction(action: VmAction, vmFolder: string): string {
  if (action.kind === 'create') return folderOf(vmFolder, action.spec.name)
  assert(action.vm.path !== undefined, 'a QEMU machine is known by its path')
  return action.vm.path
}

function run(file: string, ...args: string[]): VmStep {
  return {kind: 'run', command: {file, args}}
}
