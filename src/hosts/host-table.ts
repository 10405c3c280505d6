// The store over the tables of migrations.ts.
import {type Host, type HostChange, UNIQUE_FIELDS, type UniqueField} from './host.js'
import type {Row, Sqlite} from './sqlite.js'
import {isUniqueViolation} from './sqlite-error.js'
import {type HostConflict, hostConflict, hostNotFound, type HostStore} from './store.js'

const COLUMNS = 'name, ip, mac, root, image, boot_args, firmware, dhcp, created_at, updated_at'
const CHUNK = 1000

export function hostTable(sqlite: Sqlite): HostStore {
  const find = (field: UniqueField, value: string): Host | undefined => {
    const [row] = sqlite.all(`select json_array(${COLUMNS}) as cells from hosts where ${field} = ?`, value)
    return row === undefined ? undefined : hostFromCells(jsonOf(row, 'cells') as Cells)
  }
  const get = (name: string): Host => {
    const host = find('name', name)
    if (host === undefined) throw hostNotFound(name, readCells(sqlite, 'name', 'hosts').flat().map(String))
    return host
  }
  const findConflicts = (host: Host, except?: Host): HostConflict[] =>
    UNIQUE_FIELDS.flatMap((field) => {
      const other = find(field, host[field])
      return other === undefined || other.name === except?.name ? [] : [{field, other}]
    })
  const checkFree = (host: Host, except?: Host): void => {
    const [conflict] = findConflicts(host, except)
    if (conflict !== undefined) throw hostConflict(host, conflict)
  }
  const insert = (hosts: readonly Host[]): void => {
    try {
      insertAtOnce(sqlite, hosts)
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      // The indexes keep hosts unique; going one by one only finds out which host it was, and whom it met.
      if (hosts.length > 1) return hosts.forEach((host) => insert([host]))
      hosts.forEach((host) => checkFree(host))
      throw error
    }
  }
  const write = (changes: readonly HostChange[], transactionId: string): void => {
    // What goes, goes first, and so hosts can swap names and addresses.
    for (const change of changes) if (change.kind !== 'add') sqlite.run('delete from hosts where name = ?', get(change.name).name)
    const hosts = changes.flatMap((change) => (change.kind === 'remove' ? [] : [change.host]))
    for (let at = 0; at < hosts.length; at += CHUNK) insert(hosts.slice(at, at + CHUNK))
    sqlite.run("insert or replace into meta (key, value) values ('last_transaction', ?)", transactionId)
  }
  const lastTransaction = (): string | undefined => {
    const [row] = sqlite.all("select value from meta where key = 'last_transaction'")
    return row === undefined ? undefined : String(row['value'])
  }
  return {
    list: async () => (readCells(sqlite, COLUMNS, 'hosts order by name') as unknown as Cells[]).map(hostFromCells),
    count: async () => Number(sqlite.all('select count(*) as count from hosts')[0]?.['count']),
    findByName: async (name) => find('name', name),
    findByMac: async (mac) => find('mac', mac),
    findByIp: async (ip) => find('ip', ip),
    getByName: async (name) => get(name),
    findConflicts: async (host, except) => findConflicts(host, except),
    checkFree: async (host, except) => checkFree(host, except),
    write: async (changes, transactionId) => sqlite.transaction(() => write(changes, transactionId)),
    // A file is changed by one machine, and by one process of it after the other.
    exclusively: (_, work) => work(),
    isCommitted: async (transactionId) => lastTransaction() === transactionId,
    lastTransaction: async () => lastTransaction(),
    rejected: async () =>
      sqlite
        .all('select row, reason from rejected_hosts order by rowid')
        .map((row) => ({row: jsonOf(row, 'row') as Record<string, string | null>, reason: String(row['reason'])})),
    close: async () => sqlite.close(),
  }
}

/** One statement for many hosts: a call of the driver per host would take twice as long. */
export function insertAtOnce(sqlite: Sqlite, hosts: readonly Host[]): void {
  const places = COLUMNS.split(', ').map((_, index) => `value ->> ${index}`)
  sqlite.run(`insert into hosts (${COLUMNS}) select ${places.join(', ')} from json_each(?)`, JSON.stringify(hosts.map(hostToCells)))
}

/** All rows in one JSON text: three times as quick as row by row. `source` is what follows FROM. */
export function readCells(sqlite: Sqlite, columns: string, source: string): unknown[][] {
  const [row] = sqlite.all(`select json_group_array(json(cells)) as rows from (select json_array(${columns}) as cells from ${source})`)
  return row === undefined ? [] : (jsonOf(row, 'rows') as unknown[][])
}

function jsonOf(row: Row, column: string): unknown {
  return JSON.parse(String(row[column]))
}

type Text = string | null
/** A row in the order of COLUMNS. */
type Cells = readonly [Text, Text, Text, Text, Text, Text, Text, number, Text, Text]

function hostToCells(host: Host): unknown[] {
  const {name, ip, mac, root, image, bootArgs, firmware, dhcp, createdAt, updatedAt} = host
  return [name, ip, mac, root ?? null, image ?? null, bootArgs ?? null, firmware ?? null, dhcp ? 1 : 0, createdAt, updatedAt]
}

/** Values were checked before they were written; the casts say no more than that. */
function hostFromCells([name, ip, mac, root, image, bootArgs, firmware, dhcp, createdAt, updatedAt]: Cells): Host {
  return {
    name: name as Host['name'],
    ip: ip as Host['ip'],
    mac: mac as Host['mac'],
    root: root ?? undefined,
    image: image ?? undefined,
    bootArgs: bootArgs ?? undefined,
    firmware: (firmware as Host['firmware'] | null) ?? undefined,
    dhcp: dhcp === 1,
    createdAt: createdAt as string,
    updatedAt: updatedAt as string,
  }
}
