// Adds many hosts at once, from CSV, JSON, YAML or an old pxe.db: all of them, with one DHCP restart, or none.
import {hostBootFiles} from '../boot/host-files.js'
import type {BootContext} from '../boot/menu.js'
import {messageOf, PxectlError} from '../errors.js'
import type {Host, HostChange} from '../hosts/host.js'
import {readHostFile, type HostFileFormat, type HostInput, type HostProblem} from '../hosts/import.js'
import type {Lab} from '../lab/open-lab.js'
import {bootHostOf, readBootContext} from './boot-context.js'
import {changeLab, type Changed, type ChangeOptions} from './change-lab.js'
import {checkHost} from './check-host.js'
import {desiredBootOptions} from './dhcp-desired.js'
import {leaseNotes, readLeasedAddresses} from './leased-addresses.js'
import {reservationOf} from './reservations.js'

export const importFormats = ['csv', 'json', 'yaml', 'pxe-db'] as const satisfies readonly HostFileFormat[]

export type ImportOptions = ChangeOptions & {
  /** Undefined: the file's content and name tell. */
  readonly format: HostFileFormat | undefined
  /** Change hosts that are there already, by name, instead of refusing. */
  readonly update: boolean
  readonly now: () => Date
}

export type Imported = {
  readonly hosts: readonly Host[]
  readonly added: number
  readonly updated: number
  readonly notes: readonly string[]
}

export async function importHosts(lab: Lab, path: string, options: ImportOptions): Promise<Changed<Imported>> {
  const read = await readHostFile(path, options.format)
  return changeLab(lab, options, async () => {
    const context = await readBootContext(lab)
    const {changes, problems, notes} = await planImport(lab, read.rows, context, options)
    const all = [...read.problems, ...problems]
    if (all.length > 0) throw refused(path, all, read.problems.length > 0)
    const hosts = changes.map((change) => change.host)
    const upsert = changes.filter(({host}) => host.dhcp).map(({kind, host}) => ({reservation: reservationOf(host), isNew: kind === 'add'}))
    const change = {
      hosts: changes,
      dhcp: upsert.length === 0 ? undefined : {upsert, remove: [], ...desiredBootOptions(lab)},
      bootFiles: new Map(hosts.flatMap((host) => [...hostBootFiles(bootHostOf(host), context)])),
    }
    const added = changes.filter((one) => one.kind === 'add').length
    return {change, answer: {hosts, added, updated: changes.length - added, notes}}
  })
}

type PlannedImport = {readonly changes: Exclude<HostChange, {kind: 'remove'}>[]; readonly problems: HostProblem[]; readonly notes: string[]}

async function planImport(lab: Lab, rows: readonly HostInput[], context: BootContext, options: ImportOptions): Promise<PlannedImport> {
  const planned: PlannedImport = {changes: [], problems: [], notes: []}
  const now = options.now().toISOString()
  const leased = await readLeasedAddresses(lab, options.now())
  planned.notes.push(...leased.warnings)
  for (const input of rows) {
    try {
      const before = options.update ? await lab.store.findByName(input.name) : undefined
      const host = {...input, createdAt: before?.createdAt ?? now, updatedAt: now}
      await lab.store.checkFree(host, before)
      planned.notes.push(...(await checkHost(lab, host, context)), ...leaseNotes(leased, host))
      planned.changes.push(before === undefined ? {kind: 'add', host} : {kind: 'update', name: before.name, host})
    } catch (error) {
      planned.problems.push({message: `${input.name}: ${messageOf(error)}`})
    }
  }
  return planned
}

const LISTED = 50

/** Good rows that clash with what is there are a conflict, not a bad file. */
function refused(path: string, problems: readonly HostProblem[], isBadFile: boolean): PxectlError {
  const more = problems.length > LISTED ? [`  … and ${problems.length - LISTED} more (all with --json)`] : []
  const lines = problems.slice(0, LISTED).map(({line, row, message}) => {
    const place = line === undefined ? (row === undefined ? '' : `row ${row}: `) : `line ${line}: `
    return `  ${place}${message}`
  })
  return new PxectlError(
    [`${path} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}; nothing was imported`, ...lines, ...more].join(
      '\n',
    ),
    {
      code: 'HOST_ROWS_INVALID',
      kind: isBadFile ? 'invalidData' : 'conflict',
      details: {path, problems},
      suggestions: ['mend these and import again', 'to change hosts that are there already: --update'],
    },
  )
}
