// The network's side of a lease: how long, which mask, router, name servers and name.
import {broadcastOf, type Ipv4, netmaskOf, type Subnet} from '../net/ipv4.js'
import {optionCode} from './option-codes.js'
import {addressBytes, textBytes, uint32Bytes, wantsOption} from './option-values.js'
import type {Dhcp4Packet} from './packet.js'

/** The lab network that a server gives addresses for. Each field says what it becomes in a reply. */
export type Dhcp4Network = {
  /** Our address on it: option 54. */
  readonly server: Ipv4
  /** Options 1 and 28. */
  readonly subnet: Subnet
  /** siaddr and option 66; `server` when absent. */
  readonly nextServer?: Ipv4 | undefined
  /** Option 3. */
  readonly gateway?: Ipv4 | undefined
  /** Option 6. */
  readonly dns: readonly Ipv4[]
  /** Option 15. */
  readonly domain?: string | undefined
  /** Option 51, one hour by default; half of it is T1 (58), seven eighths T2 (59): RFC 2131 section 4.4.5. */
  readonly leaseSeconds?: number | undefined
}

const DEFAULT_LEASE_SECONDS = 3600

/** How long a lease lasts. */
export function leaseSecondsOf({leaseSeconds = DEFAULT_LEASE_SECONDS}: Dhcp4Network): number {
  return leaseSeconds
}

/** Options 51, 58 and 59. */
export function leaseTimes(network: Dhcp4Network): [number, Uint8Array][] {
  const leaseSeconds = leaseSecondsOf(network)
  return [
    [optionCode.leaseSeconds, uint32Bytes(leaseSeconds)],
    [optionCode.renewalSeconds, uint32Bytes(Math.floor(leaseSeconds / 2))],
    [optionCode.rebindingSeconds, uint32Bytes(Math.floor((leaseSeconds * 7) / 8))],
  ]
}

/** The network's parameters that the client asks for; the mask comes before the router (RFC 2132 section 3.3). */
export function networkOptions(request: Dhcp4Packet, network: Dhcp4Network, hostName?: string): [number, Uint8Array][] {
  const {gateway, domain, dns, subnet} = network
  const offered: [number, Uint8Array][] = [
    [optionCode.subnetMask, addressBytes(netmaskOf(subnet))],
    [optionCode.routers, gateway === undefined ? new Uint8Array() : addressBytes(gateway)],
    [optionCode.dnsServers, addressBytes(...dns)],
    [optionCode.hostName, textBytes(hostName ?? '')],
    [optionCode.domainName, textBytes(domain ?? '')],
    [optionCode.broadcastAddress, addressBytes(broadcastOf(subnet))],
  ]
  return offered.filter(([code, value]) => value.length > 0 && wantsOption(request, code))
}
