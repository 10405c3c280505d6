// Where VMs run: which hypervisor, on which machine.
import {PxectlError} from '../errors.js'
import type {VmRecord} from '../hosts/vm-store.js'
import type {Lab} from '../lab/open-lab.js'
import type {MachineFacts} from '../machine/facts.js'
import {isLocal, probeLocal, probeRemote} from '../machine/probe.js'
import {ownHostname} from '../system/network.js'
import {checkSshTarget, type SshTarget} from '../system/ssh-target.js'
import type {Hypervisor} from '../vm/hypervisor.js'
import {hypervisorKinds, type HypervisorKind} from '../vm/spec.js'

/** `--on`, `--remote-user` and `--port`. */
export type MachineChoice = {readonly on?: string; readonly user?: string; readonly port?: number}

/** The machine as ssh goes there; undefined for this one. What was left out is as the machine was last reached. */
export async function targetOf(lab: Lab, {on, user, port}: MachineChoice): Promise<SshTarget | undefined> {
  if (on === undefined) return undefined
  const record = await lab.machines.find(on)
  const [knownUser, knownPort] = [user ?? record?.remoteUser, port ?? record?.port]
  const target = {host: on, ...(knownUser === undefined ? {} : {user: knownUser}), ...(knownPort === undefined ? {} : {port: knownPort})}
  checkSshTarget(target)
  return isLocal(target, ownHostname()) ? undefined : target
}

/** The machine of a VM that was made before. */
export function targetOfRecord({machine, remoteUser, port}: VmRecord): SshTarget | undefined {
  if (machine === undefined) return undefined
  return {host: machine, ...(remoteUser === undefined ? {} : {user: remoteUser}), ...(port === undefined ? {} : {port})}
}

export type ChosenHypervisor = {readonly hypervisor: Hypervisor; readonly notes: readonly string[]}

/** The one that was named; without a name that of the settings or, where it is not installed, another one that is. */
export async function chooseHypervisor(
  lab: Lab,
  named: HypervisorKind | undefined,
  target: SshTarget | undefined,
): Promise<ChosenHypervisor> {
  const preferred = named ?? lab.settings.vm.hypervisor
  const kinds = named === undefined ? [preferred, ...hypervisorKinds.filter((kind) => kind !== preferred)] : [preferred]
  const missing: PxectlError[] = []
  for (const kind of kinds) {
    const hypervisor = await lab.hypervisors.open(kind, target)
    try {
      const {notes} = await hypervisor.probe()
      const instead = missing[0] === undefined ? [] : [`${missing[0].message}; ${hypervisor.traits.title} is used`]
      return {hypervisor, notes: [...instead, ...notes]}
    } catch (error) {
      if (!(error instanceof PxectlError) || error.code !== 'HYPERVISOR_MISSING') throw error
      missing.push(error)
    }
  }
  throw missing.length === 1 && missing[0] !== undefined ? missing[0] : noHypervisor(missing)
}

function noHypervisor(missing: readonly PxectlError[]): PxectlError {
  const lookedFor = missing.flatMap(({details}) => (Array.isArray(details['lookedFor']) ? (details['lookedFor'] as string[]) : []))
  const where = String(missing[0]?.details['where'])
  return new PxectlError(`there is no hypervisor on ${where}; looked for ${lookedFor.join(', ')}`, {
    code: 'HYPERVISOR_MISSING',
    kind: 'environment',
    details: {where, lookedFor},
    suggestions: missing.flatMap(({suggestions}) => suggestions.slice(0, 1)),
    cause: missing[0],
  })
}

const PROBE_MS = 30_000

/** CPUs and memory of the machine that is to run a VM. */
export async function hostFacts(lab: Lab, target: SshTarget | undefined, now: Date): Promise<MachineFacts> {
  const options = {timeoutMs: PROBE_MS, probedAt: now.toISOString()}
  if (target === undefined) return probeLocal('this machine', options)
  const {run} = await lab.hypervisors.session(target)
  return probeRemote(target, {...options, ssh: run})
}
