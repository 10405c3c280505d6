// What the server reports, as plain values: for the serve log, `--json` and `pxectl why`.
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import {type ClientFirmware, firmwareOf} from './client-firmware.js'
import type {Decision} from './decision.js'
import {type MessageType, optionCode} from './option-codes.js'
import {bootFilenameOf, findAddress, messageTypeOf} from './option-values.js'
import {type Dhcp4Packet, noAddress} from './packet.js'
import {summarise} from './summarise.js'

/** One thing that happened: a message type in or out, `ignored`, or `failed` (our trouble, not the client's). */
export type Dhcp4Event = {
  readonly protocol: 'dhcp'
  readonly kind: MessageType | 'ignored' | 'failed'
  /** Absent where no client is to blame: a socket error. */
  readonly mac?: Mac
  readonly ip?: Ipv4
  readonly name?: string
  readonly filename?: string
  readonly firmware?: ClientFirmware
  /** Who asks, also in the events of answers: a PXE ROM, UEFI HTTP boot, iPXE, or an operating system. */
  readonly asker?: DhcpAsker
  /** The server that answers, or whose offer a request takes (option 54). */
  readonly server?: Ipv4
  /** One line for people, escaped. */
  readonly message: string
}

export type DhcpAsker = 'pxe' | 'http' | 'ipxe' | 'system'

/** A request came in. */
export function requestEvent(request: Dhcp4Packet): Dhcp4Event {
  const server = findAddress(request.options, optionCode.serverId)
  return {
    ...about(request, messageTypeOf(request) ?? 'ignored', summarise(request)),
    firmware: firmwareOf(request),
    ...(server === undefined ? {} : {server}),
  }
}

/** What became of it. A note keeps its request's kind: a second `release` line, with the host's name. */
export function decisionEvent(request: Dhcp4Packet, decision: Decision): Dhcp4Event {
  const name = 'name' in decision && decision.name !== undefined ? {name: decision.name} : {}
  switch (decision.kind) {
    case 'ignore':
      return about(request, 'ignored', decision.reason)
    case 'note':
      return {...about(request, messageTypeOf(request) ?? 'ignored', decision.message), ...name}
    case 'reply': {
      const {packet, type, remark} = decision
      const filename = bootFilenameOf(packet)
      const server = findAddress(packet.options, optionCode.serverId)
      return {
        ...about(request, type, remark === undefined ? summarise(packet) : `${summarise(packet)}; ${remark}`),
        ...(packet.yiaddr === noAddress ? {} : {ip: packet.yiaddr}),
        ...name,
        ...(filename === undefined ? {} : {filename}),
        ...(server === undefined ? {} : {server}),
      }
    }
  }
}

/** A request that could not be answered. */
export function failureEvent(request: Dhcp4Packet, message: string): Dhcp4Event {
  return about(request, 'failed', message)
}

function about(request: Dhcp4Packet, kind: Dhcp4Event['kind'], message: string): Dhcp4Event {
  return {protocol: 'dhcp', kind, mac: request.mac, asker: askerOf(request), message}
}

function askerOf(request: Dhcp4Packet): DhcpAsker {
  const {isIpxe, isHttpClient, isPxeClient} = firmwareOf(request)
  if (isIpxe) return 'ipxe'
  if (isHttpClient) return 'http'
  return isPxeClient ? 'pxe' : 'system'
}
