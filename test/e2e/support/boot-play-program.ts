// The program behind boot-play.ts: reads PlayedMachine[] as JSON on stdin, prints what became of each step.
import {createSocket, type Socket} from 'node:dgram'
import {get} from 'node:http'
import {text} from 'node:stream/consumers'
import {optionCode} from '../../../src/dhcp4/option-codes.js'
import {addressBytes, findAddress, messageTypeBytes, messageTypeOf} from '../../../src/dhcp4/option-values.js'
import {decodePacket, encodePacket, type Dhcp4Packet} from '../../../src/dhcp4/packet.js'
import {parseIpv4} from '../../../src/net/ipv4.js'
import {parseMac} from '../../../src/net/mac.js'
import {decodePacket as decodeTftp, encodePacket as encodeTftp, type Packet} from '../../../src/tftp/packet.js'
import {askingPacket} from './firmware-asking.js'
import type {PlayedMachine, PlayStep} from './boot-play.js'
import {SERVER} from './network.js'

const machines = JSON.parse(await text(process.stdin)) as PlayedMachine[]
const heard = new Map<number, (packet: Dhcp4Packet) => void>()
let nextXid = Math.floor(Math.random() * 2 ** 30)

const dhcp = createSocket({type: 'udp4', reuseAddr: true}).on('message', (bytes: Buffer) => {
  const decoded = decodePacket(bytes)
  if (decoded.kind === 'packet') heard.get(decoded.packet.xid)?.(decoded.packet)
})
await new Promise<void>((resolve) => dhcp.bind(68, resolve))
dhcp.setBroadcast(true)

/** Broadcast, because the answers must reach a socket that is not bound to the address that is offered. */
function send(packet: Dhcp4Packet): Promise<void> {
  return new Promise((resolve, reject) => {
    dhcp.send(encodePacket({...packet, broadcast: true}), 67, '255.255.255.255', (error) => (error === null ? resolve() : reject(error)))
  })
}

async function answerTo(packet: Dhcp4Packet, type: 'offer' | 'ack'): Promise<Dhcp4Packet | undefined> {
  const answer = await new Promise<Dhcp4Packet | undefined>((resolve) => {
    heard.set(packet.xid, (reply) => messageTypeOf(reply) === type && reply.mac === packet.mac && resolve(reply))
    void send(packet)
    const again = setInterval(() => void send(packet), 2000)
    setTimeout(() => (clearInterval(again), resolve(undefined)), 15_000)
    const heardNow = heard.get(packet.xid)
    heard.set(packet.xid, (reply) => (heardNow?.(reply), messageTypeOf(reply) === type ? clearInterval(again) : undefined))
  })
  heard.delete(packet.xid)
  return answer
}

async function lease(mac: string, step: Extract<PlayStep, {do: 'dhcp'}>): Promise<string> {
  const xid = nextXid++
  const discover = askingPacket(parseMac(mac), step.asking, {xid, secs: 0})
  if (!step.answered) {
    await send(discover)
    return 'sent'
  }
  const offer = await answerTo(discover, 'offer')
  const serverId = offer === undefined ? undefined : findAddress(offer.options, optionCode.serverId)
  if (offer === undefined || serverId === undefined) return 'no offer'
  const ack = await answerTo(askingPacket(parseMac(mac), step.asking, {xid, secs: 0, take: {ip: offer.yiaddr, serverId}}), 'ack')
  return ack === undefined ? 'no ack' : `leased ${ack.yiaddr}`
}

async function claim(mac: string, step: Extract<PlayStep, {do: 'request' | 'decline'}>): Promise<string> {
  const take = {ip: parseIpv4(step.ip), serverId: parseIpv4(step.server ?? SERVER)}
  const packet = askingPacket(parseMac(mac), step.asking, {xid: nextXid++, secs: 0, take})
  const options = new Map([
    ...packet.options,
    [optionCode.requestedAddress, addressBytes(take.ip)],
    [optionCode.messageType, messageTypeBytes(step.do)],
  ])
  // Without option 54 it is "I had this address, may I keep it?".
  if (step.do === 'request' && step.server === undefined) options.delete(optionCode.serverId)
  await send({...packet, options})
  return 'sent'
}

async function readTftp(ip: string, name: string, acks = Infinity): Promise<string> {
  const socket: Socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind({address: ip, port: 0}, resolve))
  let acknowledged = 0
  let blksize = 512
  const outcome = await new Promise<string>((resolve) => {
    const timer = setTimeout(() => resolve('silence'), 20_000)
    const finish = (what: string): void => (clearTimeout(timer), resolve(what))
    const send = (packet: Packet, port: number): void => void socket.send(encodeTftp(packet), port, SERVER)
    socket.on('message', (bytes: Buffer, from) => {
      const packet = decodeTftp(bytes)
      if (packet.kind === 'error') return finish(`error ${packet.errorCode}`)
      if (packet.kind !== 'oack' && packet.kind !== 'data') return
      if (acknowledged >= acks) return finish('left')
      acknowledged += 1
      if (packet.kind === 'oack') blksize = Number(packet.options.find(([key]) => key === 'blksize')?.[1] ?? blksize)
      const block = packet.kind === 'data' ? packet.block : 0
      send({kind: 'ack', block}, from.port)
      if (packet.kind === 'data' && packet.bytes.length < blksize) finish('read')
    })
    send(
      {
        kind: 'rrq',
        name,
        mode: 'octet',
        options: [
          ['tsize', '0'],
          ['blksize', '1408'],
        ],
      },
      69,
    )
  })
  socket.close()
  return outcome
}

function readHttp(ip: string, name: string): Promise<string> {
  return new Promise((resolve) => {
    get({host: SERVER, port: 8069, path: name, localAddress: ip, agent: false}, (response) => {
      response.resume().on('end', () => resolve(`status ${response.statusCode}`))
    }).on('error', (error) => resolve(error.message))
  })
}

async function play({mac, ip, steps}: PlayedMachine): Promise<string[]> {
  const outcomes: string[] = []
  for (const step of steps) {
    if (step.do === 'dhcp') outcomes.push(await lease(mac, step))
    else if (step.do === 'tftp') outcomes.push(await readTftp(ip, step.name, step.acks))
    else if (step.do === 'http') outcomes.push(await readHttp(ip, step.name))
    else outcomes.push(await claim(mac, step))
  }
  return outcomes
}

const outcomes = await Promise.all(machines.map(play))
dhcp.close()
process.stdout.write(JSON.stringify(outcomes))
