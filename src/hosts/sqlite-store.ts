// The host database in a SQLite file.
import {hostTable} from './host-table.js'
import {machineTable, type MachineStore} from './machine-store.js'
import {openDatabase} from './open-database.js'
import {partTable, type PartStore} from './part-store.js'
import type {HostStore} from './store.js'
import {vmTable, type VmStore} from './vm-store.js'

/** The hosts, and in the same file the machines, the VMs and the parts that lab files made. */
export type HostDatabase = HostStore & {readonly machines: MachineStore; readonly vms: VmStore; readonly parts: PartStore}

/** Opens the database; `create` makes a missing one. An old pxe.db is backed up and taken over (old-database.ts). */
export async function openSqliteStore(path: string, options: {readonly create: boolean}): Promise<HostDatabase> {
  const sqlite = await openDatabase(path, options)
  return {...hostTable(sqlite), machines: machineTable(sqlite), vms: vmTable(sqlite), parts: partTable(sqlite)}
}
