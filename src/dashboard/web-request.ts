// A request and its answer as values: what is between the sockets (server.ts) and all that decides.

export type WebRequest = {
  readonly method: string
  /** The target as the client sent it. */
  readonly target: string
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The client's IP address. */
  readonly client: string
  /** The whole body; throws BODY_TOO_LARGE as soon as it is longer. */
  readonly readBody: (mostBytes: number) => Promise<Uint8Array>
}

export type Headers = Readonly<Record<string, string>>

/** Where the messages of a stream go: one client. */
export type EventSink = {
  /** false: what was written so far waits for the client; no more until `onDrain`. */
  write(text: string): boolean
  onDrain(listener: () => void): void
  onClose(listener: () => void): void
  destroy(): void
}

export type WebAnswer =
  | {readonly kind: 'whole'; readonly status: number; readonly headers: Headers; readonly body: Uint8Array | string}
  | {readonly kind: 'stream'; readonly headers: Headers; readonly open: (sink: EventSink) => void}
