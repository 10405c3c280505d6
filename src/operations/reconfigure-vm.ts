// Gives a VM other CPUs, memory, networks or firmware. One that runs is switched off for it; who wants it to run starts it again.
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {quoteWord} from '../system/exec.js'
import type {VmSpec} from '../vm/spec.js'
import {findVms} from './list-vms.js'
import type {NewVm} from './new-vm.js'
import {changeVms} from './recover-vms.js'
import {chooseSize} from './vm-size.js'
import {decodeSpec, encodeSpec} from './vm-json.js'
import {targetOfRecord} from './vm-place.js'

export type ReconfigureOptions = {readonly now: () => Date; readonly onProgress: (step: string) => void}

const PROBE_MS = 30_000

/** What `wanted` leaves open stays as it is. Throws VM_UNCHANGEABLE for what a VM keeps for life. Gives notes. */
export async function reconfigureVm(lab: Lab, name: string, wanted: NewVm, options: ReconfigureOptions): Promise<readonly string[]> {
  return changeVms(lab, options.onProgress, async (recovered) => {
    const {found, warnings} = await findVms(lab, {names: [name], machine: {}, foreign: false}, options.now())
    const [one] = found
    if (one?.record === undefined || one.status === undefined || one.hypervisor === undefined) throw unreachable(name)
    const {record, status, hypervisor} = one
    const before = decodeSpec(record)
    refuseUnchangeable(name, before, wanted, {hypervisor: record.hypervisor, machine: record.machine})
    const target = targetOfRecord(record)
    const known = {...wanted, cpus: wanted.cpus ?? before.cpus, memoryMiB: wanted.memoryMiB ?? before.memoryMiB}
    const {refer, ...given} = known
    const size = await chooseSize(lab, refer === undefined ? given : {...wanted, refer}, {
      dryRun: false,
      now: options.now,
      timeoutMs: PROBE_MS,
      onProgress: options.onProgress,
      target,
      stepMiB: hypervisor.traits.memoryStepMiB,
    })
    const checked = await hypervisor.checkSpec(changed(before, wanted, size, one.namesake?.mac))
    if (['running', 'paused', 'saved'].includes(status.state)) {
      options.onProgress('switching it off')
      await hypervisor.apply(await hypervisor.plan({kind: 'stop', vm: status, force: true}))
    }
    options.onProgress('changing it')
    await hypervisor.apply(await hypervisor.plan({kind: 'reconfigure', vm: status, spec: checked.spec}))
    await lab.vms.put({...record, spec: encodeSpec(checked.spec), updatedAt: options.now().toISOString()})
    return [...recovered, ...warnings, ...size.notes, ...checked.notes]
  })
}

/** `mac`: that of the host of its name, which it follows. */
function changed(
  before: VmSpec,
  wanted: NewVm,
  {cpus, memoryMiB}: {readonly cpus: number; readonly memoryMiB: number},
  mac: VmSpec['nics'][number]['mac'] | undefined,
): VmSpec {
  return {
    ...before,
    cpus,
    memoryMiB,
    vramMiB: wanted.vramMiB ?? before.vramMiB,
    firmware: wanted.firmware ?? before.firmware,
    nics: before.nics.map((nic, at) =>
      at > 0 ? nic : {...nic, mac: mac ?? nic.mac, model: wanted.nic ?? nic.model, network: wanted.network ?? nic.network},
    ),
  }
}

function refuseUnchangeable(
  name: string,
  before: VmSpec,
  {hypervisor, machine, disks}: NewVm,
  present: {readonly hypervisor: string; readonly machine: string | undefined},
): void {
  const sizes = (all: readonly {readonly sizeMiB: number}[]): string => all.map(({sizeMiB}) => sizeMiB).join(' ')
  const what =
    hypervisor !== undefined && hypervisor !== present.hypervisor
      ? 'hypervisor'
      : machine.on !== undefined && machine.on !== present.machine
        ? 'machine'
        : disks.length > 0 && sizes(disks) !== sizes(before.disks)
          ? 'disks'
          : undefined
  if (what === undefined) return
  throw new PxectlError(`the ${what} of the VM ${name} cannot be changed; it must be removed and made anew`, {
    code: 'VM_UNCHANGEABLE',
    kind: 'conflict',
    details: {name, what},
    suggestions: [`pxectl vm remove ${quoteWord(name)}`],
  })
}

function unreachable(name: string): PxectlError {
  return new PxectlError(`the VM ${name} cannot be changed: its hypervisor does not tell of it`, {
    code: 'VM_NOT_FOUND',
    kind: 'notFound',
    details: {name},
    suggestions: [`pxectl vm show ${quoteWord(name)}`],
  })
}
