// Woken and pinged hosts as people read them.
import type {PingedHost} from '../operations/ping-hosts.js'
import type {WokenHost} from '../operations/wake-hosts.js'
import {renderTable} from './table.js'

export function renderWoken({name, mac, sentTo, seen}: WokenHost, hasWaited: boolean): string {
  const sent = `woke ${name} (${mac}), by ${sentTo.join(' and ')}`
  if (!hasWaited) return sent
  return seen === null ? `${sent}; it was not seen: pxectl why ${name}` : `${sent}; it was seen (${seen})`
}

export function renderPinged(hosts: readonly PingedHost[]): string {
  if (hosts.length === 0) return 'no hosts yet; add one: pxectl add-host tk2'
  return renderTable(
    ['NAME', 'IP', 'ALIVE', 'MS'],
    hosts.map(({name, ip, alive, milliseconds}) => [name, ip, alive ? 'yes' : 'no', milliseconds === null ? '-' : String(milliseconds)]),
  )
}
