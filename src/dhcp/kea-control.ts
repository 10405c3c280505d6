// Kea's control channel: one JSON command, one JSON answer, over the unix socket that the configuration names (Kea ARM,
// "Management API"). With Kea 3.0 the socket must be in /run/kea; its HTTP sockets are not asked.
import {isAbsolute, join} from 'node:path'
import {PxectlError} from '../errors.js'
import type {AskSocket} from '../system/unix-socket.js'
import {listOf, recordOf, type KeaRecord} from './kea-value.js'

export type KeaAnswer = {
  /** 0 success, 1 error, 2 unsupported, 3 empty (Kea ARM, "Control Agent answers"). */
  readonly result: number
  readonly text: string
  readonly arguments: KeaRecord
}

/** Asks the daemon behind a socket. Throws SOCKET_UNREACHABLE or SOCKET_FAILED. */
export type AskKea = (socket: string, command: string, args?: unknown) => Promise<KeaAnswer>

/** A reload of 100,000 reservations takes seconds; a daemon that hangs must not take us along. */
const TIMEOUT_MS = 60_000
/** config-get prints 600 bytes for each reservation. */
const MAX_ANSWER_BYTES = 512 * 1024 * 1024

export function openKeaControl(ask: AskSocket): AskKea {
  return async (socket, command, args) => {
    const text = JSON.stringify(args === undefined ? {command} : {command, arguments: args})
    const answer = await ask({path: socket, text, timeoutMs: TIMEOUT_MS, maxAnswerBytes: MAX_ANSWER_BYTES})
    return readAnswer(socket, command, answer)
  }
}

function readAnswer(socket: string, command: string, answer: string): KeaAnswer {
  try {
    const value: unknown = JSON.parse(answer)
    const record = recordOf(Array.isArray(value) ? (value as unknown[])[0] : value)
    if (typeof record?.['result'] === 'number')
      return {result: record['result'], text: String(record['text'] ?? ''), arguments: recordOf(record['arguments']) ?? {}}
  } catch {
    // Told below.
  }
  throw new PxectlError(`the answer of kea-dhcp4 to ${command} on ${socket} is not whole`, {
    code: 'SOCKET_FAILED',
    kind: 'external',
    details: {socket, command},
  })
}

/** The unix socket that a configuration names: `control-socket`, or since 2.7 one of `control-sockets`. */
export function findControlSocket(dhcp4: KeaRecord): string | undefined {
  for (const entry of [dhcp4['control-socket'], ...listOf(dhcp4['control-sockets'])]) {
    const name = recordOf(entry)?.['socket-name']
    if (recordOf(entry)?.['socket-type'] !== 'unix' || typeof name !== 'string' || name === '') continue
    return isAbsolute(name) ? name : join('/run/kea', name)
  }
  return undefined
}

/** Nobody listens there, or we may not ask: other ways may help. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof PxectlError && error.code === 'SOCKET_UNREACHABLE'
}
