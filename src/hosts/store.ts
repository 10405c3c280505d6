// What a host database can do, and how it says no.
import {PxectlError} from '../errors.js'
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import {findNearest} from '../net/nearest.js'
import type {Host, HostChange, RejectedRow, UniqueField} from './host.js'
import type {MachineStore} from './machine-store.js'
import type {PartStore} from './part-store.js'
import type {VmStore} from './vm-store.js'

/** A host that has the name, MAC or address which another one wants. */
export type HostConflict = {readonly field: UniqueField; readonly other: Host}

export interface HostStore {
  /** Every host, by name. */
  list(): Promise<Host[]>
  count(): Promise<number>
  /** Names are compared without their case, as DNS does. */
  findByName(name: string): Promise<Host | undefined>
  findByMac(mac: Mac): Promise<Host | undefined>
  findByIp(ip: Ipv4): Promise<Host | undefined>
  /** Like findByName, but throws HOST_NOT_FOUND. */
  getByName(name: string): Promise<Host>
  /** Hosts other than `except` that have the name, MAC or address of this one. */
  findConflicts(host: Host, except?: Host): Promise<HostConflict[]>
  /** Throws the first conflict: HOST_EXISTS, MAC_TAKEN or IP_TAKEN. */
  checkFree(host: Host, except?: Host): Promise<void>
  /**
   * All changes or none, and with them the id of the transaction, which makes this the commit point of a change that
   * spans more than the database. The changes lead in one step from the old state to the new one: two hosts may swap
   * addresses, and each host is named once. Throws as checkFree does, or HOST_NOT_FOUND; COMMIT_UNKNOWN where a server was lost
   * at the wrong moment: `isCommitted` tells later.
   */
  write(changes: readonly HostChange[], transactionId: string): Promise<void>
  /**
   * Runs `work` while no other machine does; the lock of the lab keeps out other processes of this one. `onWait` is called once where
   * somebody else has it. LAB_BUSY after five minutes.
   */
  exclusively<T>(onWait: () => void, work: () => Promise<T>): Promise<T>
  /** Did the write with that id happen? */
  isCommitted(transactionId: string): Promise<boolean>
  /** The id of the last write. */
  lastTransaction(): Promise<string | undefined>
  /** Rows of an old database that could not become hosts. */
  rejected(): Promise<RejectedRow[]>
  close(): Promise<void>
}

/** The hosts, and beside them the machines, the VMs and the parts that lab files made. */
export type HostDatabase = HostStore & {readonly machines: MachineStore; readonly vms: VmStore; readonly parts: PartStore}

/** The error for a host that the user named and that is not there. */
export function hostNotFound(name: string, names: Iterable<string>): PxectlError {
  const nearest = findNearest(name, names)
  return new PxectlError(`no host named ${name} in the host database`, {
    code: 'HOST_NOT_FOUND',
    kind: 'notFound',
    details: {name},
    suggestions: [...(nearest === undefined ? [] : [`did you mean ${nearest}?`]), 'pxectl host list'],
  })
}

/** The error for a value that another host has. */
export function hostConflict(host: Host, {field, other}: HostConflict): PxectlError {
  const {code, message} = {
    name: {code: 'HOST_EXISTS', message: `there is a host named ${other.name} already`},
    mac: {code: 'MAC_TAKEN', message: `the MAC address ${host.mac} belongs to the host ${other.name}`},
    ip: {code: 'IP_TAKEN', message: `the address ${host.ip} belongs to the host ${other.name}`},
  }[field]
  return new PxectlError(`${message}; nothing was changed`, {
    code,
    kind: 'conflict',
    details: {name: host.name, [field]: host[field], other: other.name},
    suggestions: [`pxectl host show ${other.name}`, ...(field === 'ip' ? ['let pxectl choose: leave --ip out'] : [])],
  })
}
