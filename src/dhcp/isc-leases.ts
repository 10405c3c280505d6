// The lease file of ISC dhcpd, and of VMware's server, which is made of it: where it is, and who has which address by it.
//
//   lease 192.168.56.100 {
//     ends 4 2026/11/26 13:45:02;        day of the week, UTC; or `ends never;`, or `ends epoch 1795700702; # …`
//     binding state active;              dhcpd 2, and so VMware, has no states
//     hardware ethernet 52:54:00:a1:b2:c3;
//   }
//
// The file is a log: the last entry of an address counts (dhcpd.leases(5)).
import {findStatements, stringOf} from '../dhcpd-conf/find-statements.js'
import {lineOf} from '../dhcpd-conf/tree.js'
import {findIpv4, type Ipv4} from '../net/ipv4.js'
import {findMac} from '../net/mac.js'
import {fileExists, realPath} from '../system/files.js'
import type {PortHolder} from '../system/port-holders.js'
import {optionOf, readsConfig} from './daemon.js'
import type {HeldLease} from './held-lease.js'
import type {ConfFile, Configuration} from './isc-load.js'
import {dhcpdServices} from './restart-command.js'

/** Debian; Red Hat and SUSE; FreeBSD and macOS; FreeBSD's port. */
export const USUAL_LEASES = [
  '/var/lib/dhcp/dhcpd.leases',
  '/var/lib/dhcpd/dhcpd.leases',
  '/var/db/dhcpd.leases',
  '/var/db/dhcpd/dhcpd.leases',
  '/var/lib/dhcp/db/dhcpd.leases',
] as const

/** The lease file, and where it is named; `isSure`: dhcpd would surely read this one. */
export type LeaseFile = {readonly path: string; readonly isSure: boolean; readonly file?: string; readonly line?: number}

export type LeaseFileHints = {
  /** Where it is if the configuration does not say. */
  readonly leases: string | undefined
  /** Who holds UDP port 67: dhcpd's command line may name it. */
  readonly holders: readonly PortHolder[]
}

/** Where dhcpd keeps its leases; the file need not be there. */
export async function findLeaseFile({main, files}: Configuration, {leases, holders}: LeaseFileHints): Promise<LeaseFile> {
  for (const file of files) {
    const named = namedLeaseFile(file)
    if (named !== undefined) return named
  }
  for (const {program, args} of holders) {
    const given = program === 'dhcpd' && (await readsConfig(args, main.path)) ? optionOf(args, '-lf') : undefined
    if (given !== undefined) return {path: given, isSure: true}
  }
  if (leases !== undefined) return {path: leases, isSure: true}
  for (const path of USUAL_LEASES) if (await fileExists(path)) return {path, isSure: true}
  // A service of this system would look there; a dhcpd.conf elsewhere may be started with any lease file.
  const isService = dhcpdServices.configs.includes(await realPath(main.path))
  return {path: USUAL_LEASES[0], isSure: isService}
}

function namedLeaseFile({path, tree}: ConfFile): LeaseFile | undefined {
  for (const statement of findStatements(tree, 'lease-file-name')) {
    const named = stringOf(tree, statement)
    if (named !== undefined) return {path: named, isSure: true, file: path, line: lineOf(tree, statement)}
  }
  return undefined
}

/** The leases that have not been given back, whenever they end. An abandoned address is somebody's who has no lease. */
export function parseIscLeases(text: string): HeldLease[] {
  const leases = new Map<Ipv4, HeldLease>()
  for (const [, address = '', body = ''] of text.matchAll(/^lease ([\d.]+) \{\n((?:[ \t].*\n|\n)*)\}/gm)) {
    const ip = findIpv4(address)
    if (ip === undefined) continue
    const mac = findMac(/^[ \t]+hardware ethernet ([0-9a-f:]+);/m.exec(body)?.[1] ?? '')
    const isAbandoned = /^[ \t]+(?:binding state )?abandoned;/m.test(body)
    const state = /^[ \t]+binding state (\w+);/m.exec(body)?.[1] ?? 'active'
    if (isAbandoned) leases.set(ip, {ip, mac: undefined, untilMs: Infinity})
    else if (state === 'active') leases.set(ip, {ip, mac, untilMs: endOf(body)})
    else leases.delete(ip)
  }
  return [...leases.values()]
}

function endOf(body: string): number {
  const [, epoch, date, time] = /^[ \t]+ends (?:epoch (\d+)|\d (\d+\/\d+\/\d+) ([\d:]+));/m.exec(body) ?? []
  if (epoch !== undefined) return Number(epoch) * 1000
  return date === undefined ? Infinity : Date.parse(`${date.replaceAll('/', '-')}T${time}Z`)
}
