// Asks one DHCP server for many machines at once, as the relay agent of each; for `dhcp migrate --prove`. The conversation of
// one machine is that of lease-exchange.ts.
import {performance} from 'node:perf_hooks'
import {assert} from '../errors.js'
import type {Ipv4} from '../net/ipv4.js'
import {type Mac, macToBytes} from '../net/mac.js'
import type {BootClient} from './boot-client.js'
import {type ExchangeInput, type ExchangeOptions, type LeaseOutcome, startExchange, stepExchange} from './lease-exchange.js'
import {optionCode} from './option-codes.js'
import {type Dhcp4Packet, decodePacket, encodePacket} from './packet.js'
import {serverPort} from './reply-address.js'
import {type DhcpSocket, openSocket} from './sockets.js'

/** As whom a machine asks; `os` is what it is once it runs, and asks for every option there is. */
export const askingKinds = ['bios', 'uefi-x64', 'uefi-ia32', 'uefi-arm64', 'uefi-http', 'ipxe', 'os'] as const
export type AskingKind = (typeof askingKinds)[number]

export type DhcpQuestion = {
  readonly mac: Mac
  /** Option 61 as hex digits, for a machine that is known by it. */
  readonly clientId?: string
  /** An address of our own in the subnet where the machine is to be (giaddr). */
  readonly relay: Ipv4
  readonly as: AskingKind
}

export type AskManyOptions = {
  readonly server: Ipv4
  /** How long one machine waits for its answer. */
  readonly timeoutMs: number
  readonly onAnswer: (index: number, outcome: LeaseOutcome) => void
}

const FIRMWARE: Readonly<Record<AskingKind, BootClient['firmware']>> = {
  bios: {architecture: 0, isIpxe: false, isHttpClient: false},
  'uefi-x64': {architecture: 7, isIpxe: false, isHttpClient: false},
  'uefi-ia32': {architecture: 6, isIpxe: false, isHttpClient: false},
  'uefi-arm64': {architecture: 11, isIpxe: false, isHttpClient: false},
  'uefi-http': {architecture: 16, isIpxe: false, isHttpClient: true},
  ipxe: {architecture: 7, isIpxe: true, isHttpClient: false},
  os: {architecture: 0, isIpxe: false, isHttpClient: false},
}

/** So many machines ask at the same time. */
const AT_ONCE = 128

const FIRMWARE_OPTIONS = [optionCode.architecture, optionCode.networkInterface, optionCode.vendorClass, optionCode.machineId]
const EVERY_OPTION = Uint8Array.from({length: 254}, (_, index) => index + 1)

type Asking = (question: DhcpQuestion, xid: number) => Promise<LeaseOutcome>

/** Asks all questions; those of one machine one after the other, as it would. Throws where a relay's port 67 cannot be had. */
export async function askMany(questions: readonly DhcpQuestion[], options: AskManyOptions): Promise<void> {
  const relays = new Map<Ipv4, DhcpSocket>()
  const running = new Map<number, (packet: Dhcp4Packet) => void>()
  const onDatagram = (bytes: Uint8Array): void => {
    const decoded = decodePacket(bytes)
    if (decoded.kind === 'packet') running.get(decoded.packet.xid)?.(decoded.packet)
  }
  try {
    for (const relay of new Set(questions.map((question) => question.relay)))
      relays.set(relay, await openSocket({address: relay, port: serverPort, onDatagram}))
    const ask: Asking = (question, xid) => {
      const socket = relays.get(question.relay)
      assert(socket !== undefined, 'each relay has its socket')
      return runExchange(exchangeOf(question, xid, options), {
        // A failed send is a lost packet.
        send: (packet) => void socket.send(encodePacket(packet), {address: options.server, port: serverPort}).catch(() => undefined),
        listen: (take) => (take === undefined ? running.delete(xid) : running.set(xid, take)),
      })
    }
    const machines = [...groupByMac(questions).values()]
    const worker = async (): Promise<void> => {
      for (let machine = machines.pop(); machine !== undefined; machine = machines.pop()) await askMachine(machine, ask, options)
    }
    machines.reverse()
    await Promise.all(Array.from({length: Math.min(AT_ONCE, machines.length)}, worker))
  } finally {
    await Promise.all([...relays.values()].map((socket) => socket.close()))
  }
}

type Numbered = {readonly index: number; readonly question: DhcpQuestion}

/** One that is not answered at all does not wait in turn for each of its questions. */
async function askMachine(questions: readonly Numbered[], ask: Asking, {onAnswer}: AskManyOptions): Promise<void> {
  const askOne = async ({index, question}: Numbered): Promise<LeaseOutcome> => {
    const outcome = await ask(question, index + 1)
    onAnswer(index, outcome)
    return outcome
  }
  for (const [at, question] of questions.entries()) {
    if ((await askOne(question)).kind !== 'silent') continue
    await Promise.all(questions.slice(at + 1).map(askOne))
    return
  }
}

function groupByMac(questions: readonly DhcpQuestion[]): Map<Mac, Numbered[]> {
  const groups = new Map<Mac, Numbered[]>()
  for (const [index, question] of questions.entries()) {
    const group = groups.get(question.mac)
    if (group === undefined) groups.set(question.mac, [{index, question}])
    else group.push({index, question})
  }
  return groups
}

function exchangeOf({mac, clientId, relay, as}: DhcpQuestion, xid: number, {timeoutMs}: AskManyOptions): ExchangeOptions {
  const shape = (packet: Dhcp4Packet): Dhcp4Packet => {
    const options = new Map(packet.options)
    if (as === 'os') {
      for (const code of FIRMWARE_OPTIONS) options.delete(code)
      options.set(optionCode.parameterList, EVERY_OPTION)
      options.set(optionCode.clientId, Uint8Array.of(1, ...macToBytes(mac)))
    }
    if (clientId !== undefined) options.set(optionCode.clientId, Buffer.from(clientId, 'hex'))
    return {...packet, options}
  }
  return {client: {mac, firmware: FIRMWARE[as]}, xid, startMs: performance.now(), timeoutMs, relay, shape}
}

type Wire = {readonly send: (packet: Dhcp4Packet) => void; readonly listen: (take?: (packet: Dhcp4Packet) => void) => void}

function runExchange(exchange: ExchangeOptions, {send, listen}: Wire): Promise<LeaseOutcome> {
  return new Promise((resolve) => {
    let state = startExchange(exchange)
    let timer: NodeJS.Timeout | undefined
    const step = (input: ExchangeInput): void => {
      clearTimeout(timer)
      const next = stepExchange(state, input)
      if (next.kind === 'finish') {
        listen()
        return resolve(next.outcome)
      }
      state = next.state
      if (next.send !== undefined) send(next.send)
      timer = setTimeout(() => step({nowMs: performance.now()}), Math.max(0, next.wakeMs - input.nowMs))
    }
    listen((packet) => step({nowMs: performance.now(), packet}))
    step({nowMs: performance.now()})
  })
}
