// The parts of a lab file as the schema lets them through.
import type {LabDocument} from './document.js'
import type {Place} from './problem.js'
import type {HostSpec, VmSpecEntry} from './spec.js'

/** A part of a file with its name and its place. */
export type Named<T> = {readonly name: string; readonly value: T; readonly place: Place}

export type RawHost = {
  readonly ip?: string
  readonly mac?: string
  readonly image?: string
  readonly root?: string
  readonly 'boot-args'?: string
  readonly firmware?: HostSpec['firmware']
  readonly dhcp?: boolean
}

export type RawVm = {
  readonly 'refer-physical-machine'?: string
  readonly 'remote-user'?: string
  readonly 'memory-percent'?: string
  readonly cpus?: number
  readonly memory?: string
  readonly vram?: string
  readonly network?: string
  readonly disk?: string | readonly string[]
  readonly firmware?: 'bios' | 'uefi'
  readonly nic?: string
  readonly 'os-type'?: string
  readonly serial?: string
  readonly hypervisor?: VmSpecEntry['hypervisor']
  readonly on?: string
  readonly start?: boolean
  readonly after?: string | readonly string[]
}

export type RawImage = {readonly [key: string]: unknown; readonly source: string; readonly initrd?: string | readonly string[]}
export type RawFilesystem = {readonly [key: string]: unknown; readonly packages?: string | readonly string[]}
export type RawStart = {readonly parallel?: number; readonly delay?: number}

/** What the schema lets through. */
export type CheckedDocument = {
  readonly document: LabDocument
  readonly value: {readonly [section: string]: unknown} & {
    readonly loaders?: boolean
    readonly menus?: Readonly<Record<string, string>> | null
    readonly images?: Readonly<Record<string, RawImage>> | null
    readonly filesystems?: Readonly<Record<string, RawFilesystem | null>> | null
    readonly hosts?: Readonly<Record<string, RawHost | null>> | null
    readonly groups?: Readonly<Record<string, RawGroup>> | null
    readonly vms?: Readonly<Record<string, RawVm | null>> | null
    readonly start?: RawStart | null
  }
}

export type RawGroup = {
  readonly count: number
  readonly first?: number
  readonly name?: string
  readonly ip?: string
  readonly host?: RawHost | null
  readonly vm?: RawVm | null
}
