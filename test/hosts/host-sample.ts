// Hosts for tests, with values that cannot clash unless a test wants them to.
import type {Host} from '../../src/hosts/host.js'
import {parseHostname} from '../../src/net/hostname.js'
import {ipv4FromNumber, parseIpv4} from '../../src/net/ipv4.js'
import {parseMac} from '../../src/net/mac.js'

/** The host number `number`, with some values replaced. */
export function sampleHost(number: number, values: Partial<Host> = {}): Host {
  return {
    name: parseHostname(`tk${number}`),
    ip: parseIpv4(ipv4FromNumber(0xc0a83800 + number)),
    mac: parseMac(`080027${number.toString(16).padStart(6, '0')}`),
    root: undefined,
    image: undefined,
    bootArgs: undefined,
    firmware: undefined,
    dhcp: true,
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    ...values,
  }
}
