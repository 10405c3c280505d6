// Why transfers fail or are refused, as a handful of kinds: what clients send must not make up labels of a metric.
import type {TransferEvent} from '../bootfiles/transfer-event.js'

export const transferReasons = [
  'bad_request',
  'busy',
  'client_ended',
  'client_gone',
  'client_slow',
  'file_changed',
  'forbidden',
  'no_answer',
  'not_found',
  'read_only',
  'server_error',
  'server_stopping',
  'other',
] as const
export type TransferReason = (typeof transferReasons)[number]

const REASON_OF_STATUS: Readonly<Record<number, TransferReason>> = {
  400: 'bad_request',
  403: 'forbidden',
  404: 'not_found',
  405: 'read_only',
  408: 'client_slow',
  416: 'bad_request',
  431: 'bad_request',
  500: 'server_error',
  503: 'busy',
}

/** The words of the servers' own messages; the first that fits counts. Names in a message come after its words. */
const REASON_OF_MESSAGE: readonly (readonly [RegExp, TransferReason])[] = [
  [/^no such boot file/, 'not_found'],
  [/^refused to serve/, 'forbidden'],
  [/^too many/, 'busy'],
  [/^the client ended it/, 'client_ended'],
  [/^the client (went away|started over)/, 'client_gone'],
  [/^the client stood still|^the transfer takes too long/, 'client_slow'],
  [/^no answer/, 'no_answer'],
  [/^this server is read-only/, 'read_only'],
  [/^the server is stopping/, 'server_stopping'],
  [/changed while it was being sent/, 'file_changed'],
  [/^mode .* is not supported|^a request without/, 'bad_request'],
  [/^the file (cannot|could not) be read|^the server cannot/, 'server_error'],
]

/** The kind of reason of an event of kind `failed` or `refused`. */
export function reasonOf(event: Pick<TransferEvent, 'kind' | 'message' | 'status'>): TransferReason {
  const byStatus = event.kind === 'refused' && event.status !== undefined ? REASON_OF_STATUS[event.status] : undefined
  if (byStatus !== undefined) return byStatus
  const {message = ''} = event
  return REASON_OF_MESSAGE.find(([words]) => words.test(message))?.[1] ?? 'other'
}
