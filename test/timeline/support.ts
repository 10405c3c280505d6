// Events of a boot in few words.
import type {Ipv4} from '../../src/net/ipv4.js'
import type {Mac} from '../../src/net/mac.js'
import type {BootEvent, BootEventDetails} from '../../src/timeline/boot-event.js'
import {stepOfName} from '../../src/timeline/classify-name.js'
import {explainEvents} from '../../src/timeline/explain.js'
import type {LabFacts} from '../../src/timeline/finding.js'
import type {BootExpectation} from '../../src/timeline/boot-state.js'

export const MAC = '08:00:27:12:34:56' as Mac
export const IP = '192.168.56.21' as Ipv4
export const SERVER = '192.168.56.1'
export const START_MS = Date.UTC(2026, 0, 5, 12, 0, 0)

/** Seconds after the start. */
const at = (seconds: number): number => START_MS + seconds * 1000

export function dhcp(seconds: number, name: string, details: BootEventDetails = {}, more: Partial<BootEvent> = {}): BootEvent {
  const isAnswer = name === 'offer' || name === 'ack'
  const isNo = name === 'nak' || name === 'decline' || name === 'ignored'
  return {
    timeMs: at(seconds),
    mac: MAC,
    ip: isAnswer ? IP : undefined,
    source: 'dhcp',
    step: details.asker === 'system' ? 'other' : isAnswer ? 'offered' : 'asked',
    name,
    result: isNo ? 'refused' : 'done',
    details: isAnswer ? {server: SERVER, ...details} : details,
    ...more,
  }
}

/** The four messages of a machine that gets its address. `filename` is what the answers name. */
export function leased(seconds: number, filename: string, details: BootEventDetails = {asker: 'pxe', architecture: 0}): BootEvent[] {
  return [
    dhcp(seconds, 'discover', details),
    dhcp(seconds, 'offer', {filename, ...(details.asker === undefined ? {} : {asker: details.asker})}),
    dhcp(seconds + 1, 'request', {...details, server: SERVER}),
    dhcp(seconds + 1, 'ack', {filename, ...(details.asker === undefined ? {} : {asker: details.asker})}),
  ]
}

export function file(
  seconds: number,
  name: string,
  result: BootEvent['result'] = 'done',
  details: BootEventDetails = {},
  source: 'tftp' | 'http' = 'tftp',
): BootEvent {
  const given = result === 'done' ? {bytes: 1000, sizeBytes: 1000} : {}
  return {timeMs: at(seconds), mac: MAC, ip: IP, source, step: stepOfName(name), name, result, details: {...given, ...details}}
}

export function facts(more: Partial<LabFacts> = {}, seconds = 600): LabFacts {
  return {
    nowMs: at(seconds),
    host: {isKnown: true, name: 'tk2', mac: MAC, ip: IP, firmware: undefined, dhcp: true, root: undefined},
    server: SERVER,
    backend: 'builtin',
    bootsLocally: false,
    image: 'debian12',
    unknown: [],
    lastSeenMs: at(seconds) - 5000,
    dhcpServers: undefined,
    ...more,
  }
}

/** The codes of what is found, most certain first. */
export function codes(events: readonly BootEvent[], given: LabFacts = facts(), expectation: BootExpectation = {}): string[] {
  return findings(events, given, expectation).map(({code}) => code)
}

export function findings(events: readonly BootEvent[], given: LabFacts = facts(), expectation: BootExpectation = {}) {
  return explainEvents(events, given, expectation).findings
}
