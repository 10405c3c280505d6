// What `pxectl serve` tells people: one line per event (time, protocol, client, what) and the account at the end.
// Everything from clients is escaped.
import type {ServedDhcp} from '../operations/serve-dhcp.js'
import type {ServeEvent} from '../operations/serve-event.js'
import type {ServeTotals} from '../operations/serve-totals.js'
import {escapeControl} from './escape.js'
import {renderBytes} from './table.js'

/** `12:03:09 tftp 10.0.0.21 pxelinux.0 42.3 kB in 8 ms, 5.3 MB/s, blksize 1408`; undefined for events that say nothing new. */
export function renderServeEvent(event: ServeEvent, at: Date): string | undefined {
  if (event.kind === 'start') return undefined
  const time = renderTime(at)
  if (event.protocol === 'dhcp') return escapeControl(`${time} dhcp ${event.mac ?? '-'} ${event.message.replace(` ${event.mac}`, '')}`)
  const what = `${time} ${event.protocol} ${event.client} ${event.name}`
  switch (event.kind) {
    case 'done':
      return escapeControl(`${what} ${renderBytes(event.bytes)} in ${Math.round(event.durationMs)} ms${renderTerms(event)}`)
    case 'failed':
      return escapeControl(
        `${what} failed after ${renderBytes(event.bytes)}: ${event.message ?? 'no reason given'}${renderTerms({...event, message: undefined})}`,
      )
    case 'refused':
      return escapeControl(`${what} refused: ${event.message ?? 'no reason given'}`)
  }
}

/** `12:03:09`, local time. Date's own way to say it costs more than all else in the line of a small file. */
function renderTime(at: Date): string {
  return `${twoDigits(at.getHours())}:${twoDigits(at.getMinutes())}:${twoDigits(at.getSeconds())}`
}

function twoDigits(number: number): string {
  return number < 10 ? `0${number}` : String(number)
}

/** What the DHCP part does, where, and which setting says so. */
export function renderServedDhcp({mode, interface: name, address, chosenBy, range, others = []}: ServedDhcp): string {
  const where = `${name ?? 'the network'} (${address}, from ${chosenBy})`
  if (mode === 'full') return `DHCP on ${where} for the hosts of the lab${range === undefined ? '' : `, and for others from ${range}`}`
  const givers = others.filter(({kind}) => kind === 'dhcp').map(({serverId}) => serverId)
  const beside = givers.length === 0 ? 'gives no addresses' : `beside the DHCP server ${givers.join(', ')}`
  return `proxyDHCP on ${where}: names boot files to all PXE clients, ${beside}`
}

/** `stopped after 2 h 3 min: 12 transfers to 3 clients, 45.0 MB, 1 failed, 4 refused, 7 retransmits` */
export function renderServeTotals(totals: ServeTotals, durationMs: number): string {
  const {transfers, clients, bytes, errors, refused, retransmits} = totals
  const parts = [
    `${count(transfers, 'transfer')} to ${count(clients, 'client')}`,
    renderBytes(bytes),
    ...(errors === 0 ? [] : [`${errors} failed`]),
    ...(refused === 0 ? [] : [`${refused} refused`]),
    ...(retransmits === 0 ? [] : [count(retransmits, 'retransmit')]),
  ]
  return `stopped after ${renderDuration(durationMs)}: ${parts.join(', ')}`
}

/** `3 transfers`, `1 transfer` */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`
}

/** Bytes per second as `11.2 MB/s`. */
export function renderRate(bytesPerSecond: number): string {
  return `${renderBytes(bytesPerSecond)}/s`
}

/** `8 s`, `2 min 5 s`, `3 h 20 min`, `2 d 4 h`. */
export function renderDuration(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000)
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60]
  if (days > 0) return `${days} d ${hours} h`
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
}

type TransferEvent = Exclude<ServeEvent, {readonly protocol: 'dhcp'}>

/** The rate of a menu only measures how far away its client is. */
const LEAST_BYTES_FOR_RATE = 10_000

/** The rate, what was agreed, and what is odd. A rate of less than a millisecond would only measure the clock. */
function renderTerms(event: Omit<Partial<TransferEvent>, 'message'> & {readonly message?: string | undefined}): string {
  const {bytes = 0, durationMs = 0, blksize, windowsize = 1, retransmits = 0, method, status = 200, message} = event
  let terms = ''
  if (bytes >= LEAST_BYTES_FOR_RATE && durationMs >= 1) terms += `, ${renderRate((bytes * 1000) / durationMs)}`
  if (method !== undefined && method !== 'GET') terms += `, ${method}`
  if (status !== 200) terms += `, status ${status}`
  if (blksize !== undefined) terms += `, blksize ${blksize}`
  if (windowsize !== 1) terms += `, windowsize ${windowsize}`
  if (retransmits !== 0) terms += `, ${count(retransmits, 'retransmit')}`
  if (message !== undefined) terms += `, ${message}`
  return terms
}
