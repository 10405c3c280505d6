// The program behind boot-probe.ts: asks the DHCP server on its wire as one firmware after the other, posing as their relay agent.
import {createSocket} from 'node:dgram'
import {bootRequest} from '../../../src/dhcp4/boot-client.js'
import {optionCode} from '../../../src/dhcp4/option-codes.js'
import {bootFilenameOf, findText, messageTypeOf, textBytes} from '../../../src/dhcp4/option-values.js'
import {decodePacket, encodePacket, type Dhcp4Packet} from '../../../src/dhcp4/packet.js'
import {parseIpv4} from '../../../src/net/ipv4.js'
import {macFromBytes} from '../../../src/net/mac.js'
import type {BootOffer, BootProbe} from './boot-probe.js'

const {address, probes} = JSON.parse(process.argv[2] ?? '') as {address: string; probes: BootProbe[]}
const relay = parseIpv4(address)

function questionOf(
  {architecture, isIpxe = false, isHttpClient = false, isBare = false, userClass}: BootProbe,
  index: number,
): Dhcp4Packet {
  const mac = macFromBytes(Uint8Array.of(0x02, 0, 0, 0, 1, index))
  const request = bootRequest({mac, firmware: {architecture, isIpxe, isHttpClient}}, {xid: 0x1000 + index, secs: 0})
  const options = new Map(request.options)
  if (isBare) {
    options.set(optionCode.vendorClass, textBytes('PXEClient'))
    options.delete(optionCode.architecture)
  }
  if (userClass !== undefined) options.set(optionCode.userClass, Uint8Array.from(userClass))
  return {...request, options, giaddr: relay, hops: 1}
}

const socket = createSocket({type: 'udp4', reuseAddr: true})
const answers = new Map<number, BootOffer>()
socket.on('message', (bytes: Buffer) => {
  const decoded = decodePacket(bytes)
  if (decoded.kind !== 'packet' || messageTypeOf(decoded.packet) !== 'offer') return
  const {siaddr, xid, options} = decoded.packet
  answers.set(xid, {
    filename: bootFilenameOf(decoded.packet) ?? null,
    nextServer: siaddr,
    vendorClass: findText(options, optionCode.vendorClass) ?? null,
  })
})
await new Promise<void>((resolve) => socket.bind(67, address, resolve))
socket.setBroadcast(true)
const questions = probes.map(questionOf)
// A new address is pinged for a second before it is offered; a lost packet is sent again.
for (let round = 0; round < 6 && answers.size < questions.length; round++) {
  for (const question of questions) if (!answers.has(question.xid)) socket.send(encodePacket(question), 67, '255.255.255.255')
  for (let wait = 0; wait < 20 && answers.size < questions.length; wait++) await new Promise((resolve) => setTimeout(resolve, 100))
}
socket.close()
process.stdout.write(JSON.stringify(questions.map(({xid}) => answers.get(xid) ?? null)))
