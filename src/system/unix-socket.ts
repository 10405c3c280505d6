// One question to a program that listens on a unix socket and closes it behind its answer, as Kea does.
import {createConnection} from 'node:net'
import {PxectlError} from '../errors.js'
import {errnoOf} from './file-errors.js'

export type SocketQuestion = {
  readonly path: string
  readonly text: string
  /** For all of it: connecting, asking and the whole answer. */
  readonly timeoutMs: number
  readonly maxAnswerBytes: number
}

export type AskSocket = (question: SocketQuestion) => Promise<string>

/**
 * Throws SOCKET_UNREACHABLE where nobody listens there or we may not ask, and SOCKET_FAILED where the answer does not come,
 * is too long, or breaks off.
 */
export const askSocket: AskSocket = ({path, text, timeoutMs, maxAnswerBytes}) =>
  new Promise((resolve, reject) => {
    const socket = createConnection({path, allowHalfOpen: true})
    const chunks: Buffer[] = []
    let length = 0
    let connected = false
    const fail = (reason: string, cause?: unknown): void => {
      clearTimeout(timer)
      socket.destroy()
      const code = connected ? 'SOCKET_FAILED' : 'SOCKET_UNREACHABLE'
      reject(new PxectlError(`the socket ${path} ${reason}`, {code, kind: 'environment', details: {path}, cause}))
    }
    const timer = setTimeout(() => fail(`gave no answer within ${timeoutMs / 1000} s`), timeoutMs)
    socket.on('connect', () => {
      connected = true
      socket.write(text)
    })
    socket.on('data', (chunk) => {
      length += chunk.length
      if (length > maxAnswerBytes) fail(`gave an answer of more than ${maxAnswerBytes} bytes`)
      else chunks.push(chunk)
    })
    socket.on('end', () => {
      clearTimeout(timer)
      socket.destroy()
      resolve(Buffer.concat(chunks).toString('utf8'))
    })
    socket.on('error', (error) => fail(connected ? 'broke off' : `cannot be reached (${errnoOf(error) ?? error.message})`, error))
  })
