// The machines of VMware as every hypervisor's VMs are described: from their files, and from the list of those that run.
import {findMac} from '../../net/mac.js'
import type {HypervisorDoors} from '../doors.js'
import type {VmState, VmStatus} from '../hypervisor.js'
import {basenameOn, joinOn} from '../paths.js'
import {machineFolder} from './check.js'
import {findMark, uuidOf} from './machine-vmx.js'
import {parseVmx} from './vmx.js'
import {parseRunning, type Vmrun} from './vmrun.js'

export async function listRunning(vmrun: Vmrun): Promise<string[]> {
  return parseRunning(await vmrun.mustRun(await vmrun.command(['list'])))
}

/** Those below our folder, and whatever else runs: VMware knows no others by itself. */
export async function listStatuses(vmrun: Vmrun, doors: HypervisorDoors): Promise<VmStatus[]> {
  const {files, vmFolder} = doors
  const running = await listRunning(vmrun)
  const own: string[] = []
  for (const folder of await files.list(vmFolder)) {
    const name = /^(?!\.)(.+)\.vmwarevm$/.exec(folder)?.[1]
    if (name !== undefined) own.push(joinOn(machineFolder(vmFolder, name), `${name}.vmx`))
  }
  const others = running.filter((path) => !own.some((mine) => isSamePath(mine, path, doors)))
  const found = await Promise.all([...own, ...others].map((path) => readStatus(path, running, doors)))
  return found.flatMap((status) => status ?? [])
}

export async function findStatus(path: string, vmrun: Vmrun, doors: HypervisorDoors): Promise<VmStatus | undefined> {
  if (!(await doors.files.exists(path))) return undefined
  return readStatus(path, await listRunning(vmrun), doors)
}

async function readStatus(path: string, running: readonly string[], doors: HypervisorDoors): Promise<VmStatus | undefined> {
  const text = await doors.files.find(path)
  if (text === undefined) return undefined
  const {values} = parseVmx(text)
  const count = (key: string): number | undefined => (/^\d+$/.test(values.get(key) ?? '') ? Number(values.get(key)) : undefined)
  return {
    name: values.get('displayname') ?? basenameOn(path).replace(/\.vmx$/, ''),
    uuid: uuidOf(values),
    path,
    state: stateOf(
      values,
      running.some((other) => isSamePath(other, path, doors)),
    ),
    isMarked: findMark(values) !== undefined,
    cpus: count('numvcpus') ?? 1,
    memoryMiB: count('memsize'),
    macs: macsOf(values),
    firmware: values.get('firmware')?.toLowerCase() === 'efi' ? 'uefi' : 'bios',
    uptimeSeconds: undefined,
    problem: undefined,
  }
}

/** A suspended machine names the file that it was saved in. */
function stateOf(values: ReadonlyMap<string, string>, isRunning: boolean): VmState {
  if (isRunning) return 'running'
  return (values.get('checkpoint.vmstate') ?? '') === '' ? 'poweroff' : 'saved'
}

function macsOf(values: ReadonlyMap<string, string>): VmStatus['macs'] {
  return Array.from({length: 10}, (_, card) => card).flatMap((card) => {
    if (values.get(`ethernet${card}.present`)?.toUpperCase() !== 'TRUE') return []
    return findMac(values.get(`ethernet${card}.address`) ?? values.get(`ethernet${card}.generatedaddress`) ?? '') ?? []
  })
}

/** File systems of macOS and Windows take upper and lower case for the same. */
function isSamePath(a: string, b: string, {platform}: HypervisorDoors): boolean {
  return platform === 'darwin' || platform === 'win32' ? a.toLowerCase() === b.toLowerCase() : a === b
}
