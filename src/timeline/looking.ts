// What several rules look for in the events of a boot. Pure.
import type {BootEvent, BootStep} from './boot-event.js'
import {stepRank} from './boot-event.js'

/** The last part of a path, in lower case. */
export function baseOf(name: string): string {
  return (
    name
      .replace(/[?#].*$/s, '')
      .split(/[/\\]/)
      .at(-1) ?? ''
  ).toLowerCase()
}

export function isFile({source}: BootEvent): boolean {
  return source === 'tftp' || source === 'http'
}

/** Sent to its end. UEFI first asks for the size of a file, and for no byte of it. */
export function isWhole(event: BootEvent): boolean {
  const {bytes = 0, sizeBytes = bytes} = event.details
  return isFile(event) && event.result === 'done' && bytes >= sizeBytes
}

/** Files of this step that were sent whole. */
export function wholeFiles(events: readonly BootEvent[], step: BootStep): BootEvent[] {
  return events.filter((event) => event.step === step && isWhole(event))
}

/** Questions for files of this step that were refused, and of which none of the same name came later. */
export function missingFiles(events: readonly BootEvent[], step: BootEvent['step']): BootEvent[] {
  const refused = events.filter((event) => event.step === step && isFile(event) && event.result === 'refused' && !isBusy(event))
  const isAmended = (missing: BootEvent): boolean =>
    events.some((event) => event.timeMs >= missing.timeMs && isWhole(event) && baseOf(event.name) === baseOf(missing.name))
  const names = new Set<string>()
  return refused.filter((event) => {
    if (isAmended(event) || names.has(event.name)) return false
    names.add(event.name)
    return true
  })
}

function isBusy({details}: BootEvent): boolean {
  return details.status === 503 || /^too many/.test(details.message ?? '')
}

/** Did the machine come to a later step than this one after the event? */
export function goesOn(events: readonly BootEvent[], after: BootEvent, step: BootStep): boolean {
  return events.some(
    (event) => event.timeMs >= after.timeMs && event !== after && event.result !== 'refused' && stepRank(event.step) > stepRank(step),
  )
}

/** The last DHCP question that says what firmware asks; iPXE says so too. */
export function lastAsker(events: readonly BootEvent[]): BootEvent | undefined {
  return events.findLast(({details}) => details.architecture !== undefined)
}

/** Everything but 0 and 20 is UEFI of some machine (RFC 4578, IANA "Processor Architecture Types"). */
export function isUefi(architecture: number): boolean {
  return architecture !== 0 && architecture !== 20
}

/** `12:03:09 UTC` */
export function clock(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(11, 19)} UTC`
}

/** `8 s`, `5 min`, `3 h`, `2 days` ago. */
export function ago(timeMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - timeMs) / 1000))
  if (seconds < 120) return `${seconds} s ago`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} min ago`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h ago` : `${Math.round(hours / 24)} days ago`
}

/** Some names, and how many more. */
export function listNames(names: readonly string[], most = 4): string {
  const shown = names.slice(0, most).join(', ')
  return names.length > most ? `${shown} and ${names.length - most} more` : shown
}
