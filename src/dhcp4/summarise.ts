// One line per packet for logs. Everything a client chose is escaped: a log must not move the cursor of who reads it.
import {renderLogText} from './log-text.js'
import {architectureName, firmwareOf} from './client-firmware.js'
import {optionCode} from './option-codes.js'
import {bootFilenameOf, findAddress, findText, messageTypeOf} from './option-values.js'
import {type Dhcp4Packet, noAddress} from './packet.js'

/** E.g. `DISCOVER 52:54:00:a1:b2:c3 xid f11b7e6a, iPXE on BIOS` or `ACK … yours 10.77.0.50, file "pxelinux.0"`. */
export function summarise(packet: Dhcp4Packet): string {
  const type = messageTypeOf(packet)?.toUpperCase() ?? (packet.op === 'request' ? 'BOOTREQUEST' : 'BOOTREPLY')
  const parts = packet.op === 'request' ? requestParts(packet) : replyParts(packet)
  const relay = packet.giaddr === noAddress ? [] : [`relayed by ${packet.giaddr}`]
  return [`${type} ${packet.mac} xid ${packet.xid.toString(16).padStart(8, '0')}`, ...parts, ...relay].join(', ')
}

function requestParts(packet: Dhcp4Packet): string[] {
  const {architecture, isIpxe, isHttpClient, isPxeClient} = firmwareOf(packet)
  const vendorClass = findText(packet.options, optionCode.vendorClass)
  const requested = findAddress(packet.options, optionCode.requestedAddress)
  const parts: string[] = []
  if (isIpxe) parts.push(`iPXE on ${architectureName(architecture)}`)
  else if (isPxeClient || isHttpClient) parts.push(architectureName(architecture))
  else if (vendorClass !== undefined) parts.push(`class ${renderLogText(vendorClass)}`)
  if (packet.ciaddr !== noAddress) parts.push(`has ${packet.ciaddr}`)
  if (requested !== undefined) parts.push(`wants ${requested}`)
  return parts
}

function replyParts(packet: Dhcp4Packet): string[] {
  const filename = bootFilenameOf(packet)
  const message = findText(packet.options, optionCode.message)
  const parts: string[] = []
  if (packet.yiaddr !== noAddress) parts.push(`yours ${packet.yiaddr}`)
  if (packet.siaddr !== noAddress) parts.push(`next-server ${packet.siaddr}`)
  if (filename !== undefined) parts.push(`file ${renderLogText(filename)}`)
  if (message !== undefined) parts.push(renderLogText(message))
  return parts
}
