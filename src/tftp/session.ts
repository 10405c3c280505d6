// One request of one client, from the RRQ to the closed file: opens the file, agrees on terms, runs the transfer, reports it.
// What is in memory is answered before `startSession` returns.
import type {BootFile, BootFileSource, Soon} from '../bootfiles/boot-file.js'
import type {ActiveTransfer, TransferEvent} from '../bootfiles/transfer-event.js'
import {messageOf} from '../errors.js'
import {negotiate, type OptionLimits} from './options.js'
import {ackedBlock, decodePacket, type ErrorPacket, type RequestPacket} from './packet.js'
import type {PacketImages} from './packet-images.js'
import type {Outcome, ReadTransfer} from './read-transfer.js'
import {refuseFile} from './refusal.js'
import {openAsText} from './text-file.js'
import {createTransfer, type Route} from './transfer.js'
import type {Client} from './udp-port.js'

export type SessionOptions = {
  readonly request: RequestPacket
  readonly client: Client
  /** The transfer's own port, and the key of the client there. */
  readonly route: Route
  readonly files: BootFileSource
  readonly images: PacketImages
  readonly limits: OptionLimits
  readonly now: () => number
  /** Answers from the request port: there is no transfer. */
  readonly refuse: (refusal: ErrorPacket) => void
  readonly onEvent: (event: TransferEvent) => void
  /** Called once, when the client may begin anew; for a request that is refused, perhaps before `startSession` returns. */
  readonly onEnd: (session: Session) => void
  /** Called once, when nothing is left open. */
  readonly onClosed: () => void
}

export type Session = {
  readonly route: Route
  hasEnded(): boolean
  /** Takes a datagram of the client that came to the transfer's port. */
  receive(datagram: Uint8Array): void
  /** Is this request a new beginning, and not the running one sent again? */
  isStartedOverBy(request: RequestPacket): boolean
  /** Has the client ever answered? If not, it may not exist: anyone can write a sender's address on a datagram. */
  isAnswered(): boolean
  describe(): ActiveTransfer
  /** Ends it and tells the client. */
  abort(message: string): void
  /** Ends it silently, for the client has a new session or never was there. */
  abandon(reason: string): void
}

/** Starts to serve a read. Whatever goes wrong ends this session only. */
export function startSession(options: SessionOptions): Session {
  const {request, client, now, route} = options
  const startedMs = now()
  const same = {protocol: 'tftp', client: client.address, port: client.port, name: request.name} as const
  let file: BootFile | undefined
  let facts: {readonly sizeBytes: number; readonly blksize: number; readonly windowsize: number} | undefined
  let transfer: ReadTransfer | undefined
  let hasEnded = false

  const tell = (kind: TransferEvent['kind'], bytes: number, message?: string): void => {
    const durationMs = now() - startedMs
    const retransmits = transfer?.retransmits ?? 0
    const told = message === undefined ? undefined : {message}
    if (facts === undefined) return options.onEvent({...same, kind, bytes, durationMs, ...told})
    const {sizeBytes, blksize, windowsize} = facts
    const {protocol, client: address, port, name} = same
    const event = {protocol, kind, client: address, port, name, sizeBytes, blksize, windowsize, bytes, durationMs, retransmits}
    // Most events are of this shape, made without a second copy.
    options.onEvent(told === undefined ? event : {...event, ...told})
  }

  const end = (): void => {
    hasEnded = true
    options.onEnd(session)
  }

  const close = (): void => {
    const closing = file?.close()
    if (closing instanceof Promise) void closing.finally(options.onClosed)
    else options.onClosed()
  }

  const refuse = (error: unknown): void => {
    if (!hasEnded) {
      end()
      options.refuse(refuseFile(error))
      tell('refused', 0, messageOf(error))
    }
    close()
  }

  const begin = (opened: BootFile): void => {
    file = opened
    if (hasEnded) return close()
    // The length of a text on this side says nothing about its length on the other.
    const announced = request.mode === 'netascii' ? undefined : opened.sizeBytes
    const negotiated = negotiate(request.options, announced, options.limits)
    const {terms} = negotiated
    const {blksize, windowsize} = terms
    facts = {sizeBytes: opened.sizeBytes, blksize, windowsize}
    tell('start', 0)
    transfer = createTransfer({image: options.images.open(opened, terms), negotiated, route, now, onFinish: finish})
    transfer.start(now())
  }

  const finish = (outcome: Outcome, bytesRead: Promise<void> | undefined): void => {
    end()
    const {kind, message} = summaryOf(outcome)
    tell(kind, ackedBytes(), message)
    if (bytesRead === undefined) close()
    else void bytesRead.finally(close)
  }

  const ackedBytes = (): number => {
    if (facts === undefined || transfer === undefined) return 0
    transfer.catchUp()
    return Math.min(Math.max(0, transfer.acked) * facts.blksize, facts.sizeBytes)
  }

  const endEarly = (reason: string, how: 'abort' | 'abandon'): void => {
    if (transfer !== undefined) return transfer[how](reason)
    if (hasEnded) return
    end()
    tell('failed', 0, reason)
  }

  const session: Session = {
    route,
    hasEnded: () => hasEnded,
    receive(datagram) {
      const block = ackedBlock(datagram)
      if (block >= 0) return transfer?.acknowledge(block, now())
      const packet = decodePacket(datagram)
      if (packet.kind === 'error') transfer?.receiveError(packet.errorCode, packet.message)
    },
    // A client that was reset in the middle asks for the same from the same port. The transfer it abandoned has fallen silent.
    isStartedOverBy: (other) => !isSameRequest(request, other) || (transfer?.isStalled ?? false),
    isAnswered: () => transfer?.isAnswered ?? false,
    describe: () => ({...same, ...facts, bytes: ackedBytes(), durationMs: now() - startedMs, retransmits: transfer?.retransmits ?? 0}),
    abort: (message) => endEarly(message, 'abort'),
    abandon: (reason) => endEarly(reason, 'abandon'),
  }
  try {
    const opening = openFile(options)
    if (opening instanceof Promise) opening.then(begin).catch(refuse)
    else begin(opening)
  } catch (error) {
    refuse(error)
  }
  return session
}

function openFile({request, client, files}: SessionOptions): Soon<BootFile> {
  const opening = files({name: request.name, protocol: 'tftp', client: client.address})
  return request.mode === 'netascii' ? openAsText(opening) : opening
}

function summaryOf(outcome: Outcome): Pick<TransferEvent, 'kind' | 'message'> {
  switch (outcome.kind) {
    case 'done':
      return {kind: 'done'}
    case 'probed':
      return {kind: 'done', message: 'the client only asked for the size'}
    case 'failed':
      return {kind: 'failed', message: outcome.reason}
  }
}

function isSameRequest(one: RequestPacket, other: RequestPacket): boolean {
  return one.name === other.name && one.mode === other.mode && String(one.options) === String(other.options)
}
