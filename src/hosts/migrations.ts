// The schema of the host database, step by step. SQLite's user_version is the number of steps done; its application_id
// tells our files from those of any other program that counts in user_version too.
//
// Names are unique without their case (nocase), because DNS does not tell tk2 and TK2 apart.
import type {Sqlite} from './sqlite.js'

const STEPS: readonly string[] = [
  `create table hosts (
     name text not null unique collate nocase,
     ip text not null unique,
     mac text not null unique,
     root text,
     image text,
     boot_args text,
     firmware text check (firmware in ('bios', 'uefi')),
     dhcp integer not null default 1 check (dhcp in (0, 1)),
     created_at text not null,
     updated_at text not null
   );
   create table meta (key text primary key, value text not null);
   create table rejected_hosts (row text not null, reason text not null);`,
  `create table machines (
     name text not null unique collate nocase,
     remote_user text,
     port integer,
     probed_at text not null,
     facts text not null
   );`,
  `create table lab_file_parts (
     kind text not null,
     name text not null,
     file text not null,
     state text not null,
     primary key (kind, name)
   );`,
  `create table vms (
     name text not null unique collate nocase,
     uuid text not null unique,
     hypervisor text not null check (hypervisor in ('virtualbox', 'vmware', 'qemu')),
     machine text,
     remote_user text,
     port integer,
     path text,
     stage text not null check (stage in ('creating', 'ready')),
     added_host text,
     spec text not null,
     created_at text not null,
     updated_at text not null
   );`,
]

/** The tables above, whose names nobody else may have in the file. */
export const OUR_TABLES: readonly string[] = ['hosts', 'meta', 'rejected_hosts', 'machines', 'lab_file_parts', 'vms']

/** How many steps this program knows. */
export const SCHEMA_VERSION = STEPS.length

/** "pxec" */
const APPLICATION_ID = 0x70786563

/** The columns of the table `hosts` of pxe_manager.py. */
export const OLD_COLUMNS = ['hostname', 'ip', 'macaddress', 'root'] as const

export type Schema = {/** How many steps were done. */ readonly version: number; /** Made by pxectl. */ readonly ours: boolean}

export function readSchema(sqlite: Sqlite): Schema {
  const [row] = sqlite.all('select user_version, application_id from pragma_user_version, pragma_application_id')
  return {version: Number(row?.['user_version']), ours: row?.['application_id'] === APPLICATION_ID}
}

/** Is there nothing to migrate? */
export function isCurrent(sqlite: Sqlite): boolean {
  const {version, ours} = readSchema(sqlite)
  return ours && version === SCHEMA_VERSION
}

/** Does the steps after `from`. Belongs in a transaction. */
export function migrate(sqlite: Sqlite, from: number): void {
  for (const step of STEPS.slice(from)) sqlite.script(step)
  sqlite.script(`pragma application_id = ${APPLICATION_ID}; pragma user_version = ${SCHEMA_VERSION}`)
}
