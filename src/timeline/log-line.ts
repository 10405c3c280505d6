// What other servers write into their logs about a booting machine, line by line. Pure.
//
//   DHCPDISCOVER from 52:54:00:a1:b2:c3 via br0: network 10.77.0.0/24: no free leases           dhcpd 4.4
//   DHCPOFFER on 10.77.0.21 to 52:54:00:a1:b2:c3 via br0
//   DHCPREQUEST for 10.77.0.21 (10.77.0.1) from 52:54:00:a1:b2:c3 via br0: wrong network.
//   DHCPACK on 10.77.0.21 to 52:54:00:a1:b2:c3 (tk2) via br0
//   DHCPDISCOVER(br0) 52:54:00:a1:b2:c3                                                         dnsmasq 2.90
//   DHCPACK(br0) 10.77.0.21 52:54:00:a1:b2:c3 tk2
//   … DHCP4_PACKET_RECEIVED [hwtype=1 52:54:00:a1:b2:c3], cid=[no info], tid=0x1: DHCPDISCOVER (type 1) received …  Kea, DEBUG only
//   … DHCP4_LEASE_OFFER [hwtype=1 52:54:00:a1:b2:c3], cid=[no info], tid=0x1: lease 10.77.0.21 will be offered
//   … DHCP4_DECLINE_LEASE Received DHCPDECLINE for addr 10.77.0.21 from client [hwtype=1 52:54:00:a1:b2:c3], cid=[no info], tid=0x1. …
//   rpc.mountd[612]: authenticated mount request from 10.77.0.21:863 for /srv/roots/tk2 (/srv/roots/tk2)            NFS 3
//   rpc.mountd[612]: v4.2 client attached: 0x9f6b1d6a5f0ee3b1 from "10.77.0.21:712"                                 NFS 4
import {findIpv4} from '../net/ipv4.js'
import {findMac} from '../net/mac.js'
import type {BootEvent} from './boot-event.js'

const MAC = '((?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2})'
const IP = String.raw`(\d+\.\d+\.\d+\.\d+)`

const DHCPD_FROM = new RegExp(
  String.raw`\bDHCP(DISCOVER|REQUEST|DECLINE)(?: (?:for|of) ${IP}(?: \((\S+?)\))?)? from ${MAC}(?: \([^)]*\))? via [^\s:]+(?:: (.+))?`,
  'i',
)
const DHCPD_TO = new RegExp(String.raw`\bDHCP(OFFER|ACK|NAK) on ${IP} to ${MAC}`, 'i')
const DNSMASQ = new RegExp(String.raw`\bDHCP(DISCOVER|OFFER|REQUEST|ACK|NAK|DECLINE)\([^)]*\) (?:${IP} )?${MAC}(?: (.+))?`, 'i')
const KEA = new RegExp(
  String.raw`\b(DHCP4_\w+) (?:Received DHCPDECLINE for addr \S+ from client )?\[hwtype=1 ${MAC}\](?:.*?\btid=\w+: (.+))?`,
  'i',
)
const KEA_QUESTION = /^DHCP(DISCOVER|REQUEST) \(type \d+\) received/
const LEASE = new RegExp(String.raw`\b(?:lease|address|addr) ${IP}`, 'i')

const MOUNTD = new RegExp(
  String.raw`\brpc\.mountd\b.*?(?:authenticated mount request from ${IP}(?::\d+)? for (\S+)|client attached: \S+ from "?${IP})`,
  'i',
)

/** Kea's message ids: 2.2 says LEASE_ADVERT, later releases LEASE_OFFER (src/bin/dhcp4/dhcp4_messages.mes). */
const KEA_KINDS: ReadonlyMap<string, Kind> = new Map([
  ['DHCP4_LEASE_ADVERT', 'offer'],
  ['DHCP4_LEASE_OFFER', 'offer'],
  ['DHCP4_LEASE_ALLOC', 'ack'],
  ['DHCP4_INIT_REBOOT', 'request'],
  ['DHCP4_DECLINE_LEASE', 'decline'],
  ['DHCP4_PACKET_NAK_0001', 'nak'],
  ['DHCP4_PACKET_NAK_0002', 'nak'],
  ['DHCP4_PACKET_NAK_0003', 'nak'],
  ['DHCP4_PACKET_NAK_0004', 'nak'],
])

type Kind = 'discover' | 'offer' | 'request' | 'ack' | 'nak' | 'decline'

/** undefined for a line that tells of nothing of the kind. */
export function parseLogLine(line: string, timeMs: number): BootEvent | undefined {
  if (line.includes('DHCP4_')) return keaLine(line, timeMs)
  if (line.includes('mountd')) return mountdLine(line, timeMs)
  const from = DHCPD_FROM.exec(line)
  if (from !== null) return dhcpEvent(timeMs, 'dhcpd', {kind: from[1], mac: from[4], ip: from[2], taken: from[3], remark: from[5]})
  const to = DHCPD_TO.exec(line)
  if (to !== null) return dhcpEvent(timeMs, 'dhcpd', {kind: to[1], mac: to[3], ip: to[2]})
  const other = DNSMASQ.exec(line)
  if (other === null) return undefined
  // After an ACK stands the client's name.
  const isAck = other[1]?.toUpperCase() === 'ACK'
  return dhcpEvent(timeMs, 'dnsmasq', {kind: other[1], mac: other[3], ip: other[2], remark: isAck ? undefined : other[4]})
}

function keaLine(line: string, timeMs: number): BootEvent | undefined {
  const [, id = '', mac, text = ''] = KEA.exec(line) ?? []
  const kind = id === 'DHCP4_PACKET_RECEIVED' ? KEA_QUESTION.exec(text)?.[1] : KEA_KINDS.get(id)
  if (kind === undefined) return undefined
  return dhcpEvent(timeMs, 'kea', {kind, mac, ip: LEASE.exec(line)?.[1], remark: kind === 'nak' ? text : undefined})
}

function mountdLine(line: string, timeMs: number): BootEvent | undefined {
  const found = MOUNTD.exec(line)
  const ip = findIpv4(found?.[1] ?? found?.[3] ?? '')
  if (ip === undefined) return undefined
  return {timeMs, mac: undefined, ip, source: 'nfs', step: 'root', name: found?.[2] ?? 'NFS', result: 'done', details: {log: 'mountd'}}
}

type Said = {
  readonly kind: string | undefined
  readonly mac: string | undefined
  readonly ip?: string | undefined
  readonly taken?: string | undefined
  readonly remark?: string | undefined
}

function dhcpEvent(timeMs: number, log: string, {kind = '', mac: text = '', ip, taken, remark}: Said): BootEvent | undefined {
  const mac = findMac(text)
  if (mac === undefined) return undefined
  const name = kind.toLowerCase() as Kind
  const isAnswer = name === 'offer' || name === 'ack'
  // What dhcpd adds to a question is why it will not answer it; dnsmasq says so too.
  const isRefused = name === 'nak' || name === 'decline' || remark !== undefined
  return {
    timeMs,
    mac,
    ip: findIpv4(ip ?? ''),
    source: 'dhcp',
    step: isAnswer ? 'offered' : 'asked',
    name,
    result: isRefused ? 'refused' : 'done',
    details: {log, ...(taken === undefined ? {} : {server: taken}), ...(remark === undefined ? {} : {message: remark.trim()})},
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/**
 * When a line of a log file was written, in the local time of this machine; undefined where it does not begin with a time:
 * `2026-11-30 14:27:35.123` (Kea), `2026-11-30T14:27:35.123456+01:00` (rsyslog), `Nov 30 14:27:35` (syslog, without a year).
 */
export function timeOfLogLine(line: string, nowMs: number): number | undefined {
  const iso = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d{1,3})?)\d*(Z|[+-]\d\d:?\d\d)?/.exec(line)
  if (iso !== null) return Date.parse(`${iso[1]}T${iso[2]}${iso[3] ?? ''}`)
  const old = /^(?:<\d+>)?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)/.exec(line)
  const month = MONTHS.indexOf(old?.[1] ?? '')
  if (old === null || month === -1) return undefined
  const [day, hour, minute, second] = old.slice(2).map(Number)
  const year = new Date(nowMs).getFullYear()
  const at = (which: number): number => new Date(which, month, day, hour, minute, second).getTime()
  // In January, December was last year.
  return at(year) > nowMs + 86_400_000 ? at(year - 1) : at(year)
}
