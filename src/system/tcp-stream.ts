// A conversation with a program that listens on a TCP port, as OMAPI needs one. All of it has one time limit, so a program
// that takes the connection and then says nothing holds nobody up.
import {createConnection} from 'node:net'
import {PxectlError} from '../errors.js'
import {errnoOf} from './file-errors.js'

export type TcpPlace = {
  readonly host: string
  readonly port: number
  /** From connecting to the last byte. */
  readonly timeoutMs: number
}

export type TcpStream = {
  readonly write: (bytes: Uint8Array) => void
  /** The next bytes that come, at least one. Throws SOCKET_FAILED where none come any more. */
  readonly read: () => Promise<Buffer>
  readonly close: () => void
}

export type ConnectTcp = (place: TcpPlace) => Promise<TcpStream>

/** Throws SOCKET_UNREACHABLE where nobody listens; reading throws SOCKET_FAILED where the other side ends, breaks off or is too slow. */
export const connectTcp: ConnectTcp = async ({host, port, timeoutMs}) => {
  const socket = createConnection({host, port, noDelay: true})
  const where = `${host} port ${port}`
  let connected = false
  let failure: PxectlError | undefined
  let wake: () => void = () => undefined
  const fail = (reason: string, cause?: unknown): void => {
    const code = connected ? 'SOCKET_FAILED' : 'SOCKET_UNREACHABLE'
    failure ??= new PxectlError(`${where} ${reason}`, {code, kind: 'environment', details: {host, port}, cause})
    clearTimeout(timer)
    socket.destroy()
    wake()
  }
  const timer = setTimeout(() => fail(`gave no answer within ${timeoutMs / 1000} s`), timeoutMs)
  socket.on('connect', () => {
    connected = true
    wake()
  })
  socket.on('readable', () => wake())
  socket.on('end', () => fail('closed the connection'))
  socket.on('error', (error) =>
    fail(connected ? 'broke the connection off' : `cannot be reached (${errnoOf(error) ?? error.message})`, error),
  )
  const until = async <T>(look: () => T | undefined): Promise<T> => {
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      if (failure !== undefined) throw failure
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  await until(() => (connected ? true : undefined))
  return {
    write: (bytes) => void socket.write(bytes),
    read: () => until(() => (socket.read() as Buffer | null) ?? undefined),
    close: () => {
      clearTimeout(timer)
      socket.destroy()
    },
  }
}
