// What OMAPI can do to a dhcpd behind its configuration's back: hosts that the lease file kills, overrules or adds, and a port
// at which everybody may give orders.
import {lineCounter} from '../dhcpd-conf/tree.js'
import type {HostEntry} from './isc-check-hosts.js'
import type {Configuration} from './isc-load.js'
import {findOmapi} from './omapi-conf.js'
import {readHostRecords, type HostRecord} from './omapi-leases.js'
import type {Finding} from './server.js'

/** `omapi-port` without `omapi-key`: dhcpd 4.4.3 then obeys whoever reaches the port. */
export function omapiFindings({files}: Configuration): Finding[] {
  const omapi = findOmapi(files)
  if (omapi === undefined || omapi.keyName !== undefined) return []
  return [
    {
      severity: 'warning',
      code: 'DHCP_OMAPI_OPEN',
      message: `omapi-port ${omapi.port} without omapi-key: whoever reaches TCP port ${omapi.port} may add, change and remove hosts`,
      file: omapi.file,
      line: omapi.line,
      suggestion: `make a key (tsig-keygen omapi), and declare it: omapi-key omapi; or remove the line of omapi-port`,
    },
  ]
}

/** What dhcpd will make of the hosts in its lease file; see omapi-leases.ts. */
export function recordFindings(entries: readonly HostEntry[], path: string, bytes: Buffer): Finding[] {
  const declared = new Map(entries.map((entry) => [entry.name, entry]))
  const line = lineCounter(bytes)
  return [...readHostRecords(bytes)]
    .sort(([, a], [, b]) => a.offset - b.offset)
    .flatMap(([name, record]) => {
      const finding = recordFinding(name, record, declared.get(name), path)
      return finding === undefined ? [] : [{...finding, file: path, line: line(record.offset)}]
    })
}

function recordFinding(name: string, record: HostRecord, entry: HostEntry | undefined, path: string): Finding | undefined {
  if (record.kind === 'deleted') {
    if (entry === undefined) return undefined
    return {
      severity: 'error',
      code: 'DHCP_TOMBSTONE',
      message: `host ${name} is declared (${entry.file}:${entry.line}), but the lease file marks it as deleted: dhcpd ignores it`,
      suggestion: `stop dhcpd, remove that block from ${path}, start dhcpd`,
    }
  }
  if (entry === undefined) {
    return {
      severity: 'note',
      code: 'DHCP_OMAPI_HOST',
      message: `host ${name} was made by OMAPI and is not declared: dhcpd knows it all the same, also after a restart`,
      suggestion: `if it should be gone: stop dhcpd, remove that block from ${path}, start dhcpd`,
    }
  }
  const {hardware, fixedAddress} = record.host
  const isSame = hardware?.mac === entry.mac && fixedAddress?.values.map(({text}) => text).join() === entry.addresses.join()
  if (!record.wasDeleted || isSame) return undefined
  return {
    severity: 'warning',
    code: 'DHCP_OMAPI_OVERRULES',
    message: `host ${name} is declared otherwise (${entry.file}:${entry.line}) than OMAPI left it in the lease file: the next start of dhcpd uses the latter`,
    suggestion: 'pxectl dhcp restart',
  }
}
