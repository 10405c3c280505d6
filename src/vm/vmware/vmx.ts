// The language of .vmx files: one `key = "value"` a line, in UTF-8. Keys mean the same in any case. Pure.
//
//     .encoding = "UTF-8"
//     displayName = "tk2 |22spare|22"
//     memsize = "6552"
import {findMac} from '../../net/mac.js'

export type VmxEntry = readonly [key: string, value: string]

/** The file, from entries in their order. What would end a value, or begin an escape, is written as `|` and its hexadecimal code. */
export function renderVmx(entries: readonly VmxEntry[]): string {
  return entries.map(([key, value]) => `${key} = "${escapeValue(value)}"\n`).join('')
}

function escapeValue(value: string): string {
  return value.replace(/["|#\u0000-\u001f\u007f]/g, (character) => `|${hex(character.charCodeAt(0))}`)
}

const hex = (code: number): string => code.toString(16).toUpperCase().padStart(2, '0')

export type VmxProblem = {readonly line?: number; readonly message: string}

export type Vmx = {
  /** The keys in lower case; of a key that stands twice, the first value. */
  readonly values: ReadonlyMap<string, string>
  readonly problems: readonly VmxProblem[]
}

/** Reads such a file; lines that are none are problems, and so is a key that stands twice: VMware then refuses the whole file. */
export function parseVmx(text: string): Vmx {
  const values = new Map<string, string>()
  const problems: VmxProblem[] = []
  for (const [index, written] of text.split(/\r?\n/).entries()) {
    const line = index + 1
    if (/^\s*(?:#.*)?$/.test(written)) continue
    const [, key, value] = /^\s*([\w.:\-/]+)\s*=\s*"([^"]*)"\s*$/.exec(written) ?? []
    if (key === undefined || value === undefined) problems.push({line, message: `not of the form key = "value": ${written.trim()}`})
    else if (values.has(key.toLowerCase())) problems.push({line, message: `${key} is there already`})
    else values.set(key.toLowerCase(), unescapeValue(value))
  }
  return {values, problems}
}

function unescapeValue(value: string): string {
  return value.replace(/\|([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}

/** What VMware would refuse, or take for something else. Empty: nothing known of. */
export function checkVmx(text: string): VmxProblem[] {
  const {values, problems} = parseVmx(text)
  const value = (key: string): string | undefined => values.get(key.toLowerCase())
  const found = [...problems]
  const must = (holds: boolean, message: string): void => void (holds || found.push({message}))
  for (const key of ['config.version', 'virtualHW.version', 'guestOS', 'displayName', 'memsize', 'numvcpus']) {
    must((value(key) ?? '') !== '', `${key} is missing`)
  }
  must(value('config.version') === '8', 'config.version is not 8')
  must(isCount(value('memsize')) && Number(value('memsize')) % 4 === 0, `memsize is no multiple of 4: ${value('memsize')}`)
  const [cpus, perSocket] = [value('numvcpus'), value('cpuid.coresPerSocket') ?? '1']
  must(
    isCount(cpus) && isCount(perSocket) && Number(cpus) % Number(perSocket) === 0,
    `${cpus} CPUs cannot be in sockets of ${perSocket} cores`,
  )
  for (const [key, address] of values) {
    const card = /^(ethernet\d+)\.address$/.exec(key)?.[1]
    if (card !== undefined && value(`${card}.addressType`) === 'static') found.push(...checkStaticMac(card, address, value))
  }
  return found
}

function checkStaticMac(card: string, address: string, value: (key: string) => string | undefined): VmxProblem[] {
  if (findMac(address) === undefined) return [{message: `${card}.address is no MAC address: ${address}`}]
  const isAllowed = isVmwareStaticMac(address) || value(`${card}.checkMACAddress`)?.toUpperCase() === 'FALSE'
  return isAllowed ? [] : [{message: `${address} is not an allowed static address: VMware takes 00:50:56:00:00:00 to 00:50:56:3f:ff:ff`}]
}

/** May it be written as a static address without checkMACAddress being switched off? The range that VMware leaves to its users. */
export function isVmwareStaticMac(mac: string): boolean {
  return /^00:50:56:[0-3][0-9a-f]:/i.test(mac)
}

function isCount(text: string | undefined): boolean {
  return /^[1-9]\d*$/.test(text ?? '')
}
