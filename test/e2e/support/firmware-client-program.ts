// The program behind firmware-client.ts: reads FirmwareQuestions as JSON on stdin, prints what is offered to each.
import {createSocket} from 'node:dgram'
import {text} from 'node:stream/consumers'
import {bootRequest} from '../../../src/dhcp4/boot-client.js'
import {optionCode} from '../../../src/dhcp4/option-codes.js'
import {bootFilenameOf, findText, messageTypeOf, textBytes} from '../../../src/dhcp4/option-values.js'
import {decodePacket, encodePacket, type Dhcp4Packet} from '../../../src/dhcp4/packet.js'
import {parseIpv4} from '../../../src/net/ipv4.js'
import {macFromBytes, parseMac} from '../../../src/net/mac.js'
import type {Asking, FirmwareQuestions, Offered} from './firmware-client.js'

const {askings, as} = JSON.parse(await text(process.stdin)) as FirmwareQuestions
const firstXid = Math.floor(Math.random() * 2 ** 31)

function questionOf({architecture, isIpxe = false, isHttpClient = false, userClass}: Asking, index: number): Dhcp4Packet {
  const mac = as.kind === 'client' ? parseMac(as.mac) : macFromBytes(Uint8Array.of(0x02, 0, 0, 0, 1, index))
  const firmware = {architecture: architecture ?? 0, isIpxe, isHttpClient}
  const request = bootRequest({mac, firmware}, {xid: firstXid + index, secs: 4})
  const options = new Map(request.options)
  if (architecture === undefined) {
    options.set(optionCode.vendorClass, textBytes('PXEClient'))
    options.delete(optionCode.architecture)
  }
  if (userClass !== undefined) options.set(optionCode.userClass, Uint8Array.from(userClass))
  // Broadcast, because the answer must reach a socket that is not bound to the address that is offered.
  if (as.kind === 'client') return {...request, options, broadcast: true}
  return {...request, options, giaddr: parseIpv4(as.address), hops: 1}
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
