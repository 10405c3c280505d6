// IPv4 addresses, subnets in CIDR notation and address ranges. Values only; nothing here asks the machine.
import {PxectlError} from '../errors.js'

/** An IPv4 address in dotted decimal without leading zeros. */
export type Ipv4 = string & {readonly __brand: 'Ipv4'}

/** A subnet, e.g. 192.168.56.0/24. */
export type Subnet = {readonly address: Ipv4; readonly prefix: number}

/** Addresses from first to last, both included. */
export type Ipv4Range = {readonly first: Ipv4; readonly last: Ipv4}

/** The address in `text`, or undefined. Leading zeros are refused: some programs read them as octal. */
export function findIpv4(text: string): Ipv4 | undefined {
  const parts = text.trim().split('.')
  const valid = parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
  return valid ? (parts.join('.') as Ipv4) : undefined
}

/** Parses an address; throws a usage error naming the value. */
export function parseIpv4(text: string): Ipv4 {
  const ip = findIpv4(text)
  if (ip === undefined) {
    throw new PxectlError(`"${text}" is not an IPv4 address`, {
      code: 'IP_INVALID',
      kind: 'usage',
      details: {ip: text},
      suggestions: ['write four decimal numbers from 0 to 255, for example 192.168.56.21'],
    })
  }
  return ip
}

/** The address as an unsigned 32-bit number. */
export function ipv4ToNumber(ip: Ipv4): number {
  return ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

/** The address with this unsigned 32-bit number. */
export function ipv4FromNumber(value: number): Ipv4 {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.') as Ipv4
}

/** The four bytes of the address, network order. */
export function ipv4ToBytes(ip: Ipv4): Uint8Array {
  return Uint8Array.from(ip.split('.'), Number)
}

/** The address in the first four bytes. */
export function ipv4FromBytes(bytes: Uint8Array): Ipv4 {
  return Array.from(bytes.subarray(0, 4)).join('.') as Ipv4
}

/** Parses `192.168.56.0/24`; host bits are refused, because one of the two halves would be a mistake. */
export function parseSubnet(text: string): Subnet {
  const [addressText = '', prefixText = ''] = text.trim().split('/')
  const address = findIpv4(addressText)
  const prefix = Number(prefixText)
  const usable = address !== undefined && /^\d{1,2}$/.test(prefixText) && prefix >= 1 && prefix <= 30
  if (!usable) {
    throw new PxectlError(`"${text}" is not a subnet`, {
      code: 'SUBNET_INVALID',
      kind: 'usage',
      details: {subnet: text},
      suggestions: ['write address/prefix with a prefix from 1 to 30, for example 192.168.56.0/24'],
    })
  }
  const subnet = {address: ipv4FromNumber((ipv4ToNumber(address) & maskNumber(prefix)) >>> 0), prefix}
  if (subnet.address !== address) {
    throw new PxectlError(`"${text}" is not a subnet: ${address} has host bits set for /${prefix}`, {
      code: 'SUBNET_INVALID',
      kind: 'usage',
      details: {subnet: text},
      suggestions: [`did you mean ${renderSubnet(subnet)}?`],
    })
  }
  return subnet
}

/** `192.168.56.0/24`. */
export function renderSubnet(subnet: Subnet): string {
  return `${subnet.address}/${subnet.prefix}`
}

function maskNumber(prefix: number): number {
  return (0xffffffff << (32 - prefix)) >>> 0
}

/** The netmask of the subnet, e.g. 255.255.255.0. */
export function netmaskOf(subnet: Subnet): Ipv4 {
  return ipv4FromNumber(maskNumber(subnet.prefix))
}

/** The broadcast address of the subnet. */
export function broadcastOf(subnet: Subnet): Ipv4 {
  return ipv4FromNumber((ipv4ToNumber(subnet.address) | ~maskNumber(subnet.prefix)) >>> 0)
}

/** The subnet that an address with this prefix length lies in. */
export function subnetAround(ip: Ipv4, prefix: number): Subnet {
  return {address: ipv4FromNumber((ipv4ToNumber(ip) & maskNumber(prefix)) >>> 0), prefix}
}

/** The subnet with this address and netmask, or undefined where the mask is not contiguous. */
export function subnetFromNetmask(address: Ipv4, netmask: Ipv4): Subnet | undefined {
  const mask = ipv4ToNumber(netmask)
  const prefix = 32 - Math.round(Math.log2(2 ** 32 - mask))
  if (prefix < 0 || (prefix === 0 ? mask !== 0 : maskNumber(prefix) !== mask)) return undefined
  return {address: ipv4FromNumber((ipv4ToNumber(address) & mask) >>> 0), prefix}
}

/** Is the address one of the subnet, its network and broadcast address included? */
export function subnetHas(subnet: Subnet, ip: Ipv4): boolean {
  return (ipv4ToNumber(ip) & maskNumber(subnet.prefix)) >>> 0 === ipv4ToNumber(subnet.address)
}

/** Why a host on this subnet cannot have the address, or undefined. */
export function hostIpProblem(subnet: Subnet, ip: Ipv4): string | undefined {
  if (!subnetHas(subnet, ip)) return `it is not in the subnet ${renderSubnet(subnet)}`
  if (ip === subnet.address) return `it is the network address of ${renderSubnet(subnet)}`
  if (ip === broadcastOf(subnet)) return `it is the broadcast address of ${renderSubnet(subnet)}`
  return undefined
}

/** Parses `192.168.56.100-192.168.56.199`; the last address may be given by its last number alone. */
export function parseRange(text: string): Ipv4Range {
  const [firstText = '', lastText = ''] = text.split('-').map((part) => part.trim())
  const first = findIpv4(firstText)
  const last = findIpv4(/^\d+$/.test(lastText) && first !== undefined ? first.replace(/\d+$/, lastText) : lastText)
  if (first === undefined || last === undefined || text.split('-').length !== 2) {
    throw new PxectlError(`"${text}" is not an address range`, {
      code: 'RANGE_INVALID',
      kind: 'usage',
      details: {range: text},
      suggestions: ['write first-last, for example 192.168.56.100-192.168.56.199'],
    })
  }
  if (ipv4ToNumber(first) > ipv4ToNumber(last)) {
    throw new PxectlError(`the range "${text}" ends before it begins`, {
      code: 'RANGE_INVALID',
      kind: 'usage',
      details: {range: text},
      suggestions: [`did you mean ${last}-${first}?`],
    })
  }
  return {first, last}
}

/** `192.168.56.100-192.168.56.199`. */
export function renderRange(range: Ipv4Range): string {
  return `${range.first}-${range.last}`
}

/** Is the address within the range? */
export function rangeHas(range: Ipv4Range, ip: Ipv4): boolean {
  const value = ipv4ToNumber(ip)
  return value >= ipv4ToNumber(range.first) && value <= ipv4ToNumber(range.last)
}

/** Every address of the range, in order, one at a time. */
export function* rangeAddresses(range: Ipv4Range): Generator<Ipv4> {
  const last = ipv4ToNumber(range.last)
  for (let value = ipv4ToNumber(range.first); value <= last; value++) yield ipv4FromNumber(value)
}
