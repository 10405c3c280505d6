// The program behind firmware-client.ts: reads FirmwareQuestions as JSON on stdin, prints what is offered to each.
import {createSocket} from 'node:dgram'
import {text} from 'node:stream/consumers'
import {optionCode} from '../../../src/dhcp4/option-codes.js'
import {bootFilenameOf, findText, messageTypeOf} from '../../../src/dhcp4/option-values.js'
import {decodePacket, encodePacket, type Dhcp4Packet} from '../../../src/dhcp4/packet.js'
import {parseIpv4} from '../../../src/net/ipv4.js'
import {macFromBytes, parseMac} from '../../../src/net/mac.js'
import {askingPacket} from './firmware-asking.js'
import type {Asking, FirmwareQuestions, Offered} from './firmware-client.js'

const {askings, as} = JSON.parse(await text(process.stdin)) as FirmwareQuestions
const firstXid = Math.floor(Math.random() * 2 ** 31)

function questionOf(asking: Asking, index: number): Dhcp4Packet {
  const mac = as.kind === 'client' ? parseMac(as.mac) : macFromBytes(Uint8Array.of(0x02, 0, 0, 0, 1, index))
  const packet = askingPacket(mac, asking, {xid: firstXid + index, secs: 4})
  // Broadcast, because the answer must reach a socket that is not bound to the address that is offered.
  if (as.kind === 'client') return {...packet, broadcast: true}
  return {...packet, giaddr: parseIpv4(as.address), hops: 1}
}

const questions = askings.map(questionOf)
const answers = new Map<number, Offered>()
const socket = createSocket({type: 'udp4', reuseAddr: true})
const finish = (): void => {
  clearInterval(again)
  clearTimeout(limit)
  socket.close()
  process.stdout.write(JSON.stringify(questions.map(({xid}) => answers.get(xid) ?? null)))
}
socket.on('message', (bytes: Buffer) => {
  const decoded = decodePacket(bytes)
  if (decoded.kind !== 'packet' || messageTypeOf(decoded.packet) !== 'offer') return
  const {packet} = decoded
  if (!questions.some(({xid}) => xid === packet.xid)) return
  answers.set(packet.xid, {
    ip: packet.yiaddr,
    nextServer: packet.siaddr,
    filename: bootFilenameOf(packet) ?? null,
    vendorClass: findText(packet.options, optionCode.vendorClass) ?? null,
  })
  if (answers.size === questions.length) finish()
})
// A new address is pinged for a second before it is offered; a lost packet is sent again.
const send = (): void => {
  for (const question of questions) {
    if (answers.has(question.xid)) continue
    socket.send(encodePacket(question), 67, '255.255.255.255', (error) => {
      if (error !== null) throw error
    })
  }
}
const again = setInterval(send, 2000)
const limit = setTimeout(finish, 12_000)
const place = as.kind === 'client' ? {port: 68} : {port: 67, address: as.address}
socket.bind(place, () => {
  socket.setBroadcast(true)
  send()
})
