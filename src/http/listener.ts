// Where connections come from: a server of node:net, or the front (front.ts), which keeps those that it can answer itself.
import {createServer, type Server, Socket} from 'node:net'
import {listenError} from '../bootfiles/listen-error.js'
import type {Front, FrontOptions, FrontSocket, OpenFront} from './front.js'
import type {ClientSocket} from './reply.js'

export type ListenOptions = Omit<FrontOptions, 'onSocket' | 'onEvent'> & {
  readonly onEvent?: FrontOptions['onEvent']
  readonly openFront?: OpenFront
}

export type Listener = {
  readonly address: string
  readonly port: number
  readonly front?: Front
  /** Gives an idle connection back to the front; false where it did not come from there. */
  readonly giveBack?: (socket: ClientSocket) => boolean
  /** Takes nothing new. Fulfilled when the port is free and node:net has no connection left. */
  close(): Promise<void>
}

/** Hears of each connection, and since when its request is waited for; undefined: from now on. */
export type OnConnection = (socket: ClientSocket, sinceMs?: number) => void

/** Begins to listen. Throws what listenError makes of the system's error. */
export async function listen(options: ListenOptions, onConnection: OnConnection): Promise<Listener> {
  const {address, port, openFront} = options
  // The addon binds IPv4 addresses only; of a socket that listens already it takes what it can serve.
  const isForFront = openFront !== undefined && (options.fd !== undefined || !address.includes(':'))
  try {
    return isForFront ? listenInFront(openFront, options, onConnection) : await listenInNode(options, onConnection)
  } catch (error) {
    throw listenError(error, {protocol: 'http', address, port})
  }
}

function listenInFront(openFront: OpenFront, options: ListenOptions, onConnection: OnConnection): Listener {
  const places = new WeakMap<object, number>()
  const onSocket = ({fd, bytes, sinceMs, place}: FrontSocket): void => {
    const socket = new Socket({fd, readable: true, writable: true, allowHalfOpen: true})
    if (place !== undefined) {
      places.set(socket, place)
      socket.once('close', () => {
        if (places.delete(socket)) front.drop(place)
      })
    }
    if (bytes.length > 0) socket.unshift(bytes)
    onConnection(socket, sinceMs)
  }
  const front = openFront({...options, onEvent: options.onEvent, onSocket})
  return {
    address: front.address,
    port: front.port,
    front,
    giveBack(socket) {
      const place = places.get(socket)
      if (place === undefined) return false
      places.delete(socket)
      // Closes its own descriptor at once; the connection has another one.
      socket.destroy()
      front.resume(place)
      return true
    },
    close: async () => front.endSoon(),
  }
}

async function listenInNode({address, port, fd}: ListenOptions, onConnection: OnConnection): Promise<Listener> {
  const server = createServer({noDelay: true, allowHalfOpen: true}, (socket) => onConnection(socket))
  const closed = new Promise<void>((resolve) => server.once('close', resolve))
  return {
    ...(await bind(server, fd === undefined ? {host: address, port, exclusive: true, backlog: BACKLOG} : {fd, backlog: BACKLOG})),
    close() {
      if (server.listening) server.close()
      return closed
    },
  }
}

const BACKLOG = 1024

function bind(server: Server, place: Parameters<Server['listen']>[0] & object): Promise<{address: string; port: number}> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(place, () => {
      server.off('error', reject)
      const bound = server.address()
      resolve(typeof bound === 'object' && bound !== null ? {address: bound.address, port: bound.port} : {address: '', port: 0})
    })
  })
}
