// Mends what `vm list` shows as drift: a VM that was changed by hand is given its own values again, or keeps the new ones (`adopt`); one
// whose host got another MAC address follows; one that is gone is forgotten.
import {PxectlError} from '../errors.js'
import type {VmRecord} from '../hosts/vm-store.js'
import type {Lab} from '../lab/open-lab.js'
import type {VmStatus} from '../vm/hypervisor.js'
import type {VmSpec} from '../vm/spec.js'
import {renderStep} from '../vm/steps.js'
import {findVms, type FoundVm, type VmFilter} from './list-vms.js'
import {changeVms} from './recover-vms.js'
import type {VmFailure} from './run-vms.js'
import {decodeSpec, encodeSpec, isForHost, type VmDrift} from './vm-json.js'

export type SyncVmsOptions = {
  /** Take what the hypervisors have into the database, instead of the other way round. */
  readonly adopt: boolean
  readonly dryRun: boolean
  readonly now: () => Date
  readonly onProgress: (step: string) => void
}

export type MendedVm = {
  readonly name: string
  readonly mended: 'forgotten' | 'adopted' | 'reconfigured'
  readonly drift: readonly VmDrift[]
  readonly steps: readonly string[]
}

export type SyncedVms = {
  readonly mended: readonly MendedVm[]
  readonly failures: readonly VmFailure[]
  readonly warnings: readonly string[]
}

export async function syncVms(lab: Lab, filter: VmFilter, options: SyncVmsOptions): Promise<SyncedVms> {
  return changeVms(lab, options.onProgress, async (notes) => {
    const {found, warnings} = await findVms(lab, filter, options.now())
    const mended: MendedVm[] = []
    const failures: VmFailure[] = []
    for (const one of found.filter(({vm}) => vm.isOurs && vm.drift.length > 0)) {
      try {
        options.onProgress(`mending ${one.vm.name}`)
        mended.push(await mend(lab, one, options))
      } catch (error) {
        if (!(error instanceof PxectlError)) throw error
        failures.push({name: one.vm.name, error})
      }
    }
    return {mended, failures, warnings: [...notes, ...warnings]}
  })
}

async function mend(lab: Lab, one: FoundVm, {adopt, dryRun, now}: SyncVmsOptions): Promise<MendedVm> {
  const {vm, record, status, namesake, hypervisor} = one
  if (record === undefined || hypervisor === undefined) throw new Error('broken invariant: only VMs of the database drift')
  const {name, drift} = vm
  if (status === undefined) {
    if (!dryRun) await lab.vms.remove(record.uuid)
    return {name, mended: 'forgotten', drift, steps: []}
  }
  const spec = decodeSpec(record)
  const updated = (changed: VmSpec): VmRecord => ({...record, spec: encodeSpec(changed), updatedAt: now().toISOString()})
  if (adopt) {
    if (!dryRun) await lab.vms.put(updated(asFound(spec, status)))
    return {name, mended: 'adopted', drift, steps: []}
  }
  const mac = namesake !== undefined && isForHost(spec, namesake) ? namesake.mac : spec.nics[0]?.mac
  const nics = spec.nics.map((nic, at) => (at === 0 && mac !== undefined ? {...nic, mac} : nic))
  const checked = await hypervisor.checkSpec({...spec, nics})
  const plan = await hypervisor.plan({kind: 'reconfigure', vm: status, spec: checked.spec})
  if (!dryRun) {
    await hypervisor.apply(plan)
    await lab.vms.put(updated(checked.spec))
  }
  return {name, mended: 'reconfigured', drift, steps: plan.steps.map(renderStep)}
}

/** The spec with what the VM has. Its name stays: that is what the lab calls it. */
function asFound(spec: VmSpec, {cpus, memoryMiB, macs, firmware}: VmStatus): VmSpec {
  return {
    ...spec,
    cpus: cpus ?? spec.cpus,
    memoryMiB: memoryMiB ?? spec.memoryMiB,
    firmware: firmware ?? spec.firmware,
    nics: spec.nics.map((nic, at) => ({...nic, mac: macs[at] ?? nic.mac})),
  }
}
