// Rows of a file into hosts: every value checked, every problem kept, so that a user can mend a file in one go.
import {messageOf} from '../errors.js'
import {parseHostname} from '../net/hostname.js'
import {parseIpv4} from '../net/ipv4.js'
import {parseHostMac} from '../net/mac.js'
import {type Host, UNIQUE_FIELDS, type UniqueField} from './host.js'

/** A host as a file describes it: all but the times. */
export type HostInput = Omit<Host, 'createdAt' | 'updatedAt'>
export type HostField = keyof HostInput

const REQUIRED: readonly HostField[] = ['name', 'ip', 'mac']

/** A host of a file, before it was looked at. Absent values are undefined, null or empty. */
export type SourceRow = {
  readonly fields: Readonly<Partial<Record<HostField, unknown>>>
  /** Where the file has lines. */
  readonly line?: number
}

/** What is wrong with a file of hosts, and where. */
export type HostProblem = {
  readonly line?: number
  /** Which host of the file, counted from 1. Absent where the file as a whole is wrong. */
  readonly row?: number
  readonly column?: string
  readonly value?: string
  readonly message: string
}

/** The good rows, and the problems of the others. An import takes all rows or, where there is a problem, none. */
export type HostRows = {readonly rows: readonly HostInput[]; readonly problems: readonly HostProblem[]}

/** The names of fields in a file that has others. */
export type Labels = Readonly<Partial<Record<HostField, string>>>

/** `message` is given the name of the column. */
type Report = (field: HostField, message: (column: string) => string) => void

export function checkRows(sources: readonly SourceRow[], labels: Labels = {}): HostRows {
  const rows: HostInput[] = []
  const problems: HostProblem[] = []
  const isRepeated = repetitions()
  sources.forEach(({fields, line}, index) => {
    const place = {...(line === undefined ? {} : {line}), row: index + 1}
    const report: Report = (field, message) => {
      const [column, value] = [labels[field] ?? field, fields[field]]
      problems.push({...place, column, ...(typeof value === 'string' ? {value} : {}), message: message(column)})
    }
    const input = readRow(fields, report)
    if (input !== undefined && !isRepeated(input, report)) rows.push(input)
  })
  return {rows, problems}
}

/** The host of one row, or undefined after reporting everything that is wrong with it. */
function readRow(fields: SourceRow['fields'], report: Report): HostInput | undefined {
  for (const field of REQUIRED) if (isAbsent(fields[field])) report(field, (column) => `${column} is empty`)
  let sound = true
  const read = <T>(field: HostField, parse: (text: string) => T): T | undefined => {
    const value = fields[field]
    if (isAbsent(value)) return undefined
    try {
      if (typeof value !== 'object') return parse(String(value))
      report(field, (column) => `${column} is no text`)
    } catch (error) {
      report(field, () => messageOf(error))
    }
    sound = false
    return undefined
  }
  const name = read('name', (text) => parseHostname(text.trim()))
  const ip = read('ip', parseIpv4)
  const mac = read('mac', parseHostMac)
  const rest = {
    root: read('root', parseFreeText),
    image: read('image', parseFreeText),
    bootArgs: read('bootArgs', parseFreeText),
    firmware: read('firmware', parseFirmware),
    dhcp: read('dhcp', parseYesNo) ?? true,
  }
  return sound && name !== undefined && ip !== undefined && mac !== undefined ? {name, ip, mac, ...rest} : undefined
}

const WORDS: Readonly<Record<UniqueField, string>> = {name: 'name', mac: 'MAC address', ip: 'address'}

/** Reports a host whose name, MAC or address an earlier one has. */
function repetitions(): (input: HostInput, report: Report) => boolean {
  const owners = {name: new Map<string, string>(), mac: new Map<string, string>(), ip: new Map<string, string>()}
  return (input, report) => {
    const ownerOf = (field: UniqueField): string | undefined => owners[field].get(input[field].toLowerCase())
    const repeated = UNIQUE_FIELDS.filter((field) => ownerOf(field) !== undefined)
    for (const field of repeated) report(field, () => `the host ${ownerOf(field)} has the same ${WORDS[field]}`)
    if (repeated.length === 0) for (const field of UNIQUE_FIELDS) owners[field].set(input[field].toLowerCase(), input.name)
    return repeated.length > 0
  }
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
}

/** Line breaks and the like would start new lines in boot menus and DHCP configurations. */
function parseFreeText(text: string): string {
  const bad = /\p{Cc}/u.exec(text)
  if (bad !== null) throw new Error(`${JSON.stringify(text)} has the control character ${JSON.stringify(bad[0])}`)
  return text
}

function parseFirmware(text: string): Host['firmware'] {
  const word = text.trim().toLowerCase()
  if (word === 'any') return undefined
  if (word === 'bios' || word === 'uefi') return word
  throw new Error(`"${text}" is no firmware: use bios, uefi or any`)
}

function parseYesNo(text: string): boolean {
  const word = text.trim().toLowerCase()
  if (['yes', 'true', 'on', '1'].includes(word)) return true
  if (['no', 'false', 'off', '0'].includes(word)) return false
  throw new Error(`"${text}" is neither yes nor no`)
}
