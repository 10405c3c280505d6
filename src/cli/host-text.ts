// Hosts as people read them.
import type {HostJson} from '../operations/list-hosts.js'
import {renderPairs, renderTable} from './table.js'

/** `alive`: whether it answers, where it was asked. */
export function renderHostTable(hosts: readonly (HostJson & {readonly alive?: boolean})[]): string {
  if (hosts.length === 0) return 'no hosts yet; add one: pxectl add-host tk2'
  const wasAsked = hosts.some(({alive}) => alive !== undefined)
  return renderTable(
    ['NAME', 'IP', 'MAC', 'BOOTS', 'DHCP', ...(wasAsked ? ['ALIVE'] : [])],
    hosts.map((host) => [
      host.name,
      host.ip ?? '-',
      host.mac,
      bootsText(host),
      host.dhcp ? 'yes' : 'no',
      ...(wasAsked ? [host.alive === true ? 'yes' : 'no'] : []),
    ]),
  )
}

export function renderHost(host: HostJson): string {
  return renderPairs([
    ['name', host.name],
    ['ip', host.ip ?? '-'],
    ['mac', host.mac],
    ['boots', bootsText(host)],
    ['boot-args', host.bootArgs ?? '-'],
    ['firmware', host.firmware ?? 'any'],
    ['dhcp', host.dhcp ? 'declared' : 'not declared'],
  ])
}

function bootsText(host: HostJson): string {
  if (host.image !== null) return `image ${host.image}`
  return host.root === null ? 'default' : `root ${host.root}`
}
