// Programs that listen on a unix socket: one question to one that closes it behind its answer, as Kea does, or a conversation in
// lines with one that does not, as QEMU.
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

/** A conversation in lines. */
export type SocketTalk = {
  send(text: string): void
  /** The next line without its end; undefined at the end. Throws SOCKET_FAILED when none comes in time. */
  line(timeoutMs: number): Promise<string | undefined>
  close(): void
}

const CONNECT_MS = 10_000

/** Throws SOCKET_UNREACHABLE where nobody listens there or we may not talk. */
export const openTalk = (path: string): Promise<SocketTalk> =>
  new Promise((resolve, reject) => {
    const socket = createConnection({path})
    const lines: string[] = []
    let rest = ''
    let ended = false
    let wake: () => void = () => undefined
    const fail = (cause: unknown): void => {
      clearTimeout(timer)
      socket.destroy()
      const reason = errnoOf(cause) ?? (cause instanceof Error ? cause.message : String(cause))
      const details = {path, reason}
      reject(
        new PxectlError(`the socket ${path} cannot be reached (${reason})`, {
          code: 'SOCKET_UNREACHABLE',
          kind: 'environment',
          details,
          cause,
        }),
      )
    }
    const timer = setTimeout(() => fail(new Error('it does not take the connection')), CONNECT_MS)
    const line = async (timeoutMs: number): Promise<string | undefined> => {
      if (lines.length === 0 && !ended) {
        await new Promise<void>((done) => {
          const limit = setTimeout(done, timeoutMs)
          wake = () => {
            clearTimeout(limit)
            done()
          }
        })
      }
      if (lines.length > 0 || ended) return lines.shift()
      throw new PxectlError(`the socket ${path} gave no answer within ${timeoutMs / 1000} s`, {
        code: 'SOCKET_FAILED',
        kind: 'environment',
        details: {path},
      })
    }
    const end = (): void => {
      ended = true
      wake()
    }
    socket.on('connect', () => {
      clearTimeout(timer)
      socket.setEncoding('utf8')
      resolve({send: (text) => void socket.write(text), line, close: () => void socket.destroy()})
    })
    socket.on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n')
      rest = parts.pop() ?? ''
      lines.push(...parts.map((part) => part.replace(/\r$/, '')))
      if (lines.length > 0) wake()
    })
    socket.on('close', end)
    // Before the connection stands it is the reason why there is none; afterwards `close` says the same.
    socket.on('error', fail)
  })

/**
 * Joins a socket with a terminal: what comes is written to `output`, what is typed is sent. Resolves when the other side ends, when
 * `input` ends, or when the `escape` byte is typed.
 */
export function joinSocket(
  path: string,
  {input, output, escape}: {readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream; readonly escape: number},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({path})
    const typed = (chunk: Buffer): void => {
      const at = chunk.indexOf(escape)
      socket.write(at === -1 ? chunk : chunk.subarray(0, at))
      if (at !== -1) socket.end()
    }
    const ended = (): void => void socket.end()
    socket.on('connect', () => {
      input.on('data', typed)
      input.on('end', ended)
    })
    socket.on('data', (chunk) => void output.write(chunk))
    socket.on('error', reject)
    socket.on('close', () => {
      input.removeListener('data', typed)
      input.removeListener('end', ended)
      input.pause()
      resolve()
    })
  })
}
