// The lines of dnsmasq's configuration that matter here: read, and written. Text in, values out; see dnsmasq(8).
//
//   dhcp-range=set:lab,10.0.0.100,10.0.0.199,255.255.255.0,1h
//   dhcp-host=52:54:00:00:00:01,tk1,10.0.0.11        in a dhcp-hostsdir without the `dhcp-host=`
import {findIpv4, subnetFromNetmask, type Ipv4, type Subnet} from '../net/ipv4.js'
import {findMac, type Mac} from '../net/mac.js'
import type {Reservation} from './reservation.js'

/** `key=value` of one line, or a key alone. */
export type ConfLine = {readonly line: number; readonly key: string; readonly fields: readonly string[]}

/** The lines that say something. A `#` begins a comment at the start of a line or behind a blank; quotes hide it, and commas. */
export function parseConfLines(bytes: Buffer): ConfLine[] {
  return bytes
    .toString('latin1')
    .split('\n')
    .flatMap((text, index) => {
      const [, key = '', value] = /^\s*([^=\s]+)\s*(?:=(.*))?$/s.exec(withoutComment(text)) ?? []
      return key === '' ? [] : [{line: index + 1, key, fields: value === undefined ? [] : splitFields(value)}]
    })
}

/** The lines of a file of a dhcp-hostsdir or dhcp-hostsfile: what would stand behind `dhcp-host=`. */
export function parseHostLines(bytes: Buffer): ConfLine[] {
  return bytes
    .toString('latin1')
    .split('\n')
    .flatMap((text, index) => {
      const value = withoutComment(text).trim()
      return value === '' ? [] : [{line: index + 1, key: 'dhcp-host', fields: splitFields(value)}]
    })
}

function withoutComment(text: string): string {
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') quoted = !quoted
    else if (text[at] === '#' && !quoted && (at === 0 || /\s/.test(text[at - 1] ?? ''))) return text.slice(0, at)
  }
  return text
}

function splitFields(value: string): string[] {
  return [...value.matchAll(/(?:"[^"]*"|[^,"])*(?:,|$)/g)]
    .filter(([field], index, all) => field !== '' || index < all.length - 1)
    .map(([field]) => field.replace(/,$/, '').replaceAll('"', '').trim())
}

export type DnsmasqHost = {
  readonly name: string | undefined
  readonly macs: readonly Mac[]
  readonly ips: readonly Ipv4[]
  readonly setsTag: boolean
}

/** What a `dhcp-host` line says. Its fields are told apart by their form, in any order. */
export function readDhcpHost(fields: readonly string[]): DnsmasqHost {
  let name: string | undefined
  const macs: Mac[] = []
  const ips: Ipv4[] = []
  for (const field of fields) {
    // A hardware type may stand before the address: 06-00:20:e0:3b:13:af.
    const mac = field.includes(':') ? findMac(field.replace(/^[0-9a-f]{2}-(?=[^-]*:)/i, '')) : undefined
    const ip = findIpv4(field)
    if (mac !== undefined) macs.push(mac)
    else if (ip !== undefined) ips.push(ip)
    else if (field !== '' && !/[:[*]/.test(field) && !isReservedWord(field)) name ??= field
  }
  return {name, macs, ips, setsTag: fields.some((field) => /^(?:set|net):/.test(field))}
}

/** Would dnsmasq take this for a lease time or a keyword instead of a host name? */
export function isReservedWord(name: string): boolean {
  return /^(?:\d+[wdhms]?|infinite|ignore)$/i.test(name)
}

/** A line of a dhcp-hostsdir. No `set:` tags: dnsmasq 2.90 aborts at SIGHUP when such a host has been seen. */
export function renderHostLine({mac, name, ip}: Reservation): string {
  return `${mac},${name},${ip}`
}

export type DnsmasqRange = {readonly first: Ipv4; readonly last: Ipv4 | undefined; readonly subnet: Subnet | undefined}

/** `dhcp-range` of IPv4; `last` is undefined for `static` and `proxy`, `subnet` where no netmask is given. */
export function readDhcpRange(fields: readonly string[]): DnsmasqRange | undefined {
  const [firstText = '', lastText = '', maskText = ''] = fields.filter((field) => !/^(?:tag|set|net|interface|constructor):/.test(field))
  const first = findIpv4(firstText)
  if (first === undefined) return undefined
  const netmask = findIpv4(maskText)
  return {first, last: findIpv4(lastText), subnet: netmask === undefined ? undefined : subnetFromNetmask(first, netmask)}
}

/** A value that may hold anything but a double quote. */
export function quoteField(value: string): string {
  return /[,#\s]/.test(value) ? `"${value}"` : value
}
