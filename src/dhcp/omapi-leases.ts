// What OMAPI left in dhcpd's lease file, and what dhcpd makes of it when it starts (4.4.3-P1, found by trying):
//
//   host a { dynamic; … }      not in dhcpd.conf: it lives. In dhcpd.conf: ignored, and gone with the next start.
//   host a { deleted; }        in dhcpd.conf: that declaration is dead, at every start, until this record is removed.
//   deleted, then a record     in dhcpd.conf: the record counts instead of the declaration, at the next start only.
import {findHosts, type HostDeclaration} from '../dhcpd-conf/find-hosts.js'
import {childStatements} from '../dhcpd-conf/find-statements.js'
import {parseDhcpdConf} from '../dhcpd-conf/parse.js'
import type {Tree} from '../dhcpd-conf/tree.js'

export type HostRecord = {
  readonly kind: 'deleted' | 'alive'
  /** Where the last record of that name stands in the file, in bytes. */
  readonly offset: number
  /** Was the name ever deleted in this file? Then a record comes before dhcpd.conf. */
  readonly wasDeleted: boolean
  readonly host: HostDeclaration
}

/** The last record of each host, by name. */
export function readHostRecords(bytes: Buffer): Map<string, HostRecord> {
  const records = new Map<string, HostRecord>()
  for (const {start, text} of hostBlocks(bytes)) {
    const tree = parseDhcpdConf(text)
    for (const host of findHosts(tree)) {
      const kind = isDeleted(tree, host) ? 'deleted' : 'alive'
      const wasDeleted = kind === 'deleted' || records.get(host.name.text)?.wasDeleted === true
      records.set(host.name.text, {kind, offset: start, wasDeleted, host})
    }
  }
  return records
}

function isDeleted(tree: Tree, host: HostDeclaration): boolean {
  return [...childStatements(tree, host.statement, 'deleted')].length > 0
}

/** A lease file may be a hundred megabytes of leases: only what looks like a host is parsed. dhcpd begins each on a line. */
function* hostBlocks(bytes: Buffer): Generator<{readonly start: number; readonly text: Buffer}> {
  for (let start = hostAt(bytes, 0); start !== -1;) {
    const close = bytes.indexOf('\n}', start)
    const end = close === -1 ? bytes.length : close + 2
    yield {start, text: bytes.subarray(start, end)}
    start = hostAt(bytes, end)
  }
}

function hostAt(bytes: Buffer, from: number): number {
  if (from === 0 && bytes.subarray(0, 5).equals(Buffer.from('host '))) return 0
  const found = bytes.indexOf('\nhost ', from)
  return found === -1 ? -1 : found + 1
}
