// What every DHCP back end can do. A change is planned as bytes first (nothing is touched), then applied as a transaction.
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import type {FileChange} from '../system/files.js'
import type {LeaseRecord} from './held-lease.js'
import type {BootOptions, KnownFirmware, Reservation} from './reservation.js'

export type DhcpChange = {
  /**
   * Reservations to add, or to change where they are; `previousName` is the name before a rename. `isNew`: a declaration of
   * that name with another MAC is somebody else's host, which is refused instead of changed.
   */
  readonly upsert: readonly {readonly reservation: Reservation; readonly previousName?: string; readonly isNew?: boolean}[]
  /** Names to remove; one that is not declared is no error. */
  readonly remove: readonly string[]
  /** undefined leaves them as they are. */
  readonly bootOptions?: BootOptions | 'remove'
}

export type {FileChange}

/** What would change. No files: there is nothing to do. */
export type DhcpPlan = {readonly files: readonly FileChange[]; readonly warnings: readonly string[]; readonly needsRestart: boolean}

export type ApplyOptions = {
  /** false: the server keeps running with its old configuration. */
  readonly restart: boolean
  /** May a running server be told of the change, where the back end can? Default: as `restart`. */
  readonly tell?: boolean
  readonly onProgress?: (step: string) => void
}

export type Applied = {readonly restarted: boolean; readonly backups: readonly string[]; readonly warnings: readonly string[]}

export type DeclaredHost = {
  readonly name: string
  readonly mac: Mac | undefined
  /** Addresses and host names of `fixed-address`. */
  readonly addresses: readonly string[]
  readonly file: string
  readonly line: number
  /** Did pxectl write it (does it stand in a region of pxectl's)? */
  readonly managed: boolean
  /** Whose boot file pxectl has given it, whatever its packets say. */
  readonly firmware?: KnownFirmware | undefined
}

export type DynamicRange = {readonly first: Ipv4; readonly last: Ipv4; readonly file: string; readonly line: number}

/** Something that `check` noticed. */
export type Finding = {
  /** A note is worth knowing, and may be meant so. */
  readonly severity: 'error' | 'warning' | 'note'
  readonly code: string
  readonly message: string
  readonly file?: string
  readonly line?: number
  readonly suggestion?: string
}

/** What a check knows of the lab around the configuration, as far as it is known. */
export type CheckContext = {
  /** The lab's own server, which next-server should name. */
  readonly server?: Ipv4 | undefined
  /** The interface at which the DHCP server should answer. */
  readonly interface?: string | undefined
  /** The IPv4 addresses of a name, none where it has none; undefined: not found out in time. Without it names are not looked up. */
  readonly resolve?: (name: string) => Promise<readonly string[] | undefined>
  /** Is there something to serve under this name, below the TFTP root? */
  readonly hasBootFile?: (name: string) => Promise<boolean>
}

export type Backup = {
  /** UTC, as in the file names: 20261121T133502.123Z. */
  readonly time: string
  readonly files: readonly {readonly path: string; readonly backup: string}[]
}

/** What undoing a change would come to, or came to. `foreign`: somebody else changed it since, and it stays. */
export type HeldUndo = 'untouched' | 'restored' | 'foreign'

/** A configuration that a program keeps for itself. Plans show it as text, under a `path` that is no file. */
export type HeldState = {
  /** The text as it is now; undefined where there is no such server. */
  readonly read: (path: string) => Promise<Buffer | undefined>
  /** A change that was interrupted half-way can be undone as well. */
  readonly undoState: (change: FileChange) => Promise<HeldUndo>
}

export interface DhcpServer {
  readonly backend: string
  /** Only where the paths of plans are no files. */
  readonly held?: HeldState
  /** Reads the configuration, refuses conflicts, computes the new bytes. Touches nothing. */
  plan(change: DhcpChange): Promise<DhcpPlan>
  /** How the running server would get to know of the plan, in words; undefined: as every change, by a restart or by itself. */
  preview?(plan: Pick<DhcpPlan, 'files'>): Promise<string | undefined>
  /** Candidate, test, backup, swap, restart, check. Puts everything back on failure, and throws with both errors. */
  apply(plan: DhcpPlan, options: ApplyOptions): Promise<Applied>
  /** Puts back every file that still is what the plan made of it, and restarts: for a transaction whose later part failed. */
  undo(plan: DhcpPlan, options: ApplyOptions): Promise<Applied>
  /** Restarts the server and waits until it answers. */
  restart(): Promise<{readonly restarted: boolean; readonly warnings: readonly string[]}>
  /** Every host that is declared now, through includes. */
  declared(): Promise<readonly DeclaredHost[]>
  /** The addresses that the server hands out by itself. */
  dynamicRanges(): Promise<readonly DynamicRange[]>
  /** The addresses that clients have now, by the server's own record; a record that cannot be read is a warning. */
  leases(): Promise<LeaseRecord>
  /** Looks for trouble, with the hosts that should be declared. */
  check(expected: readonly Reservation[], context?: CheckContext): Promise<readonly Finding[]>
  /** Newest first. */
  backups(): Promise<readonly Backup[]>
  /** Applies a backup, the newest if none is named, as any other change. */
  rollback(time: string | undefined, options: ApplyOptions): Promise<Applied & {readonly time: string}>
}
