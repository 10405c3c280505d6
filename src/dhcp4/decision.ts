// What a server may decide about one request. Every mode (full, proxy) is a function that answers with this.
import type {ClientFirmware} from './client-firmware.js'
import type {Dhcp4Packet} from './packet.js'

/** Something is sent. */
export type Reply = {
  readonly kind: 'reply'
  readonly type: 'offer' | 'ack' | 'nak'
  readonly packet: Dhcp4Packet
  /** The host's name in the lab, for events. */
  readonly name?: string
  /** What people should know about this reply: the lab has no boot file for this firmware. */
  readonly remark?: string
}

export type Decision =
  | Reply
  /** Nothing is sent: the request is not for us, or we should not answer it. */
  | {readonly kind: 'ignore'; readonly reason: string}
  /** Nothing is sent, yet the client told us something worth keeping (RELEASE, DECLINE). */
  | {readonly kind: 'note'; readonly message: string; readonly name?: string}

/** A file for this firmware, or undefined where the lab has none. An HTTP client needs a full http:// URL. */
export type FilenameFor = (firmware: ClientFirmware) => string | undefined
