// Where an answer goes: a connection of our own (fast-connection.ts) or a response of node:http (node-connection.ts). exchange.ts
// and send-pieces.ts write to it and know of neither.
import type {Duplex, Writable} from 'node:stream'
import type {HeaderFields} from './answer.js'

/** A client's connection as net.Socket has it. */
export type ClientSocket = Duplex & {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  setTimeout(ms: number, onTimeout?: () => void): unknown
  /** Ends the connection when all that was written has gone out. */
  destroySoon(): void
}

export type Reply = {
  /** Head and body, whole. */
  send(status: number, headers: HeaderFields, body?: Uint8Array): void
  /** The head, which goes out with the first piece of the body. */
  begin(status: number, headers: HeaderFields): void
  /** Takes the pieces of the body; after the last, `finish` is called. */
  readonly out: Writable
  finish(): void
  readonly socket: ClientSocket
}

/** Ended by us, because the client took nothing, or sent nothing, for so long. */
export class StandstillError extends Error {
  constructor(ms: number) {
    super(`the client stood still for ${ms / 1000} s`)
  }
}

export const CLIENT_GONE = 'the client went away'

/** Why an answer could not be handed over whole. */
export function whyGone(socket: ClientSocket): string {
  return socket.errored instanceof StandstillError ? socket.errored.message : CLIENT_GONE
}
