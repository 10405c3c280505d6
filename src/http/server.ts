// The HTTP server: GET and HEAD of boot files, and the paths that `routes` answer. Files asked for again and again are answered by
// the front, where there is one (front.ts), plain requests on the short way (fast-connection.ts); node:http gets each connection from the first request on that is not plain. No redirects, no
// folder listings, nothing is written.
import {createServer as createNodeServer, type RequestListener, type Server as NodeServer} from 'node:http'
import type {BootFileSource} from '../bootfiles/boot-file.js'
import {type ActiveTransfer, plainAddress, type TransferEvent} from '../bootfiles/transfer-event.js'
import {within} from '../bootfiles/within.js'
import {createDescriber} from './answer.js'
import {createBufferPool} from './buffer-pool.js'
import {type ConnectionSet, createConnectionSet} from './connection-set.js'
import {type KeptFile, type Serving, tellRefusal} from './exchange.js'
import {type ConnectionHome, serveConnection} from './fast-connection.js'
import type {OpenFront} from './front.js'
import {listen, type Listener} from './listener.js'
import {NodeConnection} from './node-connection.js'
import {createJoiner} from './joiner.js'
import {createHeadRenderer, renderLastReply, type RenderReplyHead} from './reply-head.js'
import {type ClientSocket, StandstillError} from './reply.js'
import {createRunningTransfers, type RunningTransfers} from './running-transfers.js'
import {parseTarget} from './target.js'

/** Answers a path that is no file, for example a page about the server itself. */
export type Route = RequestListener

export type HttpServerOptions = {
  readonly address: string
  /** 0 takes any free port. */
  readonly port: number
  /** A socket that listens already, as systemd hands it over; address and port are then the socket's. */
  readonly fd?: number
  readonly files: BootFileSource
  readonly onEvent?: (event: TransferEvent) => void
  /** By exact path, e.g. '/metrics'. Routes come before files, and take any method. */
  readonly routes?: Readonly<Record<string, Route>>
  /** The same for all paths that begin so; each ends with a slash. */
  readonly routeFolders?: Readonly<Record<string, Route>>
  /** One more is answered 503, unless a connection that waits for a request can be ended in its place. */
  readonly maxConnections?: number
  /** How long the head of a request may take from its first byte, and the first head from the connection. */
  readonly headTimeoutMs?: number
  /** How long a connection may stand still: wait for the next request, or not take what is sent. */
  readonly idleTimeoutMs?: number
  /** Lets the addon of front.ts have the connections first. */
  readonly openFront?: OpenFront
}

export type HttpServer = {
  readonly address: string
  readonly port: number
  /** Answers under way whose body takes more than one write. */
  active(): readonly ActiveTransfer[]
  /** Takes nothing new, gives running answers `graceMs` (default 0) to end, drops what is left, and frees the port. */
  close(options?: {readonly graceMs?: number}): Promise<void>
}

const DEFAULT_MAX_CONNECTIONS = 1024
const DEFAULT_IDLE_TIMEOUT_MS = 60_000
const DEFAULT_HEAD_TIMEOUT_MS = 10_000
const MAX_CHECK_INTERVAL_MS = 1000

/** For the large pieces of quick clients; beside it, each transfer may hold one small buffer (buffer-pool.ts). */
const BUFFER_BUDGET_BYTES = 64 * 1024 * 1024

/** Starts serving. An error ends one answer, never the server. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const {files, onEvent, maxConnections = DEFAULT_MAX_CONNECTIONS} = options
  const {headTimeoutMs = DEFAULT_HEAD_TIMEOUT_MS, idleTimeoutMs = DEFAULT_IDLE_TIMEOUT_MS} = options
  const checkIntervalMs = Math.min(MAX_CHECK_INTERVAL_MS, Math.ceil(headTimeoutMs / 4), Math.ceil(idleTimeoutMs / 4))
  const running = createRunningTransfers()
  const routes = new Map(Object.entries(options.routes ?? {}))
  const folders = Object.entries(options.routeFolders ?? {})
  const findRoute: FindRoute = (path) => routes.get(path) ?? folders.find(([folder]) => path.startsWith(folder))?.[1]
  const keep = (kept: KeptFile): void => {
    if (findRoute(kept.target) === undefined) listener.front?.keep(kept)
  }
  const serving: Serving = {files, onEvent, describe: createDescriber(), pool: createBufferPool(BUFFER_BUDGET_BYTES), running, keep}
  const renderHead = createHeadRenderer()
  const turnedAway = createConnectionSet(MAX_TURNED_AWAY)
  const listener = await listen({...options, maxConnections, headTimeoutMs, idleTimeoutMs}, (socket, sinceMs) => {
    if (connections.makeRoom()) connections.add(socket, serveConnection(socket, home, sinceMs))
    else turnAway(socket, {serving, renderHead, turnedAway})
  })
  const {front} = listener
  const connections = createConnectionSet(maxConnections, front && {others: front, onSize: front.countOthers})
  const nodeServer = nodeHttp({findRoute, serving, connections, renderHead, headTimeoutMs, idleTimeoutMs, checkIntervalMs})
  const home: ConnectionHome = {
    serving,
    renderHead,
    joiner: createJoiner(),
    headTimeoutMs,
    idleTimeoutMs,
    nowMs: connections.nowMs,
    isRoute: (path) => findRoute(path) !== undefined,
    giveBack: listener.giveBack,
    handOver(socket) {
      connections.add(socket, new NodeConnection(socket, {serving, nowMs: connections.nowMs}))
      nodeServer.emit('connection', socket)
    },
  }
  const timer = setInterval(() => {
    connections.check()
    front?.look()
    serving.pool.trim()
  }, checkIntervalMs)
  return {
    address: listener.address,
    port: listener.port,
    active: () => [...running.describe(performance.now()), ...(front?.active() ?? [])],
    close: closer({listener, nodeServer, sets: [connections, turnedAway], timer, running}),
  }
}

type FindRoute = (path: string) => Route | undefined

type NodeHttpOptions = {
  readonly findRoute: FindRoute
  readonly serving: Serving
  readonly connections: ConnectionSet
  readonly renderHead: RenderReplyHead
  readonly headTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly checkIntervalMs: number
}

/** A server that never listens: it gets its connections from us. */
function nodeHttp(options: NodeHttpOptions): NodeServer {
  const {findRoute, serving, connections, renderHead, headTimeoutMs, idleTimeoutMs} = options
  const timeouts = {headersTimeout: headTimeoutMs, requestTimeout: headTimeoutMs, keepAliveTimeout: idleTimeoutMs}
  // NodeConnection looks at Host itself: what is refused is told of.
  const limits = {requireHostHeader: false, connectionsCheckingInterval: options.checkIntervalMs}
  const server = createNodeServer({...timeouts, ...limits}, (request, response) => {
    const connection = connections.find(request.socket)
    const path = parseTarget(request.url ?? '')
    const route = path === undefined ? undefined : findRoute(path)
    if (!(connection instanceof NodeConnection)) return void request.socket.destroy()
    connection.onRequest(request, response, route === undefined ? undefined : () => route(request, response))
  })
  server.setTimeout(idleTimeoutMs, (socket) => socket.destroy(new StandstillError(idleTimeoutMs)))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const connection = connections.find(socket)
    const status = statusOf(error.code)
    const isOpen = connection instanceof NodeConnection && !connection.isAnswering && socket.writable
    if (!isOpen || status === undefined) return void socket.destroy()
    const says = status === 408 ? 'the request did not come in time' : 'the request is no HTTP that is understood here'
    tellRefusal(serving, connection, {status, message: `${says} (${error.message})`})
    socket.write(renderLastReply(renderHead, {status, message: says}))
    connection.endSoon()
  })
  // node:http begins to watch its timeouts when it listens, which this server never does itself.
  server.emit('listening')
  return server
}

/** The answer to what node:http could not read; undefined for a connection that broke. */
function statusOf(code: string | undefined): number | undefined {
  if (code === 'HPE_HEADER_OVERFLOW') return 431
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408
  return code?.startsWith('HPE_') === true && code !== 'HPE_INVALID_EOF_STATE' ? 400 : undefined
}

/** How long a client that is turned away has for taking the answer, and how many of them there may be at a time. */
const TURN_AWAY_MS = 1000
const MAX_TURNED_AWAY = 64

type TurningAway = {readonly serving: Serving; readonly renderHead: RenderReplyHead; readonly turnedAway: ConnectionSet}

function turnAway(socket: ClientSocket, {serving, renderHead, turnedAway}: TurningAway): void {
  const refusal = {status: 503, message: 'too many connections'}
  const client = plainAddress(socket.remoteAddress ?? '')
  socket.on('error', () => undefined)
  tellRefusal(serving, {client, port: socket.remotePort ?? 0}, refusal)
  if (!turnedAway.makeRoom()) return void socket.destroy()
  const destroy = (): void => void socket.destroy()
  turnedAway.add(socket, {waitingSinceMs: () => undefined, check: () => undefined, endSoon: destroy, destroy})
  // Unread bytes would turn the end of the connection into a reset, which takes the answer with it.
  socket.resume()
  socket.end(renderLastReply(renderHead, refusal))
  socket.setTimeout(TURN_AWAY_MS, destroy)
}

type Closing = {
  readonly listener: Listener
  readonly nodeServer: NodeServer
  readonly sets: readonly ConnectionSet[]
  readonly timer: NodeJS.Timeout
  readonly running: RunningTransfers
}

/** What was cut short tells so a moment after its connection is gone: a read of a slow disk may be under way for it. */
const MOST_SETTLE_MS = 500

function closer({listener, nodeServer, sets, timer, running}: Closing): HttpServer['close'] {
  const ends = [...sets, ...(listener.front === undefined ? [] : [listener.front])]
  const destroyAll = (): void => ends.forEach((end) => end.destroyAll())
  return async ({graceMs = 0} = {}) => {
    const closed = listener.close()
    for (const end of ends) end.endSoon()
    const deadline = setTimeout(destroyAll, graceMs)
    if (graceMs === 0) destroyAll()
    await closed
    await Promise.all(ends.map((end) => end.empty()))
    await within(MOST_SETTLE_MS, running.idle())
    clearTimeout(deadline)
    clearInterval(timer)
    listener.front?.close()
    nodeServer.close()
  }
}
