// The program behind renew-many.ts: REQUEST in state RENEWING (RFC 2131 section 4.3.2), the next when the ACK is here.
import {createSocket} from 'node:dgram'
import {text} from 'node:stream/consumers'
import {bootRequest} from '../../../src/dhcp4/boot-client.js'
import {optionCode} from '../../../src/dhcp4/option-codes.js'
import {messageTypeBytes, messageTypeOf} from '../../../src/dhcp4/option-values.js'
import {decodePacket, encodePacket} from '../../../src/dhcp4/packet.js'
import {parseIpv4} from '../../../src/net/ipv4.js'
import {parseMac} from '../../../src/net/mac.js'
import type {Renewing} from './renew-many.js'

const asked = JSON.parse(await text(process.stdin)) as Renewing & {readonly mac: string}
const firmware = {architecture: 0, isIpxe: true, isHttpClient: false}
const question = bootRequest({mac: parseMac(asked.mac), firmware}, {xid: 0, secs: 0})
const options = new Map([...question.options, [optionCode.messageType, messageTypeBytes('request')]])

const socket = createSocket('udp4')
let confirmed = 0
// A lost packet is sent again.
const send = (): void =>
  socket.send(encodePacket({...question, options, xid: confirmed + 1, ciaddr: parseIpv4(asked.ip)}), 67, asked.server)
const again = setInterval(send, 1000)
socket.on('message', (bytes: Buffer) => {
  const decoded = decodePacket(bytes)
  if (decoded.kind !== 'packet' || decoded.packet.xid !== confirmed + 1 || messageTypeOf(decoded.packet) !== 'ack') return
  confirmed++
  if (confirmed < asked.times) return send()
  clearInterval(again)
  socket.close()
  process.stdout.write(String(confirmed))
})
socket.bind(68, asked.ip, send)
