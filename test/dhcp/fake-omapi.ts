// A dhcpd as far as OMAPI goes, on a real socket: hosts in memory, a key, and bad manners on request. omapi.e2e.ts shows that the
// real one behaves like the good one.
import {readFileSync} from 'node:fs'
import {createServer, type AddressInfo, type Socket} from 'node:net'
import {onTestFinished} from 'vitest'
import {
  decodeOmapi,
  encodeOmapi,
  number32,
  omapiGreeting,
  omapiOperation,
  type OmapiKey,
  type OmapiMessage,
} from '../../src/dhcp/omapi-message.js'

export const KEY: OmapiKey = {name: 'labkey', algorithm: 'hmac-sha256', secret: Buffer.from('secret-secret-secret-secret-secret')}

/** What a dhcpd.conf says of this server. */
export const omapiStatements = (port: number, secret = Buffer.from(KEY.secret).toString('base64')): string =>
  `omapi-port ${port};\nkey ${KEY.name} {\n  algorithm ${KEY.algorithm};\n  secret ${secret};\n}\nomapi-key ${KEY.name};\n`

export type FakeHost = {readonly handle: number; readonly mac: string; ip: string; readonly statements: string}

export type FakeOmapi = {
  readonly port: number
  readonly hosts: Map<string, FakeHost>
  /** What it was asked to do, in words. */
  readonly calls: string[]
  /** Replaces an answer; undefined: none is sent. Counted from 0, the answer to the key. */
  answer: (index: number, right: Buffer, socket: Socket) => Buffer | undefined
}

/** Ends with the test. */
export async function startFakeOmapi(): Promise<FakeOmapi> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.write(omapiGreeting)
    converse(socket, fake)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const fake: FakeOmapi = {
    port: (server.address() as AddressInfo).port,
    hosts: new Map(),
    calls: [],
    answer: (_, right) => right,
  }
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return fake
}

function converse(socket: Socket, fake: FakeOmapi): void {
  let received = Buffer.alloc(0)
  let answers = 0
  let isGreeted = false
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk])
    if (!isGreeted && received.length >= 8) {
      isGreeted = true
      received = received.subarray(8)
    }
    for (;;) {
      const key = answers === 0 ? undefined : KEY
      let decoded
      try {
        decoded = isGreeted ? decodeOmapi(received, key) : undefined
      } catch {
        // What dhcpd 4.4.3 says to a wrong signature: fixtures/omapi/wrong-secret.txt.
        socket.write(encodeOmapi(statusOf({id: received.readUInt32BE(16)}, 0x6000b)))
        return
      }
      if (decoded === undefined) return
      received = received.subarray(decoded.length)
      const answer = fake.answer(answers++, encodeOmapi(reply(decoded.message, fake), key), socket)
      if (answer !== undefined) socket.write(answer)
    }
  })
}

type Asked = Pick<OmapiMessage, 'id'>
const statusOf = ({id}: Asked, result: number): OmapiMessage => ({
  ...{keyHandle: result === 0x6000b ? 0 : 1, operation: omapiOperation.status, handle: 0, id: 9, answers: id},
  ...{message: {result: number32(result)}, object: {}},
})
const updateOf = ({id}: Asked, handle: number, object: OmapiMessage['object']): OmapiMessage => ({
  ...{keyHandle: 1, operation: omapiOperation.update, handle, id: 9, answers: id},
  ...{message: {}, object},
})

function reply(asked: OmapiMessage, fake: FakeOmapi): OmapiMessage {
  const text = (name: string): string => Buffer.from(asked.object[name] ?? []).toString('latin1')
  const hex = (name: string): string => Buffer.from(asked.object[name] ?? []).toString('hex')
  const {hosts, calls} = fake
  const byHandle = [...hosts].find(([, {handle}]) => handle === asked.handle)
  if (asked.operation === omapiOperation.open && asked.object['algorithm'] !== undefined) {
    return text('name') === KEY.name ? {...updateOf(asked, 1, {}), keyHandle: 0} : {...statusOf(asked, 23), keyHandle: 0}
  }
  if (asked.operation === omapiOperation.open && asked.message['create'] !== undefined) {
    const name = text('name')
    if (hosts.has(name) || [...hosts.values()].some(({mac}) => mac === hex('hardware-address'))) return statusOf(asked, 18)
    const handle = 100 + hosts.size + calls.length
    hosts.set(name, {handle, mac: hex('hardware-address'), ip: hex('ip-address'), statements: text('statements')})
    calls.push(`create ${name}`)
    return updateOf(asked, handle, asked.object)
  }
  if (asked.operation === omapiOperation.open) {
    const host = hosts.get(text('name'))
    if (host === undefined) return statusOf(asked, 23)
    return updateOf(asked, host.handle, {'hardware-address': Buffer.from(host.mac, 'hex'), 'ip-address': Buffer.from(host.ip, 'hex')})
  }
  if (byHandle === undefined) return statusOf(asked, 22)
  const [name, host] = byHandle
  if (asked.operation === omapiOperation.delete) {
    hosts.delete(name)
    calls.push(`remove ${name}`)
  } else {
    host.ip = hex('ip-address')
    calls.push(`move ${name}`)
  }
  return statusOf(asked, 0)
}

/** What each side sent in a captured conversation, in order, the greetings left out. */
export function readConversation(name: string): {readonly from: '>' | '<'; readonly bytes: Buffer}[] {
  const lines = readFileSync(new URL(`../../fixtures/omapi/${name}.txt`, import.meta.url), 'utf8').split('\n')
  const pieces = lines.flatMap((line) => {
    const match = /^([<>]) ([0-9a-f]+)$/.exec(line)
    return match === null ? [] : [{from: match[1] as '>' | '<', bytes: Buffer.from(match[2] ?? '', 'hex')}]
  })
  return pieces.filter(({bytes}) => !bytes.equals(omapiGreeting))
}
