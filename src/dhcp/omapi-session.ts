// A conversation with a running dhcpd: greeting, key, then host objects found, made, moved and removed one by one.
// dhcpd has written each change to its lease file (and synced it) before it answers.
import {ipv4FromBytes, ipv4ToBytes, type Ipv4} from '../net/ipv4.js'
import {macFromBytes, macToBytes, type Mac} from '../net/mac.js'
import type {ConnectTcp, TcpStream} from '../system/tcp-stream.js'
import {
  decodeGreeting,
  decodeOmapi,
  encodeOmapi,
  number32,
  omapiFailed,
  omapiGreeting,
  omapiOperation,
  type OmapiKey,
  type OmapiMessage,
} from './omapi-message.js'

export type OmapiPlace = {readonly host: string; readonly port: number; readonly key: OmapiKey}

/** A host as dhcpd has it in memory, from dhcpd.conf or made by OMAPI. It never tells a host's statements. */
export type OmapiHost = {readonly handle: number; readonly mac: Mac | undefined; readonly addresses: readonly Ipv4[]}

/** `statements` is dhcpd.conf text, e.g. `option host-name "tk2";`, or empty. */
export type NewOmapiHost = {readonly name: string; readonly mac: Mac; readonly ip: Ipv4; readonly statements: string}

/** Every method throws OMAPI_FAILED, or SOCKET_FAILED where the connection ends or is too slow. */
export type OmapiSession = {
  readonly find: (name: string) => Promise<OmapiHost | undefined>
  /** Fails where the name or the MAC address is taken. */
  readonly create: (host: NewOmapiHost) => Promise<void>
  /** Gives the host another fixed address. */
  readonly move: (handle: number, ip: Ipv4) => Promise<void>
  readonly remove: (handle: number) => Promise<void>
  readonly close: () => void
}

export type OpenOmapi = (place: OmapiPlace) => Promise<OmapiSession>

/** For the whole conversation; one change takes some milliseconds. */
const TIMEOUT_MS = 15_000
const ETHERNET = number32(1)
const YES = number32(1)
/** ISC_R_NOTFOUND of ISC's library, as dhcpd 4.4 numbers it. */
const NOT_FOUND = 23

/** Connects and shows the key. Throws SOCKET_UNREACHABLE where nobody listens. */
export async function openOmapi(connect: ConnectTcp, {host, port, key}: OmapiPlace): Promise<OmapiSession> {
  const stream = await connect({host, port, timeoutMs: TIMEOUT_MS})
  try {
    const wire = new OmapiWire(stream)
    await wire.greet()
    await wire.authenticate(key)
    return sessionOn(wire, () => stream.close())
  } catch (error) {
    stream.close()
    throw error
  }
}

function sessionOn(wire: OmapiWire, close: () => void): OmapiSession {
  return {
    find: async (name) => {
      const answer = await wire.ask({operation: omapiOperation.open, message: {type: text('host')}, object: {name: text(name)}})
      if (answer.operation === omapiOperation.status && resultOf(answer) === NOT_FOUND) return undefined
      return hostOf(refuseStatus(answer, `find the host ${name}`))
    },
    create: async ({name, mac, ip, statements}) => {
      const object = {
        name: text(name),
        'hardware-address': macToBytes(mac),
        'hardware-type': ETHERNET,
        'ip-address': ipv4ToBytes(ip),
        ...(statements === '' ? {} : {statements: text(statements)}),
      }
      const message = {create: YES, exclusive: YES, type: text('host')}
      refuseStatus(await wire.ask({operation: omapiOperation.open, message, object}), `make the host ${name}`)
    },
    move: async (handle, ip) =>
      refuseFailure(await wire.ask({operation: omapiOperation.update, handle, object: {'ip-address': ipv4ToBytes(ip)}}), `use ${ip}`),
    remove: async (handle) => refuseFailure(await wire.ask({operation: omapiOperation.delete, handle}), 'remove a host'),
    close,
  }
}

function hostOf({handle, object}: OmapiMessage): OmapiHost {
  const mac = object['hardware-address']
  const ips = object['ip-address'] ?? new Uint8Array()
  const addresses = Array.from({length: Math.floor(ips.length / 4)}, (_, index) => ipv4FromBytes(ips.subarray(4 * index, 4 * index + 4)))
  return {handle, mac: mac?.length === 6 ? macFromBytes(mac) : undefined, addresses}
}

type Question = Pick<OmapiMessage, 'operation'> & Partial<OmapiMessage>

/** One question, one answer; counts the messages and keeps what came too early. */
class OmapiWire {
  readonly #stream: TcpStream
  #received: Buffer = Buffer.alloc(0)
  #key: OmapiKey | undefined
  #keyHandle = 0
  #nextId = 1

  constructor(stream: TcpStream) {
    this.#stream = stream
  }

  async greet(): Promise<void> {
    this.#stream.write(omapiGreeting)
    const length = await this.#receive(decodeGreeting)
    this.#received = this.#received.subarray(length)
  }

  async authenticate(key: OmapiKey): Promise<void> {
    // dhcpd completes the algorithm's name like this, unless dhcpd.conf has a dot in it.
    const object = {name: text(key.name), algorithm: text(`${key.algorithm}.SIG-ALG.REG.INT.`)}
    const answer = await this.ask({operation: omapiOperation.open, message: {type: text('authenticator')}, object})
    if (answer.operation !== omapiOperation.update) throw omapiFailed(`it does not accept the key ${key.name} (${wordsOf(answer)})`)
    this.#keyHandle = answer.handle
    this.#key = key
  }

  async ask(question: Question): Promise<OmapiMessage> {
    const id = this.#nextId++
    const asked = {handle: 0, answers: 0, message: {}, object: {}, ...question, id, keyHandle: this.#keyHandle}
    this.#stream.write(encodeOmapi(asked, this.#key))
    const {message, length} = await this.#receive((bytes) => decodeOmapi(bytes, this.#key))
    this.#received = this.#received.subarray(length)
    if (message.answers !== id) throw omapiFailed('it answered another question than the one asked')
    return message
  }

  async #receive<T>(decode: (bytes: Buffer) => T | undefined): Promise<T> {
    for (;;) {
      const decoded = decode(this.#received)
      if (decoded !== undefined) return decoded
      this.#received = Buffer.concat([this.#received, await this.#stream.read()])
    }
  }
}

function refuseStatus(answer: OmapiMessage, what: string): OmapiMessage {
  if (answer.operation !== omapiOperation.update) throw omapiFailed(`dhcpd did not ${what} (${wordsOf(answer)})`)
  return answer
}

function refuseFailure(answer: OmapiMessage, what: string): void {
  if (answer.operation !== omapiOperation.status || resultOf(answer) !== 0) throw omapiFailed(`dhcpd did not ${what} (${wordsOf(answer)})`)
}

function resultOf({message}: OmapiMessage): number | undefined {
  const {result} = message
  return result?.length === 4 ? Buffer.from(result).readUInt32BE() : undefined
}

/** What dhcpd says of a failure; its own words, which hold no secret, without what a terminal would obey. */
function wordsOf(answer: OmapiMessage): string {
  const {message} = answer.message
  const said =
    message === undefined
      ? ''
      : Buffer.from(message)
          .toString('latin1')
          .replace(/[^ -~]/g, '?')
  return [said, `result ${resultOf(answer) ?? 'unknown'}`].filter((part) => part !== '').join(', ')
}

function text(value: string): Buffer {
  return Buffer.from(value, 'latin1')
}
