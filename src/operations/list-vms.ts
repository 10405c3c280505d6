// The VMs of a lab as they are now: the database says which, their hypervisors how they are. A hypervisor or machine that cannot be
// asked costs its own VMs their state, and a warning.
import {messageOf, PxectlError} from '../errors.js'
import type {Host} from '../hosts/host.js'
import type {VmRecord} from '../hosts/vm-store.js'
import type {Lab} from '../lab/open-lab.js'
import {findNearest} from '../net/nearest.js'
import {quoteWord} from '../system/exec.js'
import type {SshTarget} from '../system/ssh-target.js'
import type {Hypervisor, VmStatus} from '../vm/hypervisor.js'
import {hypervisorKinds, type HypervisorKind} from '../vm/spec.js'
import {recoverVms} from './recover-vms.js'
import {readAddresses} from './vm-addresses.js'
import {decodeSpec, foreignVmJson, vmJson, type VmJson} from './vm-json.js'
import {targetOf, targetOfRecord, type MachineChoice} from './vm-place.js'

export type VmFilter = {
  /** Names, or patterns with * and ?; none: every VM. */
  readonly names: readonly string[]
  readonly hypervisor?: HypervisorKind
  readonly machine: MachineChoice
  readonly state?: string
  /** Also those that pxectl did not make. */
  readonly foreign: boolean
}

/** A VM with those who can do something to it. */
export type FoundVm = {
  readonly vm: VmJson
  readonly record: VmRecord | undefined
  readonly status: VmStatus | undefined
  readonly namesake: Host | undefined
  readonly hypervisor: Hypervisor | undefined
}

export type FoundVms = {readonly found: readonly FoundVm[]; readonly warnings: readonly string[]}

export async function listVms(lab: Lab, filter: VmFilter, now: Date): Promise<{vms: readonly VmJson[]; warnings: readonly string[]}> {
  const {found, warnings} = await findVms(lab, filter, now)
  return {vms: found.map(({vm}) => vm), warnings}
}

/** The VM of this name; throws VM_NOT_FOUND. */
export async function showVm(
  lab: Lab,
  name: string,
  now: Date,
  where: Pick<VmFilter, 'hypervisor' | 'machine'> = {machine: {}},
): Promise<{vm: VmJson; warnings: readonly string[]}> {
  const {found, warnings} = await findVms(lab, {...where, names: [name], foreign: true}, now)
  const [one] = found
  if (one === undefined)
    throw vmUnknown(
      name,
      (await lab.vms.list()).map((record) => record.name),
    )
  return {vm: one.vm, warnings}
}

export async function findVms(lab: Lab, filter: VmFilter, now: Date): Promise<FoundVms> {
  const recovered = await recoverVms(lab)
  const target = await targetOf(lab, filter.machine)
  const fits = (record: VmRecord): boolean =>
    matchesName(filter.names, record.name) &&
    (filter.hypervisor === undefined || record.hypervisor === filter.hypervisor) &&
    (filter.machine.on === undefined || record.machine === target?.host)
  const all = await lab.vms.list()
  const records = all.filter(fits)
  // Those that pxectl did not make are asked for by --all, or by a name that it does not know.
  const strangers = filter.names.filter((name) => !all.some((record) => matchesName([name], record.name)))
  const foreign = filter.foreign && (filter.names.length === 0 || strangers.length > 0)
  const places = await askPlaces(lab, records, foreign ? {target, kind: filter.hypervisor} : undefined)
  const hosts = await lab.store.list()
  const addressOf = await readAddresses(lab, hosts, now)
  const ours = records.map((record) => {
    const place = places.get(keyOf(record.hypervisor, targetOfRecord(record)))
    const status = place?.statuses === undefined ? ('unknown' as const) : findStatus(record, place)
    const mac = (status === 'unknown' || status === undefined ? undefined : status.macs[0]) ?? decodeSpec(record).nics[0]?.mac
    const host = hosts.find((one) => one.mac === mac)
    const namesake = hosts.find((one) => one.name.toLowerCase() === record.name.toLowerCase())
    const vm = vmJson({record, status, host, namesake, address: mac === undefined ? undefined : addressOf(mac)})
    return {vm, record, status: status === 'unknown' ? undefined : status, namesake, hypervisor: place?.hypervisor}
  })
  const theirs = foreign ? foreignVms([...places.values()], all, hosts).filter(({vm}) => matchesName(strangers, vm.name)) : []
  const found = [...ours, ...theirs].filter(({vm}) => filter.state === undefined || vm.state === filter.state)
  return {found, warnings: [...recovered, ...[...places.values()].flatMap((place) => place.warnings)]}
}

type Place = {
  readonly kind: HypervisorKind
  readonly target: SshTarget | undefined
  readonly hypervisor: Hypervisor | undefined
  /** undefined: it could not be asked. */
  readonly statuses: readonly VmStatus[] | undefined
  readonly warnings: readonly string[]
}

function keyOf(kind: HypervisorKind, target: SshTarget | undefined): string {
  return JSON.stringify([kind, target?.host, target?.user, target?.port])
}

/** Asks every hypervisor that has VMs of ours; with `also` those of one machine besides, as far as they are there. */
async function askPlaces(
  lab: Lab,
  records: readonly VmRecord[],
  also: {readonly target: SshTarget | undefined; readonly kind: HypervisorKind | undefined} | undefined,
): Promise<Map<string, Place>> {
  const wanted = new Map(
    records.map((record) => {
      const target = targetOfRecord(record)
      return [keyOf(record.hypervisor, target), {kind: record.hypervisor, target, isOptional: false}]
    }),
  )
  for (const kind of also === undefined ? [] : hypervisorKinds.filter((one) => one === (also.kind ?? one))) {
    const key = keyOf(kind, also?.target)
    if (!wanted.has(key)) wanted.set(key, {kind, target: also?.target, isOptional: also?.kind === undefined})
  }
  const asked = await Promise.all([...wanted].map(async ([key, place]) => [key, await askPlace(lab, place)] as const))
  return new Map(asked)
}

async function askPlace(
  lab: Lab,
  {kind, target, isOptional}: {kind: HypervisorKind; target: SshTarget | undefined; isOptional: boolean},
): Promise<Place> {
  let hypervisor: Hypervisor | undefined
  try {
    hypervisor = await lab.hypervisors.open(kind, target)
    if (isOptional) await hypervisor.probe()
    return {kind, target, hypervisor, statuses: await hypervisor.list(), warnings: []}
  } catch (error) {
    if (!(error instanceof PxectlError)) throw error
    const isAbsent = isOptional && error.code === 'HYPERVISOR_MISSING'
    const where = target === undefined ? '' : ` on ${target.host}`
    return {
      kind,
      target,
      hypervisor,
      statuses: isAbsent ? [] : undefined,
      warnings: isAbsent ? [] : [`the VMs of ${kind}${where} are not known: ${messageOf(error)}`],
    }
  }
}

function findStatus(record: VmRecord, {hypervisor, statuses = []}: Place): VmStatus | undefined {
  return hypervisor?.traits.identity === 'uuid'
    ? statuses.find(({uuid}) => uuid === record.uuid)
    : statuses.find(({path}) => path !== undefined && path === record.path)
}

function foreignVms(places: readonly Place[], records: readonly VmRecord[], hosts: readonly Host[]): FoundVm[] {
  return places.flatMap((place) =>
    (place.statuses ?? [])
      .filter(
        (status) =>
          !records.some(
            (record) =>
              keyOf(record.hypervisor, targetOfRecord(record)) === keyOf(place.kind, place.target) &&
              findStatus(record, {...place, statuses: [status]}) !== undefined,
          ),
      )
      .map((status) => ({
        vm: foreignVmJson(
          status,
          place.kind,
          place.target?.host,
          hosts.find(({mac}) => status.macs.includes(mac)),
        ),
        record: undefined,
        status,
        namesake: undefined,
        hypervisor: place.hypervisor,
      })),
  )
}

/** Is the name one of these, or does it fit one of these patterns (* and ?)? No patterns: yes. */
export function matchesName(patterns: readonly string[], name: string): boolean {
  return patterns.length === 0 || patterns.some((pattern) => globOf(pattern).test(name))
}

function globOf(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 'i')
}

/** The error for a VM that the user named and that is nowhere. */
export function vmUnknown(name: string, known: readonly string[]): PxectlError {
  const nearest = findNearest(name, known)
  return new PxectlError(`no VM named ${name} in this lab, and none on the hypervisors here`, {
    code: 'VM_NOT_FOUND',
    kind: 'notFound',
    details: {name},
    suggestions: [
      ...(nearest === undefined ? [] : [`did you mean ${nearest}?`]),
      'pxectl vm list --all',
      `make it: pxectl vm create ${quoteWord(name)}`,
    ],
  })
}
