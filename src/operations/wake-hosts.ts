// Wakes hosts by Wake-on-LAN, and waits until they are seen where that is wanted.
import type {Lab} from '../lab/open-lab.js'

export type WakeOptions = {
  /** Where the packets go; by default the broadcast address of the lab's subnet, and 255.255.255.255. */
  readonly broadcast?: string
  /** UDP port; default 9. */
  readonly port?: number
  /** The SecureOn password of the cards: a MAC-like or IPv4-like text. */
  readonly password?: string
  /** Wait at most so long until each host was seen: by our servers, or answering. 0: do not wait. */
  readonly waitMs?: number
  readonly onProgress?: (progress: {readonly name: string; readonly seen: string}) => void
  readonly signal?: AbortSignal
}

export type WokenHost = {
  readonly name: string
  readonly mac: string
  /** Where packets went, e.g. 192.168.56.255:9. */
  readonly sentTo: readonly string[]
  /** How it was seen: `dhcp`, `tftp`, `http`, `nfs`, `call` or `ping`; null: not yet, or nobody waited. */
  readonly seen: string | null
}

export type WakeAnswer = {readonly hosts: readonly WokenHost[]; readonly warnings: readonly string[]}

export type WakeHosts = (lab: Lab, names: readonly string[], options?: WakeOptions) => Promise<WakeAnswer>
