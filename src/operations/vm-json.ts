// A VM as scripts see it: these keys are promises, and null stands for "not known". What the database wants of it, what its hypervisor
// says of it, and where the two differ.
import {PxectlError} from '../errors.js'
import type {VmRecord} from '../hosts/vm-store.js'
import type {Host} from '../hosts/host.js'
import {quoteWord} from '../system/exec.js'
import type {VmRef, VmState, VmStatus} from '../vm/hypervisor.js'
import {renderNetwork} from '../vm/network.js'
import type {HypervisorKind, VmSpec} from '../vm/spec.js'

/** `what` is a key of the VM; `gone` and `mark` have no values. */
export type VmDrift = {readonly what: string; readonly wanted: string | null; readonly found: string | null}

export type VmJson = {
  readonly name: string
  readonly uuid: string
  readonly hypervisor: HypervisorKind
  /** The machine that runs it; null: this one. */
  readonly machine: string | null
  /** `gone`: its hypervisor no longer has it; `unknown`: its hypervisor or machine could not be asked; `creating`: not there yet. */
  readonly state: VmState | 'gone' | 'unknown' | 'creating'
  readonly problem: string | null
  /** The host of the database with its MAC address. */
  readonly host: string | null
  readonly mac: string | null
  readonly cpus: number | null
  readonly memoryMiB: number | null
  readonly vramMiB: number | null
  readonly firmware: 'bios' | 'uefi' | null
  readonly network: string | null
  readonly nic: string | null
  readonly osType: string | null
  readonly disksMiB: readonly number[] | null
  readonly serial: {readonly kind: string; readonly path: string | null} | null
  readonly screenPort: number | null
  readonly path: string | null
  /** The address that it was last seen with, or is to get. */
  readonly address: string | null
  readonly uptimeSeconds: number | null
  /** Made by pxectl, for this lab. */
  readonly isOurs: boolean
  readonly drift: readonly VmDrift[]
  readonly createdAt: string | null
}

/** The spec as text for the database. */
export function encodeSpec(spec: VmSpec): string {
  return JSON.stringify(spec)
}

/** The other way round; throws VM_RECORD_INVALID where the text was never made by encodeSpec. */
export function decodeSpec({name, spec}: Pick<VmRecord, 'name' | 'spec'>): VmSpec {
  try {
    const found = JSON.parse(spec) as Partial<VmSpec> | null
    if (found !== null && Array.isArray(found.nics) && found.nics.length > 0 && Number.isInteger(found.cpus)) return found as VmSpec
  } catch {
    // Below.
  }
  throw new PxectlError(`the host database has no usable description of the VM ${name}`, {
    code: 'VM_RECORD_INVALID',
    kind: 'invalidData',
    details: {name},
    suggestions: [`forget it: pxectl vm remove ${quoteWord(name)}`],
  })
}

export function refOf({name, uuid, path}: VmRecord): VmRef {
  return {name, uuid, path}
}

export type KnownVm = {
  readonly record: VmRecord
  /** undefined: its hypervisor has it no longer; `unknown`: who could say cannot be asked. */
  readonly status: VmStatus | 'unknown' | undefined
  /** The hosts of the database with its MAC address and with its name. */
  readonly host: Host | undefined
  readonly namesake: Host | undefined
  readonly address: string | undefined
}

/** A VM of the database. */
export function vmJson({record, status, host, namesake, address}: KnownVm): VmJson {
  const spec = decodeSpec(record)
  const [nic] = spec.nics
  const now = status === 'unknown' ? undefined : status
  const isMaking = record.stage === 'creating'
  return {
    name: record.name,
    uuid: record.uuid,
    hypervisor: record.hypervisor,
    machine: record.machine ?? null,
    state: isMaking ? 'creating' : status === 'unknown' ? 'unknown' : (status?.state ?? 'gone'),
    problem: now?.problem ?? null,
    host: host?.name ?? null,
    mac: now?.macs[0] ?? nic?.mac ?? null,
    cpus: now?.cpus ?? spec.cpus,
    memoryMiB: now?.memoryMiB ?? spec.memoryMiB,
    vramMiB: spec.vramMiB,
    firmware: now?.firmware ?? spec.firmware,
    network: nic === undefined ? null : renderNetwork(nic.network),
    nic: nic?.model ?? null,
    osType: spec.osType,
    disksMiB: spec.disks.map(({sizeMiB}) => sizeMiB),
    serial: spec.serial.kind === 'none' ? null : {kind: spec.serial.kind, path: spec.serial.path ?? null},
    screenPort: spec.screenPort ?? null,
    path: record.path ?? null,
    address: address ?? null,
    uptimeSeconds: now?.uptimeSeconds ?? null,
    isOurs: true,
    drift: isMaking || status === 'unknown' ? [] : driftOf(spec, status, namesake),
    createdAt: record.createdAt,
  }
}

/** A VM that the database does not know. */
export function foreignVmJson(status: VmStatus, hypervisor: HypervisorKind, machine: string | undefined, host: Host | undefined): VmJson {
  const unknown = {vramMiB: null, network: null, nic: null, osType: null, disksMiB: null, serial: null, screenPort: null}
  return {
    name: status.name,
    uuid: status.uuid,
    hypervisor,
    machine: machine ?? null,
    state: status.state,
    problem: status.problem ?? null,
    host: host?.name ?? null,
    mac: status.macs[0] ?? null,
    cpus: status.cpus ?? null,
    memoryMiB: status.memoryMiB ?? null,
    firmware: status.firmware ?? null,
    ...unknown,
    path: status.path ?? null,
    address: null,
    uptimeSeconds: status.uptimeSeconds ?? null,
    isOurs: false,
    drift: [],
    createdAt: null,
  }
}

/** Where the hypervisor, or the host database, says something else than was wanted of the VM. */
export function driftOf(spec: VmSpec, status: VmStatus | undefined, namesake: Host | undefined): VmDrift[] {
  if (status === undefined) return [{what: 'gone', wanted: null, found: null}]
  const differ = (what: string, wanted: string | number, found: string | number | undefined): VmDrift[] =>
    found === undefined || String(wanted) === String(found) ? [] : [{what, wanted: String(wanted), found: String(found)}]
  const mac = namesake !== undefined && isForHost(spec, namesake) ? namesake.mac : (spec.nics[0]?.mac ?? '')
  return [
    ...differ('name', spec.name, status.name),
    ...differ('cpus', spec.cpus, status.cpus),
    ...differ('memoryMiB', spec.memoryMiB, status.memoryMiB),
    ...differ('mac', mac, status.macs[0]),
    ...differ('firmware', spec.firmware, status.firmware),
    ...(status.isMarked || status.state === 'inaccessible' ? [] : [{what: 'mark', wanted: null, found: null}]),
  ]
}

/** A host by the VM's name is its host: where that was given another MAC address, the VM is to follow. */
export function isForHost(spec: Pick<VmSpec, 'name'>, host: Host): boolean {
  return host.name.toLowerCase() === spec.name.toLowerCase()
}
