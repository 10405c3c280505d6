// UDP by Node's own dgram: works everywhere, IPv4 and IPv6, one system call for each datagram. Where speed matters and the
// system allows, batch-port.ts does the same with fewer.
import {createSocket, type RemoteInfo, type Socket} from 'node:dgram'
import {PxectlError} from '../errors.js'
import {type Client, type ClientKey, clientOf, type OpenUdpPort, type UdpPlace, type UdpPort} from './udp-port.js'

/** Room for the requests of a lab that is switched on at once; the kernel may grant less. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024

/** More clients than this are not remembered at once; their text is then made again. */
const MAX_REMEMBERED_CLIENTS = 8192

const MAPPED = '::ffff:'

/** Binds a port with node:dgram. */
export const openNodePort: OpenUdpPort = async (place, receive) => {
  const socket = await bindSocket(place)
  const {address, port, family} = socket.address()
  /** The kernel's name for an IPv4 client differs by the socket: an IPv6 one knows it as ::ffff:10.0.0.9. */
  const prefix = family === 'IPv6' ? MAPPED : ''
  const nameOf = rememberClients()
  let closing: Promise<void> | undefined

  const udpPort: UdpPort = {
    address,
    port,
    send: (key, bytes, start, end, segmentBytes) => {
      const client = nameOf(key)
      if (closing !== undefined || client.port === 0) return
      const to = typeof key === 'number' ? prefix + client.address : client.address
      let at = start
      do {
        const next = segmentBytes > 0 ? Math.min(at + segmentBytes, end) : end
        socket.send(bytes, at, next - at, client.port, to)
        at = next
      } while (at < end)
    },
    close: () => (closing ??= closeSocket(socket)),
  }
  // A datagram that could not be sent (no route, a firewall) is a lost datagram.
  socket.on('error', () => undefined)
  socket.on('message', (datagram, from) => {
    // Anyone may send from port 0, but nothing can be sent there.
    if (from.port !== 0 && closing === undefined) receive(datagram, keyOf(from), udpPort)
  })
  return udpPort
}

/** The key of a sender, as the kernel names it. */
function keyOf({address, port, family}: RemoteInfo): ClientKey {
  if (family === 'IPv4') return ipv4Number(address, 0) * 0x10000 + port
  if (address.startsWith(MAPPED) && address.includes('.')) return ipv4Number(address, MAPPED.length) * 0x10000 + port
  return `${address}|${port}`
}

/** The number of a dotted IPv4 address that begins at `start`. The kernel wrote it, so nothing is checked. */
function ipv4Number(text: string, start: number): number {
  let ip = 0
  let part = 0
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x2e) {
      ip = ip * 256 + part
      part = 0
    } else {
      part = part * 10 + code - 0x30
    }
  }
  return ip * 256 + part
}

/** clientOf, without making the same text for every block of a transfer. */
function rememberClients(): (key: ClientKey) => Client {
  const known = new Map<ClientKey, Client>()
  return (key) => {
    let client = known.get(key)
    if (client === undefined) {
      if (known.size >= MAX_REMEMBERED_CLIENTS) known.clear()
      client = clientOf(key)
      known.set(key, client)
    }
    return client
  }
}

function bindSocket({address, port, fd}: UdpPlace): Promise<Socket> {
  const isIpv6 = address.includes(':')
  const socket = createSocket({
    type: isIpv6 ? 'udp6' : 'udp4',
    // All addresses are numbers. Without this, Node would take every datagram through its resolver, a tick later.
    lookup: (host, _options, callback) => callback(null, host, isIpv6 ? 6 : 4),
  })
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    const bound = (): void => {
      socket.off('error', reject)
      growReceiveBuffer(socket)
      const family = socket.address().family
      if (family === (isIpv6 ? 'IPv6' : 'IPv4')) return resolve(socket)
      socket.close(() => reject(wrongFamily(family, isIpv6)))
    }
    if (fd === undefined) socket.bind({address, port, exclusive: true}, bound)
    else socket.bind({fd, exclusive: true}, bound)
  })
}

/** Linux gives what it allows; others (illumos, FreeBSD) give nothing where that is less than was asked. */
function growReceiveBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES)
  } catch {
    // The default will do: a lost request is asked again.
  }
}

/** Node has to know the family of a socket before it takes it over, and cannot ask. */
function wrongFamily(family: string, isIpv6: boolean): PxectlError {
  return new PxectlError(`the socket that was handed over is ${family}, but the address to listen on is ${isIpv6 ? 'IPv6' : 'IPv4'}`, {
    code: 'SOCKET_FAMILY',
    kind: 'environment',
    suggestions: [isIpv6 ? 'ListenDatagram=[::]:69 in the systemd socket unit' : 'ListenDatagram=0.0.0.0:69 in the systemd socket unit'],
  })
}

function closeSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.close(() => resolve())
  })
}
