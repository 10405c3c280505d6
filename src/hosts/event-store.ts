// What was seen of booting machines, in a SQLite file of its own beside the host database: anybody on the wire can make
// events, and must not make the hosts wait, grow or be written to. Losing it costs nothing but the memory of some boots, so it is not
// flushed to the disk, and one that is damaged or of another version is begun anew.
//
// Bounded three ways: events of one client, of all hosts, of all others.
import {PxectlError} from '../errors.js'
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import {removeFile} from '../system/files.js'
import type {BootEvent} from '../timeline/boot-event.js'
import {openSqlite, type Row, type Sqlite} from './sqlite.js'

/** An event with its number, which grows from event to event. */
export type StoredEvent = BootEvent & {readonly id: number}

/** `isKnown`: it is of a host; such events are kept longer. */
export type NewEvent = {readonly event: BootEvent; readonly isKnown: boolean}

export type EventQuery = {
  /** Of these clients only: MAC or IP addresses. */
  readonly clients?: readonly string[]
  readonly afterId?: number
  readonly sinceMs?: number
  /** The newest so many. */
  readonly limit: number
}

/** A client in short. */
export type ClientSummary = {
  readonly mac: Mac
  readonly firstMs: number
  readonly lastMs: number
  readonly count: number
}

export interface EventStore {
  /** Oldest first. */
  read(query: EventQuery): StoredEvent[]
  /** Clients with a MAC, last seen first. */
  clients(limit: number): ClientSummary[]
  add(events: readonly NewEvent[]): void
  close(): void
}

export type EventBounds = {readonly perClient: number; readonly known: number; readonly unknown: number}

/** A boot makes ten to a hundred events. */
export const EVENT_BOUNDS: EventBounds = {perClient: 400, known: 100_000, unknown: 10_000}

const VERSION = 1
const SCHEMA = `
  create table events (
    id integer primary key autoincrement,
    time_ms integer not null,
    client text not null,
    known integer not null,
    mac text,
    ip text,
    source text not null,
    step text not null,
    name text not null,
    result text not null,
    details text not null
  );
  create index events_by_client on events (client, id);
  create index events_by_known on events (known, id);
  pragma user_version = ${VERSION};`

const COLUMNS = 'time_ms, client, known, mac, ip, source, step, name, result, details'
const BUSY_TIMEOUT_MS = 200

/** Opens the record for writing; makes it where there is none. */
export async function openEventStore(path: string, bounds: EventBounds = EVENT_BOUNDS): Promise<EventStore> {
  try {
    return eventTable(prepare(path), bounds)
  } catch (error) {
    // Anything else, such as a lock or a full disk, is no reason to throw it away.
    if (!(error instanceof PxectlError) || error.code !== 'DATABASE_CORRUPT') throw error
    await removeFile(path)
    await removeFile(`${path}-journal`)
    return eventTable(prepare(path), bounds)
  }
}

function prepare(path: string): Sqlite {
  const sqlite = openSqlite(path)
  try {
    sqlite.all(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`)
    sqlite.all('pragma synchronous = off')
    // The journal stays where it is, for after `serve --user` no file can be made beside the database.
    sqlite.all('pragma journal_mode = persist')
    if (versionOf(sqlite) !== VERSION) begin(sqlite)
    return sqlite
  } catch (error) {
    sqlite.close()
    throw error
  }
}

function begin(sqlite: Sqlite): void {
  sqlite.transaction(() => {
    // Another process may have come first.
    if (versionOf(sqlite) === VERSION) return
    sqlite.script(`drop table if exists events; ${SCHEMA}`)
  })
}

function versionOf(sqlite: Sqlite): number {
  return Number(sqlite.all('pragma user_version')[0]?.['user_version'])
}

function eventTable(sqlite: Sqlite, bounds: EventBounds): EventStore {
  return {
    read: (query) => readEvents(sqlite, query),
    clients: (limit) =>
      sqlite
        .all(
          `select mac, min(time_ms) as first, max(time_ms) as last, count(*) as count from events
           where mac is not null group by mac order by last desc limit ?`,
          limit,
        )
        .map((row) => ({mac: row['mac'] as Mac, firstMs: Number(row['first']), lastMs: Number(row['last']), count: Number(row['count'])})),
    add: (events) => sqlite.transaction(() => addEvents(sqlite, events, bounds)),
    close: () => sqlite.close(),
  }
}

function readEvents(sqlite: Sqlite, {clients, afterId = 0, sinceMs = 0, limit}: EventQuery): StoredEvent[] {
  const ofClients = clients === undefined ? '' : 'and client in (select value from json_each(?))'
  const values = [afterId, sinceMs, ...(clients === undefined ? [] : [JSON.stringify(clients)]), limit]
  const rows = sqlite.all(
    `select id, ${COLUMNS} from events where id > ? and time_ms >= ? ${ofClients} order by id desc limit ?`,
    ...values,
  )
  return rows.reverse().map(eventOfRow)
}

function addEvents(sqlite: Sqlite, events: readonly NewEvent[], {perClient, known, unknown}: EventBounds): void {
  const places = COLUMNS.split(', ').map((_, index) => `value ->> ${index}`)
  sqlite.run(`insert into events (${COLUMNS}) select ${places.join(', ')} from json_each(?)`, JSON.stringify(events.map(cellsOf)))
  // Hardly any client has too many: they are found in one go.
  const clients = JSON.stringify([...new Set(events.map(({event}) => clientOf(event)))])
  const inBatch = 'client in (select value from json_each(?))'
  for (const row of sqlite.all(`select client from events where ${inBatch} group by client having count(*) > ?`, clients, perClient)) {
    const oldest = '(select id from events where client = ? order by id desc limit 1 offset ?)'
    sqlite.run(`delete from events where client = ? and id <= ${oldest}`, row['client'], row['client'], perClient)
  }
  for (const [isKnown, most] of [
    [1, known],
    [0, unknown],
  ] as const) {
    const oldest = '(select id from events where known = ? order by id desc limit 1 offset ?)'
    sqlite.run(`delete from events where known = ? and id <= ${oldest}`, isKnown, isKnown, most)
  }
}

/** Whose event it is: a MAC where one is known, else an address. */
function clientOf({mac, ip}: BootEvent): string {
  return mac ?? ip ?? ''
}

function cellsOf({event, isKnown}: NewEvent): unknown[] {
  const {timeMs, mac, ip, source, step, name, result, details} = event
  return [
    Math.round(timeMs),
    clientOf(event),
    isKnown ? 1 : 0,
    mac ?? null,
    ip ?? null,
    source,
    step,
    storable(name),
    result,
    JSON.stringify(details),
  ]
}

/** SQLite's text ends at a NUL, and half a character would end the process (sqlite.ts). */
function storable(text: string): string {
  return Buffer.from(text).toString().replaceAll('\0', '\ufffd')
}

/** Only we write the file; the casts say no more than that. */
function eventOfRow(row: Row): StoredEvent {
  return {
    id: Number(row['id']),
    timeMs: Number(row['time_ms']),
    mac: (row['mac'] as Mac | null) ?? undefined,
    ip: (row['ip'] as Ipv4 | null) ?? undefined,
    source: row['source'] as BootEvent['source'],
    step: row['step'] as BootEvent['step'],
    name: String(row['name']),
    result: row['result'] as BootEvent['result'],
    details: JSON.parse(String(row['details'])) as BootEvent['details'],
  }
}
