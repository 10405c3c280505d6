// The program behind firmware-client.ts: reads an Asking with a MAC address as JSON on stdin, prints what is offered.
import {createSocket} from 'node:dgram'
import {text} from 'node:stream/consumers'
import {bootRequest} from '../../../src/dhcp4/boot-client.js'
import {optionCode} from '../../../src/dhcp4/option-codes.js'
import {bootFilenameOf, findText, messageTypeOf} from '../../../src/dhcp4/option-values.js'
import {decodePacket, encodePacket} from '../../../src/dhcp4/packet.js'
import {parseMac} from '../../../src/net/mac.js'
import type {Asking, Offered} from './firmware-client.js'

const asking = JSON.parse(await text(process.stdin)) as Asking & {readonly mac: string}
const {architecture, isIpxe = false, isHttpClient = false} = asking
const xid = Math.floor(Math.random() * 2 ** 32)
const request = bootRequest({mac: parseMac(asking.mac), firmware: {architecture: architecture ?? 0, isIpxe, isHttpClient}}, {xid, secs: 4})
const options = new Map(request.options)
if (architecture === undefined) {
  options.delete(optionCode.architecture)
  options.set(optionCode.vendorClass, Buffer.from('PXEClient'))
}
if (asking.isUserClassCounted === true) options.set(optionCode.userClass, Buffer.from('\u0004iPXE', 'latin1'))

const socket = createSocket('udp4')
const finish = (offered: Offered | null): void => {
  process.stdout.write(JSON.stringify(offered))
  socket.close()
  clearInterval(again)
  clearTimeout(limit)
}
socket.on('message', (bytes: Buffer) => {
  const decoded = decodePacket(bytes)
  if (decoded.kind !== 'packet' || decoded.packet.xid !== xid || messageTypeOf(decoded.packet) !== 'offer') return
  const {packet} = decoded
  finish({
    ip: packet.yiaddr,
    nextServer: packet.siaddr,
    filename: bootFilenameOf(packet) ?? null,
    vendorClass: findText(packet.options, optionCode.vendorClass) ?? null,
  })
})
// Broadcast, because the answer must reach a socket that is not bound to the address that is offered.
const send = (): void =>
  socket.send(encodePacket({...request, broadcast: true, options}), 67, '255.255.255.255', (error) => {
    if (error !== null) throw error
  })
const again = setInterval(send, 1000)
const limit = setTimeout(() => finish(null), 8000)
socket.bind(68, () => {
  socket.setBroadcast(true)
  send()
})
