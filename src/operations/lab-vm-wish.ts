// What a lab file wants of a VM, and what the VM is, in the same words.
import {PxectlError} from '../errors.js'
import {placeText} from '../lab-file/problem.js'
import type {VmSpecEntry} from '../lab-file/spec.js'
import {definedOnly} from '../net/defined.js'
import {quoteWord} from '../system/exec.js'
import type {NicModel} from '../vm/spec.js'
import type {PartChange} from './lab-part.js'
import type {NewVm} from './new-vm.js'
import type {VmJson} from './vm-json.js'
import {nicModels, parseDisk, parseNetwork, parsePercent, parseSerial, parseSizeMiB} from './vm-values.js'

/** Throws VM_SIZE_INVALID and the like for texts that no flag of `vm create` would take either. */
export function newVm(entry: VmSpecEntry): NewVm {
  const {
    name,
    referPhysicalMachine,
    remoteUser,
    memoryPercent,
    cpus,
    memory,
    vram,
    network,
    disks,
    firmware,
    nic,
    osType,
    serial,
    hypervisor,
    on,
  } = entry
  const model = nic === undefined ? undefined : parseNic(nic)
  return {
    name,
    ...definedOnly({
      refer: referPhysicalMachine,
      memoryPercent: memoryPercent === undefined ? undefined : parsePercent(memoryPercent),
      cpus,
      memoryMiB: memory === undefined ? undefined : parseSizeMiB(memory, 'memory'),
      vramMiB: vram === undefined ? undefined : parseSizeMiB(vram, 'vram'),
      network: network === undefined ? undefined : parseNetwork(network),
      firmware,
      nic: model,
      serial: serial === undefined ? undefined : parseSerial(serial),
      hypervisor,
    }),
    disks: disks.map(parseDisk),
    osType: osType ?? 'linux',
    machine: definedOnly({on, user: remoteUser}),
    addHost: false,
    // Started later, in the order of the lab file.
    start: 'no',
  }
}

function parseNic(text: string): NicModel {
  const model = nicModels.find((one) => one === text)
  if (model !== undefined) return model
  throw new PxectlError(`"${text}" is no model of a network card`, {
    code: 'VM_NIC_INVALID',
    kind: 'usage',
    details: {nic: text},
    suggestions: [`write one of ${nicModels.join(', ')}`],
  })
}

/** What a plan shows and compares. What the file leaves open is not in it. */
export function describe(entry: VmSpecEntry, wanted: NewVm): Record<string, string | null> {
  return definedOnly({
    cpus: wanted.cpus?.toString(),
    memory: wanted.memoryMiB?.toString(),
    vram: wanted.vramMiB?.toString(),
    network: entry.network,
    firmware: entry.firmware,
    nic: entry.nic,
    hypervisor: entry.hypervisor,
    on: entry.on,
    disk: entry.disks.length === 0 ? undefined : wanted.disks.map(({sizeMiB}) => sizeMiB).join(' '),
    state: entry.start ? 'running' : undefined,
  }) as Record<string, string>
}

export function describeVm(vm: VmJson): Record<string, string | null> {
  return {
    cpus: vm.cpus?.toString() ?? null,
    memory: vm.memoryMiB?.toString() ?? null,
    vram: vm.vramMiB?.toString() ?? null,
    network: vm.network,
    firmware: vm.firmware,
    nic: vm.nic,
    hypervisor: vm.hypervisor,
    on: vm.machine,
    disk: vm.disksMiB === null || vm.disksMiB.length === 0 ? null : vm.disksMiB.join(' '),
    // One that runs, pauses or was saved is not started anew.
    state: vm.state === 'poweroff' || vm.state === 'crashed' ? vm.state : 'running',
  }
}

/** What a VM keeps for life is told before anything is changed. */
export function refuseLasting({name, place}: VmSpecEntry, values: PartChange['values']): void {
  const lasting = values.find(({key, before}) => ['disk', 'hypervisor', 'on'].includes(key) && before !== null)
  if (lasting === undefined) return
  const {key, before, after} = lasting
  throw new PxectlError(
    `${placeText(place)}: the VM ${name} has ${key} ${before}, which cannot become ${after ?? 'none'}; nothing was changed`,
    {
      code: 'VM_UNCHANGEABLE',
      kind: 'conflict',
      details: {name, what: key},
      suggestions: [`if it may be made anew: pxectl vm remove ${quoteWord(name)} --force, then pxectl up`],
    },
  )
}
