// The VMs that pxectl made, in the host database: what was wanted of each, and where it is. What a VM is now, its hypervisor knows.
// The spec is text here; operations know what it means.
import {places, type Sql, type Statement} from './sql.js'
import type {Row} from './sqlite.js'

export type VmRecord = {
  readonly name: string
  readonly uuid: string
  readonly hypervisor: 'virtualbox' | 'vmware' | 'qemu'
  /** The machine that runs it, reached by ssh; undefined: this one. */
  readonly machine: string | undefined
  readonly remoteUser: string | undefined
  readonly port: number | undefined
  /** Its folder or file there; undefined until it is made. */
  readonly path: string | undefined
  /** `creating`: being made, or left half-made by a process that died. */
  readonly stage: 'creating' | 'ready'
  /** A host that was made for it, and goes again if the VM cannot be made. */
  readonly addedHost: string | undefined
  readonly spec: string
  /** ISO 8601, UTC. */
  readonly createdAt: string
  readonly updatedAt: string
}

export interface VmStore {
  /** Every VM, by name. */
  list(): Promise<VmRecord[]>
  /** Names are compared without their case, as file systems of Windows and macOS do. */
  find(name: string): Promise<VmRecord | undefined>
  /** Adds it, or replaces the one with the same UUID. */
  put(record: VmRecord): Promise<void>
  /** Nothing happens where there is none. */
  remove(uuid: string): Promise<void>
}

const COLUMNS = 'name, uuid, hypervisor, machine, remote_user, port, path, stage, added_host, spec, created_at, updated_at'

/** The store over the table `vms` of migrations.ts and postgres-migrations.ts. */
export function vmTable(sql: Sql): VmStore {
  const removal = (uuid: string): Statement => ['delete from vms where uuid = $1', uuid]
  return {
    list: async () => (await sql.all(`select ${COLUMNS} from vms order by lower(name)`)).map(recordFromRow),
    find: async (name) => (await sql.all(`select ${COLUMNS} from vms where lower(name) = lower($1)`, name)).map(recordFromRow)[0],
    put: (record) => {
      const {name, uuid, hypervisor, machine, remoteUser, port, path, stage, addedHost, spec, createdAt, updatedAt} = record
      const values = [name, uuid, hypervisor, machine, remoteUser, port, path, stage, addedHost, spec, createdAt, updatedAt]
      const insertion = `insert into vms (${COLUMNS}) values (${places(values.length)})`
      return sql.batch([removal(uuid), [insertion, ...values.map((value) => value ?? null)]])
    },
    remove: (uuid) => sql.batch([removal(uuid)]),
  }
}

function recordFromRow(row: Row): VmRecord {
  const text = (name: string): string | undefined => (row[name] === null ? undefined : String(row[name]))
  return {
    name: String(row['name']),
    uuid: String(row['uuid']),
    hypervisor: String(row['hypervisor']) as VmRecord['hypervisor'],
    machine: text('machine'),
    remoteUser: text('remote_user'),
    port: row['port'] === null ? undefined : Number(row['port']),
    path: text('path'),
    stage: String(row['stage']) as VmRecord['stage'],
    addedHost: text('added_host'),
    spec: String(row['spec']),
    createdAt: String(row['created_at']),
    updatedAt: String(row['updated_at']),
  }
}
