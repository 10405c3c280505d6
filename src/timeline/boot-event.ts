// What was seen of a booting machine, as one record whoever saw it: our servers, another DHCP server's log, a call-back.
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'

/** The steps of a boot, in their order. */
export const bootSteps = ['asked', 'offered', 'loader', 'config', 'kernel', 'initrd', 'root', 'up'] as const
export type BootStep = (typeof bootSteps)[number]

export const eventSources = ['dhcp', 'tftp', 'http', 'nfs', 'call'] as const
export type EventSource = (typeof eventSources)[number]

/** `begun`: a large transfer goes on. `failed`: it did not end whole. `refused`: nothing was sent, or a DHCP server said no. */
export const eventResults = ['begun', 'done', 'failed', 'refused'] as const
export type EventResult = (typeof eventResults)[number]

/** Who sends a DHCP request: a PXE ROM, UEFI HTTP boot, iPXE, or an operating system (also the one in an initrd). */
export type DhcpAsker = 'pxe' | 'http' | 'ipxe' | 'system'

/** What is known besides; absent where it is not. */
export type BootEventDetails = {
  /** Why it failed or was refused, or what is odd; may hold text of clients. */
  readonly message?: string
  readonly bytes?: number
  readonly sizeBytes?: number
  readonly durationMs?: number
  readonly blksize?: number
  readonly retransmits?: number
  /** HTTP. */
  readonly status?: number
  /** DHCP: who asks, and the number in option 93. */
  readonly asker?: DhcpAsker
  readonly architecture?: number
  readonly uuid?: string
  /** DHCP: the server that answers, or whose offer a client takes (option 54). */
  readonly server?: string
  /** DHCP: the boot file that the answer names; '' where it was looked for and names none. */
  readonly filename?: string
  /** DHCP: the answer carries option 60 without option 43. */
  readonly isMenuLess?: boolean
  /** Another program's record told it, e.g. `dhcpd`. */
  readonly log?: string
}

export type BootEvent = {
  /** Unix time in milliseconds. */
  readonly timeMs: number
  readonly mac: Mac | undefined
  readonly ip: Ipv4 | undefined
  readonly source: EventSource
  /** `other`: a file that says nothing of how far the boot is. */
  readonly step: BootStep | 'other'
  /** The DHCP message (`discover`), or the file as the client named it: escape it before printing. */
  readonly name: string
  readonly result: EventResult
  readonly details: BootEventDetails
}

/** How a step is told to people: what the machine does, or has done, when it is there. */
export const stepWords: Readonly<Record<BootStep, string>> = {
  asked: 'asked for an address',
  offered: 'was given an address',
  loader: 'fetched a boot loader',
  config: 'fetched its menu',
  kernel: 'fetched a kernel',
  initrd: 'fetched an initrd',
  root: 'fetched its root filesystem',
  up: 'is up',
}

/** The place of a step in the order; -1 for `other`. */
export function stepRank(step: BootEvent['step']): number {
  return (bootSteps as readonly string[]).indexOf(step)
}
