// Where on this machine the lab is: one interface, one address, one subnet. What the settings leave out is taken from the
// interface they name; an interface is never guessed.
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import type {Settings} from '../lab/settings.js'
import {type Ipv4, parseIpv4, type Subnet, subnetAround} from '../net/ipv4.js'
import type {InterfaceAddress} from '../system/network.js'

/** The place, and which setting led there. */
export type ServePlace = {
  readonly address: Ipv4
  readonly subnet: Subnet | undefined
  /** undefined where none is known to have the address. Node does not list interfaces without a link. */
  readonly interface: string | undefined
  readonly chosenBy: 'network.server' | 'network.interface'
}

/**
 * The place that the settings name among the addresses of this machine; undefined where they name none. Throws
 * INTERFACE_UNKNOWN, INTERFACE_AMBIGUOUS, or INTERFACE_MISMATCH where server and interface contradict each other.
 */
export function findServePlace({network}: Settings, here: readonly InterfaceAddress[]): ServePlace | undefined {
  if (network.server !== undefined) {
    const own = here.find(({address}) => address === network.server)
    if (own !== undefined && own.interface !== (network.interface ?? own.interface)) throw mismatch(own, network.interface ?? '')
    return {
      address: network.server,
      subnet: network.subnet ?? subnetOf(own),
      interface: own?.interface ?? network.interface,
      chosenBy: 'network.server',
    }
  }
  if (network.interface === undefined) return undefined
  const theirs = here.filter((one) => one.interface === network.interface)
  const [own, another] = theirs
  if (own === undefined) throw unknownInterface(network.interface, here)
  if (another !== undefined) throw ambiguous(network.interface, theirs)
  const address = parseIpv4(own.address)
  return {address, subnet: network.subnet ?? subnetOf(own), interface: own.interface, chosenBy: 'network.interface'}
}

/** The lab with server and subnet of the place, now and whenever its settings are read again. */
export function withPlace(lab: Lab, place: ServePlace): Lab {
  const fill = (settings: Settings): Settings => {
    const {server = place.address, subnet = place.subnet} = settings.network
    return {...settings, network: {...settings.network, server, subnet}}
  }
  return {...lab, settings: fill(lab.settings), readSettings: async () => fill(await lab.readSettings())}
}

/** The error for a lab that names neither server nor interface; the choice is the user's. */
export function noPlace(here: readonly InterfaceAddress[]): PxectlError {
  return new PxectlError('neither network.server nor network.interface is set: it is not known on which network the lab is', {
    code: 'SETTING_MISSING',
    kind: 'usage',
    details: {name: 'network.interface'},
    suggestions: here.filter(({internal}) => !internal).map((one) => choiceOf(one, here)),
  })
}

/** Where an interface has several addresses, only the address will do. */
function choiceOf(one: InterfaceAddress, here: readonly InterfaceAddress[]): string {
  const isAlone = here.filter(({interface: name}) => name === one.interface).length === 1
  const choice = isAlone
    ? `network.interface ${one.interface}   # ${one.cidr}`
    : `network.server ${one.address}   # ${one.cidr} of ${one.interface}`
  return `pxectl config set ${choice}`
}

/** undefined for a point-to-point address, which has no network around it. */
function subnetOf(own: InterfaceAddress | undefined): Subnet | undefined {
  const prefix = Number(own?.cidr.split('/')[1] ?? 0)
  return own === undefined || prefix < 1 || prefix > 30 ? undefined : subnetAround(parseIpv4(own.address), prefix)
}

function mismatch(own: InterfaceAddress, name: string): PxectlError {
  return new PxectlError(`network.server ${own.address} is an address of ${own.interface}, not of ${name} (network.interface)`, {
    code: 'INTERFACE_MISMATCH',
    kind: 'usage',
    details: {server: own.address, interface: name, found: own.interface},
    suggestions: [`pxectl config set network.interface ${own.interface}`, `pxectl config set network.server ''   # that of ${name}`],
  })
}

function unknownInterface(name: string, here: readonly InterfaceAddress[]): PxectlError {
  return new PxectlError(
    `the interface ${name} is not on this machine, or has no IPv4 address, or no link (a virtual network where no machine runs)`,
    {
      code: 'INTERFACE_UNKNOWN',
      kind: 'environment',
      details: {interface: name, interfaces: [...new Set(here.map((one) => one.interface))]},
      suggestions: [
        `interfaces with an address and a link: ${here.map((one) => `${one.interface} (${one.cidr})`).join(', ')}`,
        'without a link, name the address and the subnet: pxectl config set network.server ADDRESS',
      ],
    },
  )
}

function ambiguous(name: string, theirs: readonly InterfaceAddress[]): PxectlError {
  return new PxectlError(`the interface ${name} has ${theirs.length} addresses, and network.server does not say which is the lab's`, {
    code: 'INTERFACE_AMBIGUOUS',
    kind: 'usage',
    details: {interface: name, addresses: theirs.map(({address}) => address)},
    suggestions: theirs.map(({address, cidr}) => `pxectl config set network.server ${address}   # ${cidr}`),
  })
}
