// What `why` answers with, and what its rules look at.
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import type {BootEvent} from './boot-event.js'
import type {BootState} from './boot-state.js'

/** `certain`: the packets say so. `likely`: nothing else is known to look like this. `possible`: worth a look. */
export type Certainty = 'certain' | 'likely' | 'possible'

export type Finding = {
  /** A promise to scripts. */
  readonly code: string
  readonly certainty: Certainty
  /** What happened, with names, numbers and times. May hold text of clients: escape it before printing. */
  readonly seen: string
  readonly cause: string
  /** What mends it: commands to paste, or things to do; the best first. */
  readonly remedies: readonly string[]
  /** What the machine's own screen may show. */
  readonly screen: readonly string[]
}

/** A machine that is no host, as it knocked. */
export type UnknownClient = {
  readonly mac: Mac
  readonly firstMs: number
  readonly lastMs: number
  readonly architecture: number | undefined
}

/** What the lab says about the machine, beside the events. */
export type LabFacts = {
  readonly nowMs: number
  readonly host: {
    readonly name: string
    readonly mac: Mac
    readonly ip: Ipv4
    readonly firmware: 'bios' | 'uefi' | undefined
    readonly dhcp: boolean
    readonly root: string | undefined
  }
  readonly server: string | undefined
  readonly backend: string
  readonly httpPort: number
  readonly bootLoader: string
  /** The largest TFTP block that is granted; undefined: what fits a frame. */
  readonly maxBlksize: number | undefined
  readonly bootsLocally: boolean
  /** The files that the host's menu names, relative to the TFTP root; `isThere`: readable now. */
  readonly kernel: {readonly name: string; readonly isThere: boolean} | undefined
  readonly initrds: readonly {readonly name: string; readonly isThere: boolean}[]
  readonly unknown: readonly UnknownClient[]
  /** When any client was seen last, and by which sources; undefined: nothing was ever recorded. */
  readonly lastSeenMs: number | undefined
  /** DHCP servers that answered on the wire just now; undefined where nobody looked. */
  readonly dhcpServers: readonly {readonly serverId: string; readonly isOurs: boolean}[] | undefined
}

/** What a rule is given: the present boot, what came before it, and the lab. */
export type BootCase = {
  readonly boot: readonly BootEvent[]
  /** All events that are kept, oldest first. */
  readonly events: readonly BootEvent[]
  readonly state: BootState
  readonly facts: LabFacts
}

/** Looks for one kind of trouble; none is an empty list. Pure. */
export type Rule = (boot: BootCase) => readonly Finding[]
