// Random conversations with a TFTP server through real sockets: requests, packets of any kind to both of its ports, lost answers,
// pauses, clients that vanish. Whatever was said, a good client gets its file afterwards.
import {createHash} from 'node:crypto'
import {createSocket, type Socket} from 'node:dgram'
import {once} from 'node:events'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import fc from 'fast-check'
import {openTree} from '../../src/bootfiles/resolve.js'
import {fetchTftp} from '../../src/tftp/client.js'
import {encodePacket, type Packet} from '../../src/tftp/packet.js'
import {startTftpServer} from '../../src/tftp/server.js'
import type {FuzzConversations} from './fuzz-property.js'
import {must} from './fuzz-property.js'
import {datagrams} from './tftp.js'

const CLIENTS = 4

type Turn =
  | {readonly kind: 'request'; readonly client: number; readonly packet: Packet}
  /** To the request port, or to where the last answer came from. */
  | {readonly kind: 'send'; readonly client: number; readonly toTransfer: boolean; readonly datagram: Uint8Array}
  /** Goes on properly for a while: acknowledges what comes. */
  | {readonly kind: 'behave'; readonly client: number; readonly blocks: number}
  | {readonly kind: 'pause'; readonly ms: number}
  | {readonly kind: 'vanish'; readonly client: number}

const client = fc.nat(CLIENTS - 1)
const requests = fc.record({
  kind: fc.constant('rrq' as const),
  name: fc.constantFrom('good.bin', 'good.bin', 'empty', 'none', '../x', '', '/'),
  mode: fc.constantFrom('octet', 'octet', 'netascii', 'mail', ''),
  options: fc.array(
    fc.tuple(
      fc.constantFrom('blksize', 'windowsize', 'timeout', 'tsize', 'x'),
      fc.oneof(fc.constantFrom('0', '1', '8', '16', '512', '1432'), fc.integer().map(String)),
    ),
    {maxLength: 5},
  ),
})
const turns: fc.Arbitrary<Turn> = fc.oneof(
  fc.record({kind: fc.constant('request' as const), client, packet: requests}),
  fc.record({kind: fc.constant('send' as const), client, toTransfer: fc.boolean(), datagram: datagrams}),
  fc.record({
    kind: fc.constant('send' as const),
    client,
    toTransfer: fc.constant(true),
    datagram: fc.nat(70).map((block) => Uint8Array.of(0, 4, 0, block)),
  }),
  fc.record({kind: fc.constant('behave' as const), client, blocks: fc.integer({min: 1, max: 30})}),
  fc.record({kind: fc.constant('pause' as const), ms: fc.nat(5)}),
  fc.record({kind: fc.constant('vanish' as const), client}),
)

/** Starts the server that all conversations are held with. */
export async function openTftpConversations(): Promise<FuzzConversations> {
  const root = await mkdtemp(join(tmpdir(), 'pxectl-fuzz-'))
  const content = Uint8Array.from({length: 20_000}, (_, index) => (index * index) >> 5)
  await writeFile(join(root, 'good.bin'), content)
  await writeFile(join(root, 'empty'), '')
  const sha256 = createHash('sha256').update(content).digest('hex')
  const server = await startTftpServer({address: '127.0.0.1', port: 0, files: openTree(root), maxTransfers: 200})
  const converse = async (script: readonly Turn[]): Promise<void> => {
    await hold(script, server.port)
    const fetched = await fetchTftp({
      server: server.address,
      port: server.port,
      name: 'good.bin',
      blksize: 1432,
      windowsize: 1 + (script.length % 8),
    })
    must(fetched.sha256 === sha256, 'a good client gets the right bytes')
  }
  return {
    property: {
      name: 'tftp: after any conversation a good client is served',
      weight: 4,
      property: fc.asyncProperty(fc.array(turns, {maxLength: 40}), converse),
    },
    close: async () => {
      await server.close()
      await rm(root, {recursive: true, force: true})
    },
  }
}

type Talker = {readonly socket: Socket; transferPort: number | undefined; mayAnswer: number}

async function hold(script: readonly Turn[], port: number): Promise<void> {
  const talkers = new Map<number, Talker>()
  const talkerOf = async (number: number): Promise<Talker> => {
    const known = talkers.get(number)
    if (known !== undefined) return known
    const talker: Talker = {socket: createSocket('udp4'), transferPort: undefined, mayAnswer: 0}
    talker.socket.on('error', () => undefined)
    talker.socket.on('message', (datagram, sender) => answer(talker, datagram, sender.port))
    talker.socket.bind(0, '127.0.0.1')
    await once(talker.socket, 'listening')
    talkers.set(number, talker)
    return talker
  }
  try {
    for (const turn of script) {
      if (turn.kind === 'pause') {
        await new Promise((resolve) => setTimeout(resolve, turn.ms))
        continue
      }
      const talker = await talkerOf(turn.client)
      const {socket} = talker
      if (turn.kind === 'request') socket.send(encodePacket(turn.packet), port, '127.0.0.1')
      else if (turn.kind === 'send') socket.send(turn.datagram, turn.toTransfer ? (talker.transferPort ?? port) : port, '127.0.0.1')
      else if (turn.kind === 'behave') talker.mayAnswer += turn.blocks
      else {
        socket.close()
        talkers.delete(turn.client)
      }
    }
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    for (const {socket} of talkers.values()) socket.close()
  }
}

/** Acknowledges an OACK or a block, unless this one is meant to get lost. */
function answer(talker: Talker, datagram: Buffer, port: number): void {
  talker.transferPort = port
  const opcode = datagram.length < 4 ? 0 : datagram.readUInt16BE(0)
  if (talker.mayAnswer === 0 || (opcode !== 3 && opcode !== 6)) return
  talker.mayAnswer -= 1
  const block = opcode === 6 ? [0, 0] : [datagram[2] ?? 0, datagram[3] ?? 0]
  talker.socket.send(Uint8Array.of(0, 4, ...block), port, '127.0.0.1')
}
