// What `why` answers with, and what its rules look at.
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import type {BootEvent} from './boot-event.js'
import type {BootState} from './boot-state.js'
import {catalogue, type FindingCode} from './catalogue.js'

/** `certain`: the packets say so. `likely`: nothing else is known to look like this. `possible`: worth a look. */
export type Certainty = 'certain' | 'likely' | 'possible'

export type Finding = {
  /** A promise to scripts. */
  readonly code: FindingCode
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

/** A DHCP server that was asked as the machine would ask. */
export type AskedServer = {
  readonly serverId: string
  readonly offered: string | undefined
  readonly filename: string | undefined
  /** Its answer has option 60 "PXEClient" and no option 43. */
  readonly isMenuLess: boolean
}

/** What the lab says about the machine, beside the events. */
export type LabFacts = {
  readonly nowMs: number
  readonly host: {
    /** false: the machine only knocks; its name is then its address. */
    readonly isKnown: boolean
    readonly name: string
    readonly mac: Mac
    readonly ip: Ipv4
    readonly firmware: 'bios' | 'uefi' | undefined
    readonly dhcp: boolean
    readonly root: string | undefined
  }
  readonly server: string | undefined
  readonly backend: string
  /** Its menu boots the disk. */
  readonly bootsLocally: boolean
  /** The image that it boots. */
  readonly image: string | undefined
  readonly unknown: readonly UnknownClient[]
  /** When any machine was seen last; undefined: nothing was ever recorded. */
  readonly lastSeenMs: number | undefined
  /** DHCP servers that answered on the wire just now; undefined where nobody looked. */
  readonly dhcpServers: readonly AskedServer[] | undefined
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

/** A finding of the catalogue with what was seen here; cause and remedies only where more is known than in general. */
export function finding(
  code: FindingCode,
  seen: {certainty: Certainty; seen: string; cause?: string; remedies?: readonly string[]},
): Finding {
  const {cause, remedies, screen} = catalogue[code]
  return {code, certainty: seen.certainty, seen: seen.seen, cause: seen.cause ?? cause, remedies: seen.remedies ?? remedies, screen}
}
