// The host record: one machine of the lab, and the changes and shapes made of it. Values only.
import type {Hostname} from '../net/hostname.js'
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'

export type Host = {
  readonly name: Hostname
  /** Never absent: adding a host always gives it one. */
  readonly ip: Ipv4
  readonly mac: Mac
  /** Diskless root: a folder below the TFTP root. */
  readonly root: string | undefined
  /** Image to boot: a folder below images/ in the TFTP root. */
  readonly image: string | undefined
  readonly bootArgs: string | undefined
  /** The only firmware the host has; undefined: any. */
  readonly firmware: 'bios' | 'uefi' | undefined
  /** Declared in the DHCP server. */
  readonly dhcp: boolean
  /** ISO 8601, UTC. */
  readonly createdAt: string
  readonly updatedAt: string
}

/** One change of the host database; `name` is the name before the change. */
export type HostChange =
  | {readonly kind: 'add'; readonly host: Host}
  | {readonly kind: 'update'; readonly name: Hostname; readonly host: Host}
  | {readonly kind: 'remove'; readonly name: Hostname}

/** What must be different in every host. */
export const UNIQUE_FIELDS = ['name', 'mac', 'ip'] as const
export type UniqueField = (typeof UNIQUE_FIELDS)[number]

/** A row of an old database that could not become a host; kept, never used. Values that are no text stand as SQL literals. */
export type RejectedRow = {readonly row: Readonly<Record<string, string | null>>; readonly reason: string}

/** A host as scripts see it: these keys are promises, and null stands for "not given". */
export type HostJson = {
  readonly name: string
  readonly ip: string
  readonly mac: string
  readonly root: string | null
  readonly image: string | null
  readonly firmware: 'bios' | 'uefi' | null
  readonly bootArgs: string | null
  readonly dhcp: boolean
}

export function hostJson(host: Host): HostJson {
  const {name, ip, mac, root = null, image = null, firmware = null, bootArgs = null, dhcp} = host
  return {name, ip, mac, root, image, firmware, bootArgs, dhcp}
}
