// One request of one client, from the RRQ to the closed file: opens the file, agrees on terms, runs the transfer, reports it.
import type {BootFile, BootFileSource} from '../bootfiles/boot-file.js'
import type {TransferEvent} from '../bootfiles/transfer-event.js'
import {messageOf} from '../errors.js'
import {negotiate, type OptionLimits} from './options.js'
import type {ErrorPacket, Packet, RequestPacket} from './packet.js'
import {refuseFile} from './refusal.js'
import {type Channel, type FinishedTransfer, type RunningTransfer, runTransfer} from './transfer.js'

export type SessionOptions = {
  readonly request: RequestPacket
  /** The client's IP address, as the files are asked for and events told. */
  readonly client: string
  readonly files: BootFileSource
  readonly limits: OptionLimits
  readonly now: () => number
  /** Opens the transfer's own port. */
  readonly openChannel: (onPacket: (packet: Packet) => void) => Promise<Channel>
  /** Answers from the request port: there is no transfer. */
  readonly refuse: (refusal: ErrorPacket) => void
  readonly tell: (event: SessionEvent) => void
  /** Called once, when the client may begin anew. */
  readonly onEnd: () => void
}

/** A TransferEvent without what is the same for all events of the session. */
export type SessionEvent = Pick<TransferEvent, 'kind' | 'bytes' | 'sizeBytes' | 'message' | 'blksize' | 'windowsize' | 'retransmits'>

export type Session = {
  /** Is this request a new beginning, and not the running one sent again? */
  isStartedOverBy(request: RequestPacket): boolean
  /** Ends it and tells the client. */
  abort(message: string): void
  /** Ends it silently, for the client has a new session. */
  abandon(): void
  /** Fulfilled when nothing is left open. */
  readonly closed: Promise<void>
}

/** Starts to serve a read. Whatever goes wrong ends this session only. */
export function startSession(options: SessionOptions): Session {
  const {request, tell} = options
  let transfer: RunningTransfer | undefined
  let isAborted = false

  const serve = async (): Promise<FinishedTransfer | undefined> => {
    const opened = await openBoth(options, (packet) => transfer?.receive(packet)).catch((error: unknown) => {
      const refusal = refuseFile(error)
      options.refuse(refusal)
      tell({kind: 'refused', bytes: 0, message: messageOf(error)})
    })
    if (opened === undefined) return undefined
    const {file, channel} = opened
    if (isAborted) {
      channel.close()
      await file.close()
      return undefined
    }
    const isNetascii = request.mode === 'netascii'
    const {terms, granted} = negotiate(request.options, isNetascii ? undefined : file.sizeBytes, options.limits)
    const facts = {sizeBytes: file.sizeBytes, blksize: terms.blksize, windowsize: terms.windowsize}
    tell({kind: 'start', bytes: 0, ...facts})
    const finished = await new Promise<FinishedTransfer>((resolve) => {
      transfer = runTransfer({file, isNetascii, negotiated: {terms, granted}, channel, now: options.now, onFinish: resolve})
    })
    tell({...facts, ...summaryOf(finished)})
    return finished
  }

  const serveAndClose = async (): Promise<void> => {
    try {
      const finished = await serve().finally(options.onEnd)
      await finished?.closed
    } catch (error) {
      tell({kind: 'failed', bytes: 0, message: messageOf(error)})
    }
  }

  return {
    // A client that was reset in the middle asks for the same from the same port. The transfer it abandoned has fallen silent.
    isStartedOverBy: (other) => !isSameRequest(request, other) || (transfer?.isStalled() ?? false),
    abort(message) {
      isAborted = true
      transfer?.abort(message)
    },
    abandon() {
      isAborted = true
      transfer?.abandon('the client started over')
    },
    closed: serveAndClose(),
  }
}

async function openBoth(options: SessionOptions, onPacket: (packet: Packet) => void): Promise<{file: BootFile; channel: Channel}> {
  const {name} = options.request
  const file = await options.files({name, protocol: 'tftp', client: options.client})
  try {
    return {file, channel: await options.openChannel(onPacket)}
  } catch (error) {
    await file.close()
    throw error
  }
}

function summaryOf({outcome, bytes, retransmits}: FinishedTransfer): SessionEvent {
  switch (outcome.kind) {
    case 'done':
      return {kind: 'done', bytes, retransmits}
    case 'probed':
      return {kind: 'done', bytes, retransmits, message: 'the client only asked for the size'}
    case 'failed':
      return {kind: 'failed', bytes, retransmits, message: outcome.reason}
  }
}

function isSameRequest(one: RequestPacket, other: RequestPacket): boolean {
  return one.name === other.name && one.mode === other.mode && String(one.options) === String(other.options)
}
