// The skeleton of every reply, and the part of it that names the boot file. Shared by all modes of the server.
import type {Ipv4} from '../net/ipv4.js'
import {architectureName, type ClientFirmware, isBootClient} from './client-firmware.js'
import {type MessageType, optionCode} from './option-codes.js'
import {addressBytes, messageTypeBytes, textBytes, wantsOption} from './option-values.js'
import {type Dhcp4Packet, noAddress} from './packet.js'
import {ipxeNoProxyBytes, pxeBootNowBytes} from './sub-options.js'

export type BootFile = {readonly nextServer: Ipv4; readonly filename: string}

/** An empty reply: the fields that are copied from the request (RFC 2131 section 4.3.1, table 3), options 53 and 54. */
export function replyTo(request: Dhcp4Packet, type: MessageType, server: Ipv4): Dhcp4Packet {
  return {
    op: 'reply',
    hops: 0,
    xid: request.xid,
    secs: 0,
    broadcast: request.broadcast,
    ciaddr: noAddress,
    yiaddr: noAddress,
    siaddr: noAddress,
    giaddr: request.giaddr,
    mac: request.mac,
    serverName: '',
    filename: '',
    options: new Map([
      [optionCode.messageType, messageTypeBytes(type)],
      [optionCode.serverId, addressBytes(server)],
      ...echoed(request, optionCode.clientId), // RFC 6842 section 3
      ...echoed(request, optionCode.machineId), // RFC 4578 section 2.3; a ROM that sends none gets none
    ]),
  }
}

/** The reply with these options added after those it has; a code it already has is replaced. */
export function withOptions(packet: Dhcp4Packet, options: Iterable<readonly [number, Uint8Array]>): Dhcp4Packet {
  return {...packet, options: new Map([...packet.options, ...options])}
}

/**
 * The reply with the boot file, said in each way that some firmware needs (measured with OVMF PXE, OVMF HTTP and iPXE):
 *
 * - siaddr and `file`: with the server only in option 66, iPXE hangs asking port 4011;
 * - option 60 as the client began its own: without it OVMF does not boot, and HTTP boot discovers for ever;
 * - option 43 for PXE clients: see pxeBootNowBytes;
 * - options 66 and 67 for those that ask: EDK2 prefers 67 to `file`.
 */
export function withBootFile(reply: Dhcp4Packet, request: Dhcp4Packet, firmware: ClientFirmware, boot: BootFile): Dhcp4Packet {
  const options: (readonly [number, Uint8Array])[] = []
  if (firmware.isHttpClient) options.push([optionCode.vendorClass, textBytes('HTTPClient')])
  if (firmware.isPxeClient) {
    options.push([optionCode.vendorClass, textBytes('PXEClient')], [optionCode.vendorSpecific, pxeBootNowBytes()])
  }
  if (wantsOption(request, optionCode.tftpServerName)) options.push([optionCode.tftpServerName, textBytes(boot.nextServer)])
  if (wantsOption(request, optionCode.bootFilename)) options.push([optionCode.bootFilename, textBytes(boot.filename)])
  return {...withOptions(reply, options), siaddr: boot.nextServer, filename: boot.filename}
}

/** What is told about a firmware that there is no boot file for; undefined where nobody expects one. */
export function noFileRemark(firmware: ClientFirmware): string | undefined {
  return isBootClient(firmware) ? `the lab has no boot file for ${architectureName(firmware.architecture)}` : undefined
}

/** The reply telling iPXE not to wait for a proxyDHCP server. Only for a server that is the lab's only one. */
export function withoutProxyWait(reply: Dhcp4Packet): Dhcp4Packet {
  return withOptions(reply, [[optionCode.ipxe, ipxeNoProxyBytes()]])
}

function echoed(request: Dhcp4Packet, code: number): [number, Uint8Array][] {
  const value = request.options.get(code)
  return value === undefined ? [] : [[code, value]]
}
