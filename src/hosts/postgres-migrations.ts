// The schema of the host database on PostgreSQL, step by step; `meta` counts them. A lab has a schema of its own.
//
// Names are unique without their case, because DNS does not tell tk2 and TK2 apart. Texts have the collation C: their order is that of
// SQLite, whatever the locale of the server.
import {PxectlError} from '../errors.js'
import {renderDatabase} from './database-place.js'
import type {Postgres, Query} from './postgres.js'

const STEPS: readonly string[] = [
  `create table meta (key text primary key, value text not null);
   create table hosts (
     name text collate "C" not null,
     ip text collate "C" not null unique,
     mac text collate "C" not null unique,
     root text,
     image text,
     boot_args text,
     firmware text check (firmware in ('bios', 'uefi')),
     dhcp boolean not null default true,
     created_at text not null,
     updated_at text not null
   );
   create unique index hosts_name on hosts (lower(name));
   create table commits (number bigint generated always as identity primary key, id text not null unique);
   create table rejected_hosts (number bigint generated always as identity primary key, row text not null, reason text not null);
   create table machines (
     name text collate "C" not null,
     remote_user text,
     port integer,
     probed_at text not null,
     facts text not null
   );
   create unique index machines_name on machines (lower(name));
   create table lab_file_parts (
     kind text collate "C" not null,
     name text collate "C" not null,
     file text not null,
     state text not null,
     primary key (kind, name)
   );
   create table vms (
     name text collate "C" not null,
     uuid text not null primary key,
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
   );
   create unique index vms_name on vms (lower(name));`,
]

/** How many steps this program knows. */
export const POSTGRES_SCHEMA_VERSION = STEPS.length

/** How many steps were done; 0: the schema has no tables of ours, or is not there. */
export async function readPostgresVersion(query: Query, schema: string): Promise<number> {
  // Not to_regclass: what another program committed a moment ago, its cache may not know.
  const [table] = await query(
    "select 1 as found from pg_class join pg_namespace on pg_namespace.oid = relnamespace where nspname = $1 and relname = 'meta'",
    schema,
  )
  if (table === undefined) return 0
  const [row] = await query("select value from meta where key = 'schema_version'")
  return Number(row?.['value'] ?? 0)
}

/**
 * Brings the schema to the present version; of several machines that try at once one does it. `create`: where there is none, it is made;
 * else DATABASE_MISSING. Throws DATABASE_TOO_NEW, DATABASE_FORBIDDEN.
 */
export async function migratePostgres(postgres: Postgres, place: string, {create}: {readonly create: boolean}): Promise<void> {
  const {schema} = postgres
  const found = await readPostgresVersion(postgres.query, schema)
  if (found === 0 && !create) throw schemaMissing(place, schema)
  if (found > POSTGRES_SCHEMA_VERSION) throw tooNew(place, found)
  if (found === POSTGRES_SCHEMA_VERSION) return
  await postgres.transaction(async (query) => {
    await query('select pg_advisory_xact_lock(hashtext($1))', `pxectl migrate ${schema}`)
    const version = await readPostgresVersion(query, schema)
    if (version > POSTGRES_SCHEMA_VERSION) throw tooNew(place, version)
    // `create schema if not exists` asks for the right to make one even where it is there.
    const [there] = await query('select 1 as found from pg_namespace where nspname = $1', schema)
    if (there === undefined) await query(`create schema "${schema}"`)
    for (const step of STEPS.slice(version)) await query(step)
    await query(
      "insert into meta (key, value) values ('schema_version', $1) on conflict (key) do update set value = excluded.value",
      String(POSTGRES_SCHEMA_VERSION),
    )
  })
}

function schemaMissing(place: string, schema: string): PxectlError {
  return new PxectlError(`${renderDatabase(place)} has no host database yet: there are no tables of pxectl in its schema ${schema}`, {
    code: 'DATABASE_MISSING',
    kind: 'notFound',
    details: {database: renderDatabase(place), schema},
    suggestions: ['make them: pxectl db migrate', 'or bring the hosts of a lab there: pxectl db copy'],
  })
}

function tooNew(place: string, version: number): PxectlError {
  return new PxectlError(
    `the host database ${renderDatabase(place)} was made by a newer pxectl (schema ${version}, this one knows ${POSTGRES_SCHEMA_VERSION}); it was not touched`,
    {
      code: 'DATABASE_TOO_NEW',
      kind: 'invalidData',
      details: {database: renderDatabase(place), version, known: POSTGRES_SCHEMA_VERSION},
      suggestions: ['upgrade pxectl'],
    },
  )
}
