// Who is asked what, and from where, when a migration is proved. Pure.
import type {KnownMachine, KnownSubnets} from '../dhcp/known-machines.js'
import {askingKinds, type DhcpQuestion} from '../dhcp4/ask-many.js'
import {ipv4FromNumber, ipv4ToNumber, rangeHas, renderSubnet, subnetHas, type Ipv4, type Subnet} from '../net/ipv4.js'
import {macFromBytes, type Mac} from '../net/mac.js'
import type {CablePlan} from '../vm/cable.js'

/** A machine in a subnet. */
export type ProofClient = {
  readonly name: string
  readonly mac: Mac
  readonly subnet: string
  /** No host declaration and no host of the lab. */
  readonly isUnknown: boolean
}

export type ProofPlan = {
  readonly cable: CablePlan
  readonly clients: readonly ProofClient[]
  /** As many for each client as there are kinds of asking, in the order of the clients. */
  readonly questions: readonly DhcpQuestion[]
  /** What cannot be asked, and why. */
  readonly warnings: readonly string[]
}

export type ProofPlanInput = KnownSubnets & {
  readonly machines: readonly KnownMachine[]
  /** More machines, of which nothing is known. */
  readonly unknown: readonly Mac[]
}

/** Candidates that are looked at for an address of our own in each subnet. */
const LOOKED_AT = 4096

type Place = {readonly subnet: Subnet; readonly relay: Ipv4; readonly hasPool: boolean}

/** undefined: there is no subnet in which a server could stand. */
export function planProof(input: ProofPlanInput): ProofPlan | undefined {
  const warnings: string[] = []
  const isReserved = new Set(input.machines.flatMap(({addresses}) => addresses))
  const isFree = (ip: Ipv4): boolean => !isReserved.has(ip) && !input.ranges.some((range) => rangeHas(range, ip))
  let server: {ip: Ipv4; subnet: Subnet} | undefined
  const places = input.subnets.flatMap((subnet): Place[] => {
    const free = freeAddresses(subnet, isFree, isReserved)
    const [relay, second] = free
    if (server === undefined && second !== undefined) server = {ip: second, subnet}
    if (relay === undefined) {
      warnings.push(`${renderSubnet(subnet)} was not asked about: no address is left in it to ask from`)
      return []
    }
    return [{subnet, relay, hasPool: input.ranges.some(({first}) => subnetHas(subnet, first))}]
  })
  if (server === undefined || places.length === 0) return undefined
  const clients = [...knownClients(input.machines, places, warnings), ...unknownClients(input, places)]
  const questions = clients.flatMap(({client, clientId, place}) =>
    askingKinds.map((as): DhcpQuestion => ({mac: client.mac, relay: place.relay, as, ...(clientId === undefined ? {} : {clientId})})),
  )
  const cable = {server: server.ip, subnet: server.subnet, relays: places.map(({relay}) => relay)}
  return {cable, clients: clients.map(({client}) => client), questions, warnings}
}

type Placed = {readonly client: ProofClient; readonly clientId?: string | undefined; readonly place: Place}

/** Each in the subnets of its addresses; one without an address in the first subnet that gives addresses. */
function knownClients(machines: readonly KnownMachine[], places: readonly Place[], warnings: string[]): Placed[] {
  return machines.flatMap(({name, mac, clientId, addresses}, index): Placed[] => {
    const own = places.filter(({subnet}) => addresses.some((ip) => subnetHas(subnet, ip)))
    if (own.length === 0 && addresses.length > 0)
      warnings.push(`${name} was not asked about: ${addresses.join(', ')} is in no subnet that could be asked about`)
    const anywhere = places.find(({hasPool}) => hasPool) ?? places[0]
    const asked = addresses.length > 0 || anywhere === undefined ? own : [anywhere]
    return asked.map((place) => ({
      client: {name, mac: mac ?? madeUpMac(1, index), subnet: renderSubnet(place.subnet), isUnknown: false},
      clientId,
      place,
    }))
  })
}

/** Somebody whom nobody knows in each subnet; those that were named in the first that gives addresses. */
function unknownClients({machines, unknown}: ProofPlanInput, places: readonly Place[]): Placed[] {
  const known = new Set(machines.map(({mac}) => mac))
  const named = [...new Set(unknown)].filter((mac) => !known.has(mac))
  const place = places.find(({hasPool}) => hasPool) ?? places[0]
  return [
    ...places.map((each, index) => unknownIn(each, madeUpMac(2, index))),
    ...named.flatMap((mac) => (place === undefined ? [] : [unknownIn(place, mac)])),
  ]
}

function unknownIn(place: Place, mac: Mac): Placed {
  return {client: {name: '(unknown)', mac, subnet: renderSubnet(place.subnet), isUnknown: true}, place}
}

/** Locally administered (IEEE 802, bit 1 of the first byte), so no card has it. */
function madeUpMac(kind: number, index: number): Mac {
  return macFromBytes(Uint8Array.of(0x02, 0x70, 0x78, kind, index >>> 8, index))
}

/** Up to two, from the end of the subnet; one of a pool rather than none. */
function freeAddresses({address, prefix}: Subnet, isFree: (ip: Ipv4) => boolean, isReserved: ReadonlySet<Ipv4>): Ipv4[] {
  const first = ipv4ToNumber(address) + 1
  const last = ipv4ToNumber(address) + 2 ** (32 - prefix) - 2
  const free: Ipv4[] = []
  const inPools: Ipv4[] = []
  for (let number = last; number >= first && number > last - LOOKED_AT && free.length < 2; number--) {
    const ip = ipv4FromNumber(number)
    if (isFree(ip)) free.push(ip)
    else if (inPools.length < 2 && !isReserved.has(ip)) inPools.push(ip)
  }
  return [...free, ...inPools].slice(0, 2)
}
