// Two answers to one question, of dhcpd and of Kea, field by field. Pure.
import {standardOptions, type OptionValue} from '../dhcp/standard-options.js'
import {findIpv4, ipv4FromBytes, type Ipv4} from '../net/ipv4.js'

/** What a server told one machine; `options` by code, as hex digits. */
export type ProofAnswer =
  | {readonly kind: 'silent' | 'refused'}
  | {
      readonly kind: 'leased'
      readonly ip: Ipv4
      readonly nextServer: string
      readonly filename: string
      readonly serverName: string
      readonly options: Readonly<Record<string, string>>
    }

/** A thing that the two servers say differently; null: one does not say it at all. */
export type ProofDifference = {readonly field: string; readonly dhcpd: string | null; readonly kea: string | null}

/** Names a pool by what it gives and to whom; undefined for an address that is in none. Which address of it is given counts for nothing. */
export type PoolOf = (ip: Ipv4) => string | undefined

/**
 * Of no meaning for the client, or the conversation's own: 50, 53, 54, 55, 57, 61 (the client's own identifier, which only Kea
 * returns: RFC 6842), 82; 52 says where options stand.
 */
const NOT_COMPARED = new Set(['50', '52', '53', '54', '55', '57', '61', '82'])

type Leased = Extract<ProofAnswer, {readonly kind: 'leased'}>

/** The differences, none where both servers say the same. */
export function compareAnswers(dhcpd: ProofAnswer, kea: ProofAnswer, poolOf: PoolOf): ProofDifference[] {
  if (dhcpd.kind !== 'leased' || kea.kind !== 'leased')
    return dhcpd.kind === kea.kind ? [] : [{field: 'answer', dhcpd: inShort(dhcpd), kea: inShort(kea)}]
  const [left, right] = [fieldsOf(dhcpd, poolOf), fieldsOf(kea, poolOf)]
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((field) => left.get(field) !== right.get(field) && !(field === LEASE_TIME && isSameTime(left.get(field), right.get(field))))
    .map((field) => ({field, dhcpd: left.get(field) ?? null, kea: right.get(field) ?? null}))
}

const LEASE_TIME = 'option dhcp-lease-time (51)'

/** Of a lease that runs already, both daemons may tell the seconds that are left (Kea's cache-threshold, dhcp-cache-threshold). */
function isSameTime(left: string | undefined, right: string | undefined): boolean {
  const [shorter = 0, longer = 0] = [Number(left), Number(right)].sort((a, b) => a - b)
  return longer - shorter <= Math.min(60, longer / 10)
}

function inShort(answer: ProofAnswer): string {
  if (answer.kind !== 'leased') return answer.kind === 'silent' ? 'none' : 'refusal'
  return answer.filename === '' ? answer.ip : `${answer.ip} ${answer.filename}`
}

function fieldsOf({ip, nextServer, filename, serverName, options}: Leased, poolOf: PoolOf): Map<string, string> {
  const pool = poolOf(ip)
  const fields = new Map<string, string>([['address', pool === undefined ? ip : `one of ${pool}`]])
  if (nextServer !== '0.0.0.0') fields.set('next-server', nextServer)
  // The name of the file is in a field of its own, in option 67, or in both (dnsmasq and Kea): clients look into both.
  const name = filename || textOf(options['67'] ?? '')
  if (name !== '') fields.set('filename', name)
  if (serverName !== '') fields.set('server-name', serverName)
  for (const [code, hex] of Object.entries(withoutUsualTimes(options))) {
    if (NOT_COMPARED.has(code) || (code === '67' && textOf(hex) === name)) continue
    fields.set(`option ${nameOf(Number(code))}`, renderOption(Number(code), hex))
  }
  return fields
}

/** A client that is told no T1 (58) and T2 (59) takes half and seven eighths of its lease (RFC 2131 section 4.4.5). */
function withoutUsualTimes(options: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const {58: t1, 59: t2, ...rest} = options
  const seconds = Number.parseInt(options['51'] ?? '', 16)
  const isUsual = (hex: string | undefined, part: number): boolean => Number.parseInt(hex ?? '', 16) === Math.floor(seconds * part)
  return {
    ...rest,
    ...(t1 !== undefined && !isUsual(t1, 1 / 2) && {58: t1}),
    ...(t2 !== undefined && !isUsual(t2, 7 / 8) && {59: t2}),
  }
}

const byCode = new Map<number, {readonly name: string; readonly value: OptionValue}>([
  ...[...standardOptions].map(([name, {code, value}]) => [code, {name, value}] as const),
  [51, {name: 'dhcp-lease-time', value: 'number'}],
  [58, {name: 'dhcp-renewal-time', value: 'number'}],
  [59, {name: 'dhcp-rebinding-time', value: 'number'}],
])

/** `domain-name (15)` */
function nameOf(code: number): string {
  const name = byCode.get(code)?.name
  return name === undefined ? String(code) : `${name} (${code})`
}

function renderOption(code: number, hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  switch (byCode.get(code)?.value) {
    case 'addresses':
      return bytes.length % 4 === 0 ? addressesOf(bytes).join(', ') : hex
    case 'number':
      return bytes.length <= 6 && bytes.length > 0 ? String(bytes.readUIntBE(0, bytes.length)) : hex
    case 'text':
      return textOf(hex)
    default:
      return hex
  }
}

function addressesOf(bytes: Buffer): string[] {
  return Array.from({length: bytes.length / 4}, (_, index) => ipv4FromBytes(bytes.subarray(index * 4)))
}

/** NULs at its end go, RFC 2132 section 2. */
function textOf(hex: string): string {
  return Buffer.from(hex, 'hex').toString('latin1').replace(/\0+$/, '')
}

type Json = Readonly<Record<string, unknown>>

/** Tells the pools of a converted configuration apart by what they say and where they are. */
export function poolsOf(config: Json): PoolOf {
  const pools: {first: number; last: number; name: string}[] = []
  const addSubnets = (subnets: unknown, network: string | undefined): void => {
    for (const subnet of (subnets ?? []) as Json[]) {
      for (const {pool, ...rest} of (subnet['pools'] ?? []) as Json[]) {
        const [first = '', last = ''] = String(pool).split(' - ')
        const says = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`
        pools.push({first: numberOf(first), last: numberOf(last), name: `the pools of ${network ?? String(subnet['subnet'])}${says}`})
      }
    }
  }
  addSubnets(config['subnet4'], undefined)
  for (const network of (config['shared-networks'] ?? []) as Json[]) addSubnets(network['subnet4'], String(network['name']))
  return (ip) => pools.find(({first, last}) => numberOf(ip) >= first && numberOf(ip) <= last)?.name
}

function numberOf(text: string): number {
  const ip = findIpv4(text)
  return ip === undefined ? Number.NaN : ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}
