// MAC addresses (EUI-48). Text in any usual spelling in, one canonical spelling out: lower case with colons.
import {PxectlError} from '../errors.js'

/** A MAC address, lower case with colons; only parseMac and macFromBytes make one. */
export type Mac = string & {readonly __brand: 'Mac'}

const SPELLINGS = [
  /^[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}$/, // 08:00:27:12:34:56, 0:c:29:1:2:3
  /^[0-9a-f]{1,2}(?:-[0-9a-f]{1,2}){5}$/, // 08-00-27-12-34-56
  /^[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}$/, // 0800.2712.3456 (Cisco)
  /^[0-9a-f]{6}[-:][0-9a-f]{6}$/, // 080027-123456 (HP)
  /^[0-9a-f]{12}$/, // 080027123456
]

/** The address in `text`, or undefined where it is not one. Does not judge whether a host may have it (checkHostMac). */
export function findMac(text: string): Mac | undefined {
  const lower = text.trim().toLowerCase()
  if (!SPELLINGS.some((spelling) => spelling.test(lower))) return undefined
  const parts = /[:-]/.test(lower) && !/^[0-9a-f]{6}[-:]/.test(lower) ? lower.split(/[:-]/) : []
  const hex = parts.length === 6 ? parts.map((part) => part.padStart(2, '0')).join('') : lower.replace(/[^0-9a-f]/g, '')
  return hex.replace(/(..)(?!$)/g, '$1:') as Mac
}

/** Parses a MAC address; throws a usage error naming the value. */
export function parseMac(text: string): Mac {
  const mac = findMac(text)
  if (mac === undefined) {
    throw new PxectlError(`"${text}" is not a MAC address`, {
      code: 'MAC_INVALID',
      kind: 'usage',
      details: {mac: text},
      suggestions: ['write six bytes, for example 08:00:27:12:34:56 (08-00-27-12-34-56, 0800.2712.3456 and 080027123456 are fine too)'],
    })
  }
  return mac
}

/** Parses a MAC address that a network card can have: not all zero, not multicast or broadcast (IEEE 802, bit 0 of the first byte). */
export function parseHostMac(text: string): Mac {
  const mac = parseMac(text)
  const problem = hostMacProblem(mac)
  if (problem !== undefined) {
    throw new PxectlError(`MAC address ${mac} cannot belong to a host: ${problem}`, {
      code: 'MAC_NOT_UNICAST',
      kind: 'usage',
      details: {mac},
      suggestions: ['check the label of the network card, or leave --mac out to have one generated'],
    })
  }
  return mac
}

/** Why no network card has this address, or undefined. */
export function hostMacProblem(mac: Mac): string | undefined {
  if (mac === '00:00:00:00:00:00') return 'it is all zeros'
  if (mac === 'ff:ff:ff:ff:ff:ff') return 'it is the broadcast address'
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1 ? 'it is a multicast address (odd first byte)' : undefined
}

/** The address in the first six bytes. */
export function macFromBytes(bytes: Uint8Array): Mac {
  return Array.from(bytes.subarray(0, 6), (byte) => byte.toString(16).padStart(2, '0')).join(':') as Mac
}

/** The six bytes of the address. */
export function macToBytes(mac: Mac): Uint8Array {
  return Uint8Array.from(mac.split(':'), (byte) => Number.parseInt(byte, 16))
}

/** The prefixes from which each hypervisor's addresses are generated; VMware takes static ones only up to 00:50:56:3f. */
const PREFIXES = {virtualbox: '08:00:27', vmware: '00:50:56', qemu: '52:54:00'} as const

export type MacPrefix = keyof typeof PREFIXES

/** A random address with the hypervisor's prefix that `taken` does not have. `random` gives integers in [0, below). */
export function generateMac(prefix: MacPrefix, taken: (mac: Mac) => boolean, random: (below: number) => number): Mac {
  for (let attempt = 0; attempt < 10_000; attempt++) {
    const tail = [random(prefix === 'vmware' ? 0x40 : 0x100), random(0x100), random(0x100)]
    const mac = parseMac(`${PREFIXES[prefix]}:${tail.map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`)
    if (!taken(mac)) return mac
  }
  throw new PxectlError(`no unused MAC address with the ${prefix} prefix ${PREFIXES[prefix]} was found`, {
    code: 'MAC_EXHAUSTED',
    kind: 'conflict',
    suggestions: ['give one with --mac'],
  })
}
