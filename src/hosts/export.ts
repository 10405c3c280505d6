// Host lists as CSV, JSON and YAML, such that import.ts reads the same hosts from them.
import {type Host, hostJson} from './host.js'
import {COLUMN_NAMES} from './host-columns.js'
import type {TextFormat} from './import.js'

export async function renderHosts(hosts: readonly Host[], format: TextFormat): Promise<string> {
  if (format === 'json') return `${JSON.stringify({hosts: hosts.map(hostJson)}, null, 2)}\n`
  if (format === 'csv') return renderCsv(hosts)
  const {stringify} = await import('yaml')
  return stringify({hosts: hosts.map(givenValues)}, {lineWidth: 0})
}

async function renderCsv(hosts: readonly Host[]): Promise<string> {
  const {stringify} = await import('csv-stringify/sync')
  const rows = hosts.map(({name, ip, mac, root, image, bootArgs, firmware, dhcp}) => [
    name,
    ip,
    mac,
    root,
    image,
    bootArgs,
    firmware,
    dhcp ? 'yes' : 'no',
  ])
  // Unquoted values lose the spaces around them when they are read.
  return stringify([[...COLUMN_NAMES], ...rows], {quoted_match: /^\s|\s$/})
}

/** People edit YAML, so it has no keys without a value. */
function givenValues(host: Host): Record<string, unknown> {
  return Object.fromEntries(Object.entries(hostJson(host)).filter(([, value]) => value !== null))
}
