// Makes a virtual machine, sized as it is wanted or as a real machine is, with the MAC address that the host database has for it. All
// of it or nothing: what was begun stands in the database before the hypervisor is asked for anything.
import {randomUUID} from 'node:crypto'
import {PxectlError} from '../errors.js'
import type {VmRecord} from '../hosts/vm-store.js'
import type {Lab} from '../lab/open-lab.js'
import {quoteWord} from '../system/exec.js'
import type {SshTarget} from '../system/ssh-target.js'
import type {Hypervisor, VmPlan} from '../vm/hypervisor.js'
import {checkVmName, type VmSpec} from '../vm/spec.js'
import {renderStep} from '../vm/steps.js'
import {showVm} from './list-vms.js'
import type {NewVm} from './new-vm.js'
import {changeVms, discardVm} from './recover-vms.js'
import {chooseMacFor, type ChosenMac} from './vm-mac.js'
import {natBootOf, networkOf, romNotes} from './vm-network.js'
import {encodeSpec, refOf, vmJson, type VmJson} from './vm-json.js'
import {chooseHypervisor, targetOf} from './vm-place.js'
import {chooseSize} from './vm-size.js'

export type CreateVmOptions = {
  readonly dryRun: boolean
  readonly random: (below: number) => number
  readonly now: () => Date
  readonly timeoutMs: number
  readonly onProgress: (step: string) => void
}

export type CreatedVm = {
  readonly vm: VmJson
  /** What is run and written, as lines to paste. */
  readonly steps: readonly string[]
  readonly notes: readonly string[]
}

export async function createVm(lab: Lab, wanted: NewVm, options: CreateVmOptions): Promise<CreatedVm> {
  checkVmName(wanted.name)
  return changeVms(lab, options.onProgress, async (recovered) => {
    await checkNameFree(lab, wanted.name)
    const target = await targetOf(lab, wanted.machine)
    options.onProgress('looking for a hypervisor')
    const chosen = await chooseHypervisor(lab, wanted.hypervisor, target)
    const {hypervisor} = chosen
    const size = await chooseSize(lab, wanted, {...options, target, stepMiB: hypervisor.traits.memoryStepMiB})
    const mac = await chooseMacFor(lab, wanted, {...options, hypervisor, target})
    const checked = await hypervisor.checkSpec(specOf(lab, wanted, {mac, size, hypervisor, target}))
    const plan = await hypervisor.plan({kind: 'create', spec: checked.spec})
    const rom = romNotes(lab, hypervisor.traits, checked.spec)
    const notes = [...recovered, ...chosen.notes, ...size.notes, ...mac.notes, ...checked.notes, ...rom]
    const steps = plan.steps.map(renderStep)
    const record = recordOf(checked.spec, {hypervisor, target, addedHost: mac.willAdd ? wanted.name : undefined, now: options.now()})
    if (options.dryRun) {
      const host = await lab.store.findByMac(mac.mac)
      return {vm: vmJson({record, status: undefined, host, namesake: undefined, address: host?.ip}), steps, notes}
    }
    await makeVm(lab, {record, plan, hypervisor, mac}, options)
    if (wanted.start !== 'no') await startNew(lab, record.name, hypervisor, wanted.start, options)
    const {vm, warnings} = await showVm(lab, wanted.name, options.now())
    return {vm, steps, notes: [...notes, ...warnings]}
  })
}

async function checkNameFree(lab: Lab, name: string): Promise<void> {
  const other = await lab.vms.find(name)
  if (other === undefined) return
  const where = other.machine === undefined ? '' : ` on ${other.machine}`
  throw new PxectlError(`this lab has a VM named ${other.name} already (${other.hypervisor}${where}); nothing was changed`, {
    code: 'VM_EXISTS',
    kind: 'conflict',
    details: {name: other.name, hypervisor: other.hypervisor, machine: other.machine ?? null},
    suggestions: [`pxectl vm show ${quoteWord(other.name)}`, 'or choose another name'],
  })
}

type SpecParts = {
  readonly mac: ChosenMac
  readonly size: {readonly cpus: number; readonly memoryMiB: number}
  readonly hypervisor: Hypervisor
  readonly target: SshTarget | undefined
}

function specOf(lab: Lab, wanted: NewVm, {mac, size, hypervisor, target}: SpecParts): VmSpec {
  const network = wanted.network ?? networkOf(lab, hypervisor.traits)
  return {
    name: wanted.name,
    uuid: randomUUID(),
    cpus: size.cpus,
    memoryMiB: size.memoryMiB,
    vramMiB: wanted.vramMiB ?? lab.settings.vm.vramMiB,
    nics: [{mac: mac.mac, model: wanted.nic, network}],
    disks: wanted.disks,
    firmware: wanted.firmware ?? mac.firmware ?? 'bios',
    osType: wanted.osType,
    serial: wanted.serial ?? {kind: hypervisor.traits.serial, path: undefined},
    screenPort: wanted.screenPort,
    natBoot: network.kind === 'nat' ? natBootOf(lab, target !== undefined) : undefined,
  }
}

function recordOf(
  spec: VmSpec,
  about: {hypervisor: Hypervisor; target: SshTarget | undefined; addedHost: string | undefined; now: Date},
): VmRecord {
  const {hypervisor, target, addedHost} = about
  const now = about.now.toISOString()
  return {
    name: spec.name,
    uuid: spec.uuid,
    hypervisor: hypervisor.traits.kind,
    machine: target?.host,
    remoteUser: target?.user,
    port: target?.port,
    path: undefined,
    stage: 'creating',
    addedHost,
    spec: encodeSpec(spec),
    createdAt: now,
    updatedAt: now,
  }
}

/** The row first, then the host, then the VM; what fails is taken back at once, and what is killed by the next command. */
async function makeVm(
  lab: Lab,
  {record, plan, hypervisor, mac}: {record: VmRecord; plan: VmPlan; hypervisor: Hypervisor; mac: ChosenMac},
  options: CreateVmOptions,
): Promise<void> {
  await lab.vms.put(record)
  try {
    await mac.addHost(options.onProgress)
    options.onProgress('making the VM')
    await hypervisor.apply(plan, {onProgress: options.onProgress})
    const found = (await hypervisor.list()).find(({name, uuid}) =>
      hypervisor.traits.identity === 'uuid' ? uuid === record.uuid : name === record.name,
    )
    if (found === undefined) throw lostVm(record.name, hypervisor)
    await lab.vms.put({...record, path: found.path, stage: 'ready', addedHost: undefined})
  } catch (error) {
    await discardVm(lab, record)
    throw error
  }
}

function lostVm(name: string, {traits}: Hypervisor): PxectlError {
  return new PxectlError(`${traits.title} made ${name} and does not have it; nothing was kept`, {
    code: 'HYPERVISOR_FAILED',
    kind: 'external',
    details: {name},
  })
}

/** The VM stays where it does not start: it was made as wanted, and why it does not start is to be seen on it. */
async function startNew(
  lab: Lab,
  name: string,
  hypervisor: Hypervisor,
  display: 'headless' | 'gui',
  options: CreateVmOptions,
): Promise<void> {
  options.onProgress('starting it')
  const record = await lab.vms.find(name)
  if (record === undefined) return
  try {
    await hypervisor.apply(await hypervisor.plan({kind: 'start', vm: refOf(record), display}), {onProgress: options.onProgress})
  } catch (error) {
    if (!(error instanceof PxectlError)) throw error
    throw new PxectlError(`${name} was made, but not started: ${error.message}`, {
      code: error.code,
      kind: error.kind,
      details: {...error.details, name},
      suggestions: [...error.suggestions, `then: pxectl vm start ${quoteWord(name)}`],
      cause: error,
    })
  }
}
