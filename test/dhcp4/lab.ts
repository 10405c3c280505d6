// The lab of the captures, as the server sees it.
import {decideReply, type Dhcp4Host} from '../../src/dhcp4/decide.js'
import type {FullNetwork} from '../../src/dhcp4/full-reply.js'
import type {ClientFirmware} from '../../src/dhcp4/client-firmware.js'
import type {Decision} from '../../src/dhcp4/decision.js'
import type {Dhcp4Packet} from '../../src/dhcp4/packet.js'
import {parseIpv4, parseSubnet} from '../../src/net/ipv4.js'
import {parseMac} from '../../src/net/mac.js'

export const network: FullNetwork = {
  server: parseIpv4('10.77.0.1'),
  subnet: parseSubnet('10.77.0.0/24'),
  gateway: parseIpv4('10.77.0.254'),
  dns: [parseIpv4('10.77.0.1'), parseIpv4('10.77.0.2')],
  domain: 'lab.example',
  leaseSeconds: 600,
  filenameFor,
}

export const tk1: Dhcp4Host = {name: 'tk1', mac: parseMac('52:54:00:a1:b2:c3'), ip: parseIpv4('10.77.0.50')}

function filenameFor({architecture, isIpxe, isHttpClient}: ClientFirmware): string | undefined {
  if (isIpxe) return 'http://10.77.0.1/boot.ipxe'
  if (isHttpClient) return 'http://10.77.0.1/ipxe.efi'
  return new Map([
    [0, 'undionly.kpxe'],
    [7, 'ipxe.efi'],
    [11, 'arm64/ipxe.efi'],
  ]).get(architecture)
}

/** Decides for the lab's one host, found by MAC as serve does. */
export function decideForLab(request: Dhcp4Packet): Decision {
  return decideReply(request, network, request.mac === tk1.mac ? tk1 : undefined)
}
