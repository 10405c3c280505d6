// The program behind firmware-boot.ts: reads BootQuestions as JSON on stdin, prints what each machine was told.
import {Buffer} from 'node:buffer'
import {createSocket, type Socket} from 'node:dgram'
import {text} from 'node:stream/consumers'
import {optionCode} from '../../../src/dhcp4/option-codes.js'
import {bootFilenameOf, findAddress, findText, messageTypeBytes, messageTypeOf} from '../../../src/dhcp4/option-values.js'
import {decodePacket, encodePacket, noAddress, type Dhcp4Packet} from '../../../src/dhcp4/packet.js'
import {parseMac} from '../../../src/net/mac.js'
import {askingPacket} from './firmware-asking.js'
import type {BootingMachine, BootQuestions, Replied} from './firmware-boot.js'

const SERVER_PORT = 67
const PROXY_PORT = 4011

const {machines, proxy} = JSON.parse(await text(process.stdin)) as BootQuestions
const firstXid = Math.floor(Math.random() * 2 ** 31)

type State = BootingMachine & {
  readonly xid: number
  /** The offer of an address. */
  offer?: Dhcp4Packet
  readonly heard: Map<string, Replied>
}
const states: readonly State[] = machines.map((machine, index) => ({...machine, xid: firstXid + index, heard: new Map()}))

/** Broadcast, because the answers must reach a socket that is not bound to the address that is offered. */
function packetOf({mac, asking, xid}: State, offer?: Dhcp4Packet): Dhcp4Packet {
  const serverId = offer === undefined ? undefined : findAddress(offer.options, optionCode.serverId)
  const take = offer === undefined || serverId === undefined ? {} : {take: {ip: offer.yiaddr, serverId}}
  return {...askingPacket(parseMac(mac), asking, {xid, secs: 4, ...take}), broadcast: true}
}

function send(socket: Socket, packet: Dhcp4Packet, port: number, address: string): void {
  socket.send(encodePacket(packet), port, address, (error) => {
    if (error !== null) throw error
  })
}

function hasHeard({heard}: State, type: 'offer' | 'ack', from: 'server' | 'proxy'): boolean {
  return heard.has(`${type} ${from}`)
}

/** What this machine has no answer to yet. EDK2 asks port 4011 from there; HTTP boot does not ask it. */
function ask(state: State): void {
  const {asking, offer} = state
  if (offer === undefined) return send(sockets.client, packetOf(state), SERVER_PORT, '255.255.255.255')
  if (!hasHeard(state, 'ack', 'server')) send(sockets.client, packetOf(state, offer), SERVER_PORT, '255.255.255.255')
  if (proxy === undefined || asking.isHttpClient === true || hasHeard(state, 'ack', 'proxy')) return
  const isEdk2 = asking.isIpxe !== true && (asking.architecture ?? 0) !== 0
  const question = packetOf(state)
  const options = new Map([...question.options, [optionCode.messageType, messageTypeBytes('request')]])
  send(isEdk2 ? sockets.proxy : sockets.client, {...question, options, ciaddr: offer.yiaddr}, PROXY_PORT, proxy)
}

function hear(bytes: Uint8Array, port: number): void {
  const decoded = decodePacket(bytes)
  if (decoded.kind !== 'packet' || decoded.packet.op !== 'reply') return
  const {packet} = decoded
  const state = states.find(({xid, mac}) => xid === packet.xid && mac === packet.mac)
  const type = messageTypeOf(packet)
  if (state === undefined || type === undefined) return
  const from = packet.yiaddr === noAddress ? 'proxy' : 'server'
  const vendorSpecific = packet.options.get(optionCode.vendorSpecific)
  state.heard.set(`${type} ${from}`, {
    type,
    ip: packet.yiaddr,
    nextServer: packet.siaddr,
    filename: bootFilenameOf(packet) ?? null,
    vendorClass: findText(packet.options, optionCode.vendorClass) ?? null,
    vendorSpecific: vendorSpecific === undefined ? null : Buffer.from(vendorSpecific).toString('hex'),
    port,
  })
  if (type === 'offer' && from === 'server' && state.offer === undefined) {
    state.offer = packet
    ask(state)
  }
  if (states.every(({heard, replies}) => heard.size >= replies)) finish()
}

async function open(port: number): Promise<Socket> {
  const socket = createSocket({type: 'udp4', reuseAddr: true}).on('message', (bytes: Buffer) => hear(bytes, port))
  await new Promise<void>((resolve) => socket.bind(port, resolve))
  socket.setBroadcast(true)
  return socket
}

const sockets = {client: await open(68), proxy: await open(PROXY_PORT)}
// A lost packet is sent again, and whoever has not answered by then does not answer.
const askAll = (): void => states.filter(({heard, replies}) => heard.size < replies).forEach(ask)
const again = setInterval(askAll, 2000)
const limit = setTimeout(finish, 60_000)
function finish(): void {
  clearInterval(again)
  clearTimeout(limit)
  for (const socket of Object.values(sockets)) socket.close()
  process.stdout.write(JSON.stringify(states.map(({heard}) => [...heard.values()].sort((a, b) => b.type.localeCompare(a.type)))))
}
askAll()
