// What the servers tell while they run, as events of a timeline. Pure.
import type {TransferEvent} from '../bootfiles/transfer-event.js'
import type {Dhcp4Event} from '../dhcp4/event.js'
import {findIpv4} from '../net/ipv4.js'
import type {BootEvent, BootEventDetails} from '../timeline/boot-event.js'
import {macInName, stepOfName} from '../timeline/classify-name.js'
import type {ServeEvent} from './serve-event.js'

/** Smaller files are through before anybody can look: their beginning is no event. */
export const LARGE_BYTES = 1_000_000

/** So much of a text that clients or servers made is kept. */
const MOST_TEXT = 255

/** undefined for what a timeline does without. */
export function bootEventOf(event: ServeEvent, timeMs: number): BootEvent | undefined {
  return event.protocol === 'dhcp' ? ofDhcp(event, timeMs) : ofTransfer(event, timeMs)
}

function ofTransfer(event: TransferEvent, timeMs: number): BootEvent | undefined {
  const {protocol, kind, client, name, sizeBytes, message, blksize, retransmits = 0, status} = event
  if (kind === 'start' && (sizeBytes ?? 0) < LARGE_BYTES) return undefined
  const details: BootEventDetails = {
    bytes: event.bytes,
    durationMs: Math.round(event.durationMs),
    ...(sizeBytes === undefined ? {} : {sizeBytes}),
    ...(message === undefined ? {} : {message: cut(message)}),
    ...(blksize === undefined ? {} : {blksize}),
    ...(retransmits === 0 ? {} : {retransmits}),
    ...(status === undefined ? {} : {status}),
  }
  const result = kind === 'start' ? 'begun' : kind
  return {timeMs, mac: macInName(name), ip: findIpv4(client), source: protocol, step: stepOfName(name), name: cut(name), result, details}
}

function ofDhcp(event: Dhcp4Event, timeMs: number): BootEvent | undefined {
  const {kind, mac, ip, asker, firmware, server, filename, message} = event
  if (mac === undefined) return undefined
  const isAnswer = kind === 'offer' || kind === 'ack'
  const isNo = kind === 'nak' || kind === 'decline' || kind === 'ignored' || kind === 'failed'
  // A note repeats the kind of its request, whose event said it already.
  if (firmware === undefined && !isAnswer && !isNo) return undefined
  const details: BootEventDetails = {
    ...(asker === undefined ? {} : {asker}),
    ...(firmware === undefined || asker === 'system' ? {} : {architecture: firmware.architecture}),
    ...(firmware?.uuid === undefined ? {} : {uuid: firmware.uuid}),
    ...(server === undefined ? {} : {server}),
    ...(isAnswer ? {filename: cut(filename ?? '')} : {}),
    ...(isNo ? {message: cut(message)} : {}),
  }
  const step = asker === 'system' ? 'other' : isAnswer ? 'offered' : 'asked'
  return {timeMs, mac, ip, source: 'dhcp', step, name: kind, result: isNo ? 'refused' : 'done', details}
}

function cut(text: string): string {
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text
}
