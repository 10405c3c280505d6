// Sockets inside a namespace, used from a test outside of it: a program there (sockets-program.ts) opens them and passes bytes on.
import {Buffer} from 'node:buffer'
import {createInterface} from 'node:readline'
import {fileURLToPath} from 'node:url'
import {SERVER, type Place} from './network.js'
import {projectFolder} from './program.js'

const PROGRAM = fileURLToPath(new URL('sockets-program.ts', import.meta.url))

/** What the program is told. Bytes are base64. */
export type SocketOrder =
  | {readonly id: number; readonly kind: 'udp' | 'resume' | 'close'}
  | {readonly id: number; readonly kind: 'tcp'; readonly address: string; readonly port: number; readonly pauseAfter?: number}
  | {readonly id: number; readonly kind: 'send'; readonly address: string; readonly port: number; readonly bytes: string}
  | {readonly id: number; readonly kind: 'write'; readonly bytes: string}
  | {readonly id: number; readonly kind: 'dribble'; readonly address: string; readonly port: number; readonly count: number}
  | ({readonly id: number; readonly kind: 'flood'; readonly address: string; readonly bytes: string} & Flood)

/** What the program says. */
export type SocketReport =
  | {readonly id: number; readonly kind: 'open' | 'paused'}
  | {readonly id: number; readonly kind: 'bytes'; readonly port: number; readonly bytes: string}
  | {readonly id: number; readonly kind: 'closed'; readonly reason: string}

export type Flood = {
  readonly port: number
  /** The address that the datagrams claim to be from. */
  readonly from: string
  readonly firstPort: number
  readonly count: number
}

export type Datagram = {readonly port: number; readonly bytes: Buffer}

export type Udp = {
  readonly send: (bytes: Uint8Array, port: number) => void
  /** The next datagram; undefined when none comes in time. */
  readonly next: (timeoutMs: number) => Promise<Datagram | undefined>
  readonly close: () => void
}

export type Tcp = {
  readonly write: (bytes: Uint8Array | string) => void
  readonly received: () => Buffer
  /** Until reading has stopped after `pauseAfter` bytes, or the connection is gone. */
  readonly paused: Promise<void>
  readonly resume: () => void
  readonly isClosed: () => boolean
  /** Until there is something new, or the connection is gone; false after the time limit. */
  readonly news: (timeoutMs: number) => Promise<boolean>
  readonly close: () => void
}

export type Sockets = {
  readonly udp: () => Promise<Udp>
  readonly tcp: (port: number, options?: {readonly pauseAfter?: number}) => Promise<Tcp>
  readonly flood: (bytes: Uint8Array, flood: Flood) => Promise<void>
  /** Opens `count` slow connections; fulfilled when they are open, `ended` when the server has closed the last of them. */
  readonly dribble: (port: number, count: number) => Promise<{readonly ended: Promise<void>}>
}

/** Starts the program; it ends with the network. */
export async function openSockets(place: Place): Promise<Sockets> {
  const running = place.start([process.execPath, '--import', 'tsx', PROGRAM], {cwd: projectFolder})
  const listeners = new Map<number, (report: SocketReport) => void>()
  const {stdin, stdout} = running.child
  if (stdin === null || stdout === null) throw new Error('the program has no pipes')
  createInterface({input: stdout}).on('line', (line) => {
    const report = JSON.parse(line) as SocketReport
    listeners.get(report.id)?.(report)
  })
  const tell = (order: SocketOrder): void => void stdin.write(`${JSON.stringify(order)}\n`)
  let ids = 0
  /** Waits for the `open` of a new id; everything later goes to `listener`. */
  const opened = (order: (id: number) => SocketOrder | undefined, listener: (report: SocketReport) => void): Promise<number> => {
    const id = ids++
    return new Promise((resolve, reject) => {
      running.ended.then(() => reject(new Error(`the sockets program ended: ${running.stderr()}`)), reject)
      listeners.set(id, (report) => {
        if (report.kind === 'open') resolve(id)
        else listener(report)
      })
      const words = order(id)
      if (words !== undefined) tell(words)
    })
  }
  await opened(
    () => undefined,
    () => undefined,
  )
  return {
    udp: () => openUdp(opened, tell),
    tcp: (port, options = {}) => openTcp(opened, tell, {port, ...options}),
    flood: async (bytes, flood) => {
      await opened(
        (id) => ({id, kind: 'flood', address: SERVER, bytes: encode(bytes), ...flood}),
        () => undefined,
      )
    },
    dribble: async (port, count) => {
      let onEnd: () => void = () => undefined
      const ended = new Promise<void>((resolve) => (onEnd = resolve))
      await opened((id) => ({id, kind: 'dribble', address: SERVER, port, count}), onEnd)
      return {ended}
    },
  }
}

type Opened = (order: (id: number) => SocketOrder, listener: (report: SocketReport) => void) => Promise<number>
type Tell = (order: SocketOrder) => void

async function openUdp(opened: Opened, tell: Tell): Promise<Udp> {
  const waiting: Datagram[] = []
  const bell = createBell()
  const id = await opened(
    (id) => ({id, kind: 'udp'}),
    (report) => {
      if (report.kind !== 'bytes') return
      waiting.push({port: report.port, bytes: Buffer.from(report.bytes, 'base64')})
      bell.ring()
    },
  )
  return {
    send: (bytes, port) => tell({id, kind: 'send', address: SERVER, port, bytes: encode(bytes)}),
    next: async (timeoutMs) => {
      if (waiting.length === 0) await bell.wait(timeoutMs)
      return waiting.shift()
    },
    close: () => tell({id, kind: 'close'}),
  }
}

async function openTcp(opened: Opened, tell: Tell, {port, pauseAfter}: {port: number; pauseAfter?: number}): Promise<Tcp> {
  const chunks: Buffer[] = []
  const bell = createBell()
  let isClosed = false
  let onPaused: () => void = () => undefined
  const paused = new Promise<void>((resolve) => (onPaused = resolve))
  const id = await opened(
    (id) => ({id, kind: 'tcp', address: SERVER, port, ...(pauseAfter === undefined ? {} : {pauseAfter})}),
    (report) => {
      if (report.kind === 'bytes') chunks.push(Buffer.from(report.bytes, 'base64'))
      else onPaused()
      if (report.kind === 'closed') isClosed = true
      bell.ring()
    },
  )
  return {
    write: (bytes) => tell({id, kind: 'write', bytes: encode(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)}),
    received: () => Buffer.concat(chunks),
    paused,
    resume: () => tell({id, kind: 'resume'}),
    isClosed: () => isClosed,
    news: (timeoutMs) => (isClosed ? Promise.resolve(true) : bell.wait(timeoutMs)),
    close: () => tell({id, kind: 'close'}),
  }
}

/** Lets one waiter sleep until the next ring; false when the time is up first. */
function createBell(): {ring(): void; wait(timeoutMs: number): Promise<boolean>} {
  let wake: ((isRung: boolean) => void) | undefined
  return {
    ring: () => wake?.(true),
    wait: (timeoutMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => wake?.(false), timeoutMs)
        wake = (isRung) => {
          clearTimeout(timer)
          wake = undefined
          resolve(isRung)
        }
      }),
  }
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
