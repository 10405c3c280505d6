// The one way to a UDP socket for the servers of this room: bound, perhaps shared, perhaps connected. Decides nothing.
import {createSocket, type RemoteInfo} from 'node:dgram'
import type {Ipv4} from '../net/ipv4.js'
import {portError} from './port-error.js'
import type {Endpoint} from './reply-address.js'

export type SocketOptions = {
  /** `255.255.255.255` hears broadcasts of every interface and no unicast. */
  readonly address: Ipv4
  /** 0 lets the system choose. */
  readonly port: number
  /** SO_REUSEADDR: stand beside another program that set it too (dhcpd, dnsmasq). */
  readonly shared?: boolean
  /** Only ever send there: a connected socket takes no datagram from anybody else, so it cannot take another program's. */
  readonly connectTo?: Endpoint
  readonly onDatagram?: (bytes: Uint8Array, from: Endpoint) => void
  /** Trouble after the opening. Must not throw. */
  readonly onError?: (error: Error) => void
  /** The interface's name, for the details of an error. */
  readonly interface?: string
  /** What else the user may do where the port cannot be had. */
  readonly instead?: readonly string[]
}

export type DhcpSocket = {
  readonly port: number
  /** With `connectTo`, only there. */
  send(bytes: Uint8Array, to: Endpoint): Promise<void>
  close(): Promise<void>
}

/** Opens a socket that may broadcast; throws PORT_IN_USE, PORT_FORBIDDEN, ADDRESS_NOT_LOCAL or PORT_FAILED. */
export function openSocket(options: SocketOptions): Promise<DhcpSocket> {
  const {address, port, connectTo, onDatagram, onError, instead = []} = options
  const socket = createSocket({type: 'udp4', reuseAddr: options.shared === true})
  return new Promise((resolve, reject) => {
    const refused = (error: Error): void => {
      socket.removeAllListeners().close()
      reject(portError(error, {address, port, instead, ...(options.interface === undefined ? {} : {interface: options.interface})}))
    }
    const opened = (): void => {
      socket.off('error', refused)
      socket.on('error', (error) => onError?.(error))
      resolve({
        port: socket.address().port,
        send: (bytes, to) =>
          new Promise((sent, failed) => {
            const done = (error: Error | null): void => (error === null ? sent() : failed(error))
            if (connectTo === undefined) socket.send(bytes, to.port, to.address, done)
            else socket.send(bytes, done)
          }),
        close: () => new Promise((closed) => socket.close(() => closed())),
      })
    }
    socket.once('error', refused)
    socket.on('message', (bytes: Buffer, from: RemoteInfo) => onDatagram?.(bytes, {address: from.address as Ipv4, port: from.port}))
    socket.bind({address, port}, () => {
      // Before connecting: the kernel refuses to connect to a broadcast address otherwise.
      socket.setBroadcast(true)
      if (connectTo === undefined) opened()
      else socket.connect(connectTo.port, connectTo.address, opened)
    })
  })
}
