// The VMs that pxectl made, in the host database: what was wanted of each, and where it is. What a VM is now, its hypervisor knows.
// The spec is text here; operations know what it means.
import type {Row, Sqlite} from './sqlite.js'

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

/** The store over the table `vms` of migrations.ts. */
export function vmTable(sqlite: Sqlite): VmStore {
  return {
    list: async () => sqlite.all(`select ${COLUMNS} from vms order by name`).map(recordFromRow),
    find: async (name) => sqlite.all(`select ${COLUMNS} from vms where name = ?`, name).map(recordFromRow)[0],
    put: async (record) =>
      sqlite.transaction(() => {
        sqlite.run('delete from vms where uuid = ?', record.uuid)
        const {name, uuid, hypervisor, machine, remoteUser, port, path, stage, addedHost, spec, createdAt, updatedAt} = record
        const values = [name, uuid, hypervisor, machine, remoteUser, port, path, stage, addedHost, spec, createdAt, updatedAt]
        sqlite.run(`insert into vms (${COLUMNS}) values (${values.map(() => '?').join(', ')})`, ...values.map((value) => value ?? null))
      }),
    remove: async (uuid) => sqlite.run('delete from vms where uuid = ?', uuid),
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
