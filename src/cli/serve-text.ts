// One line per event of `pxectl serve`: time, protocol, client, what. Everything from clients is escaped.
import type {ServeEvent} from '../operations/serve.js'
import {escapeControl} from './escape.js'
import {renderBytes} from './table.js'

/** `12:03:09 tftp 10.0.0.21 pxelinux.cfg/01-08-00-27-aa-bb-cc 512 B in 8 ms`; undefined for events that say nothing new. */
export function renderServeEvent(event: ServeEvent, at: Date): string | undefined {
  const time = at.toTimeString().slice(0, 8)
  if (event.protocol === 'dhcp') return escapeControl(`${time} dhcp ${event.mac ?? '-'} ${event.message.replace(` ${event.mac}`, '')}`)
  const what = `${time} ${event.protocol} ${event.client} ${event.name}`
  switch (event.kind) {
    case 'start':
      return undefined
    case 'done':
      return escapeControl(`${what} ${renderBytes(event.bytes)} in ${Math.round(event.durationMs)} ms${retransmits(event)}`)
    case 'failed':
      return escapeControl(`${what} failed after ${renderBytes(event.bytes)}: ${event.message ?? 'no reason given'}${retransmits(event)}`)
    case 'refused':
      return escapeControl(`${what} refused: ${event.message ?? 'no reason given'}`)
  }
}

function retransmits(event: {retransmits?: number}): string {
  return event.retransmits === undefined || event.retransmits === 0 ? '' : ` (${event.retransmits} retransmits)`
}
