// A lab file as a value: includes joined, variables filled in, groups written out, every name and address checked.
import type {Hostname} from '../net/hostname.js'
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import type {Place} from './problem.js'

export type SettingSpec = {readonly name: string; /** As pxectl.ini would have it. */ readonly text: string; readonly place: Place}

export type ImageSpec = {
  readonly name: string
  /** An absolute path, or an address. */
  readonly source: string
  readonly checksum?: string
  readonly type?: string
  readonly title?: string
  readonly initrds: readonly string[]
  readonly bootArgs?: string
  readonly kickstart?: string
  readonly platform?: string
  readonly console?: string
  readonly noimport: boolean
  readonly standalone: boolean
  readonly kmdb: boolean
  readonly kernelVerbose: boolean
  /** NAME=VALUE */
  readonly properties: readonly string[]
  readonly rootPasswordFile?: string
  readonly isDefault: boolean
  readonly place: Place
}

export type FilesystemSpec = {
  readonly name: string
  readonly suite?: string
  readonly mirror?: string
  readonly arch?: string
  readonly packages: readonly string[]
  readonly user?: string
  readonly passwordFile?: string
  readonly sshKey?: string
  readonly style?: string
  readonly template?: string
  readonly hook?: string
  readonly sizeLimit?: string
  readonly place: Place
}

/** What is left out is chosen when the host is made, and not compared afterwards. */
export type HostSpec = {
  readonly name: Hostname
  readonly ip?: Ipv4
  readonly mac?: Mac
  readonly image?: string
  readonly root?: string
  readonly bootArgs?: string
  readonly firmware?: 'bios' | 'uefi' | 'any'
  readonly dhcp: boolean
  readonly place: Place
}

export type VmSpecEntry = {
  readonly name: string
  readonly referPhysicalMachine?: string
  readonly remoteUser?: string
  readonly memoryPercent?: string
  readonly cpus?: number
  /** Sizes are texts, as the flags of `vm create` have them. */
  readonly memory?: string
  readonly vram?: string
  readonly network?: string
  readonly disks: readonly string[]
  readonly firmware?: 'bios' | 'uefi'
  readonly nic?: string
  readonly osType?: string
  readonly serial?: string
  readonly hypervisor?: 'virtualbox' | 'vmware' | 'qemu'
  readonly on?: string
  readonly start: boolean
  /** Names of VMs. */
  readonly after: readonly string[]
  readonly place: Place
}

export type LabSpec = {
  /** Absolute paths; the first is the one that was named. */
  readonly files: readonly string[]
  readonly settings: readonly SettingSpec[]
  readonly loaders: boolean
  readonly menus: readonly {readonly format: string; readonly path: string; readonly place: Place}[]
  readonly images: readonly ImageSpec[]
  readonly filesystems: readonly FilesystemSpec[]
  readonly hosts: readonly HostSpec[]
  /** In the order of starting. */
  readonly vms: readonly VmSpecEntry[]
  readonly start: {readonly parallel: number; readonly delaySeconds: number}
}
