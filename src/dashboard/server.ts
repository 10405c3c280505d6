// The sockets of the web page: node:http with limits on everything a client can make long or many. What is answered is decided
// in answer-request.ts.
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import {PxectlError} from '../errors.js'
import {errorAnswer} from './answer-request.js'
import {bodyError} from './request-body.js'
import type {EventSink, WebAnswer, WebRequest} from './web-request.js'

export type WebServerOptions = {
  readonly address: string
  /** 0 takes any free port. */
  readonly port: number
  readonly answer: (request: WebRequest) => Promise<WebAnswer>
  /** How long a request may take to come whole. */
  readonly requestTimeoutMs?: number
}

export type WebServer = {readonly address: string; readonly port: number; close(): Promise<void>}

const MOST_CONNECTIONS = 256
const MOST_HEAD_BYTES = 16 * 1024
const HEAD_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 20_000
const KEEP_ALIVE_MS = 15_000

/** Starts listening; throws PORT_IN_USE, PORT_FORBIDDEN or ADDRESS_NOT_HERE. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const {requestTimeoutMs = REQUEST_TIMEOUT_MS} = options
  const server = createServer(
    {
      maxHeaderSize: MOST_HEAD_BYTES,
      headersTimeout: Math.min(HEAD_TIMEOUT_MS, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: 1000,
    },
    (request, response) => void reply(options.answer, request, response),
  )
  server.maxConnections = MOST_CONNECTIONS
  const {address, port} = await listen(server, options)
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }
  return {address, port, close}
}

async function reply(answer: WebServerOptions['answer'], request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A client that goes away is no error of ours.
  response.on('error', () => undefined)
  const made = await answer(webRequest(request)).catch(errorAnswer)
  // What is left of a refused body is not read.
  const rest = request.complete ? {} : {Connection: 'close'}
  if (made.kind === 'stream') {
    response.writeHead(200, made.headers)
    made.open(eventSink(response))
    return
  }
  const body = typeof made.body === 'string' ? Buffer.from(made.body) : made.body
  response.writeHead(made.status, {...made.headers, 'Content-Length': body.length, ...rest})
  response.end(request.method === 'HEAD' ? undefined : body)
  if (!request.complete) response.once('finish', () => request.destroy())
}

function webRequest(request: IncomingMessage): WebRequest {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    headers,
    client: request.socket.remoteAddress ?? '',
    readBody: (mostBytes) => readBody(request, mostBytes),
  }
}

async function readBody(request: IncomingMessage, mostBytes: number): Promise<Uint8Array> {
  const tooLarge = bodyError('BODY_TOO_LARGE', `the body may have ${mostBytes} bytes`)
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) throw tooLarge
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = []
    let sizeBytes = 0
    const onData = (chunk: Uint8Array): void => {
      sizeBytes += chunk.length
      chunks.push(chunk)
      if (sizeBytes <= mostBytes) return
      request.off('data', onData).pause()
      reject(tooLarge)
    }
    request.on('data', onData)
    request.once('end', () => resolve(Buffer.concat(chunks)))
    request.once('close', () => reject(bodyError('BODY_CUT_SHORT', 'the body ended too early')))
  })
}

function eventSink(response: ServerResponse): EventSink {
  response.socket?.setNoDelay(true)
  // The browser's own view of the connection: open, before anything happens.
  response.flushHeaders()
  return {
    write: (text) => response.write(text),
    onDrain: (listener) => void response.on('drain', listener),
    onClose: (listener) => void response.on('close', listener),
    destroy: () => void response.destroy(),
  }
}

function listen(server: Server, {address, port}: WebServerOptions): Promise<{address: string; port: number}> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(listenError(error, address, port))
    server.once('error', fail)
    server.listen({host: address, port, exclusive: true}, () => {
      server.off('error', fail)
      const bound = server.address()
      resolve(typeof bound === 'object' && bound !== null ? {address: bound.address, port: bound.port} : {address, port})
    })
  })
}

function listenError(error: NodeJS.ErrnoException, address: string, port: number): Error {
  const where = `the web page cannot listen on ${address} port ${port}`
  const known = {
    EADDRINUSE: {
      code: 'PORT_IN_USE',
      why: 'another program has the port',
      suggestions: [`ss -tlpn 'sport = :${port}'`, '--web-port 4041', '--no-web'],
    },
    EACCES: {code: 'PORT_FORBIDDEN', why: 'ports below 1024 need a privilege', suggestions: ['--web-port 4040', '--no-web']},
    EADDRNOTAVAIL: {
      code: 'ADDRESS_NOT_HERE',
      why: 'no interface of this machine has the address',
      suggestions: ['ip -br addr', '--web-listen 127.0.0.1'],
    },
  }[error.code ?? '']
  if (known === undefined) return error
  return new PxectlError(`${where}: ${known.why}`, {
    code: known.code,
    kind: 'environment',
    details: {address, port},
    cause: error,
    suggestions: known.suggestions,
  })
}
