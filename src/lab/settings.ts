// The settings record of a lab. Reading pxectl.ini into it, with its order and error rules, is read-settings.ts.
import type {Hostname} from '../net/hostname.js'
import type {Ipv4, Ipv4Range, Subnet} from '../net/ipv4.js'

/** All settings of a lab, checked; paths are absolute. */
export type Settings = {
  readonly lab: {
    readonly name: string
    /** The host database: the path of a SQLite file, or the URL of a PostgreSQL server's. */
    readonly database: string
    readonly tftpRoot: string
  }
  readonly network: {
    readonly interface: string | undefined
    /** next-server: the address at which clients reach TFTP and HTTP. */
    readonly server: Ipv4 | undefined
    readonly subnet: Subnet | undefined
    /** Where free addresses for new hosts are taken from. */
    readonly range: Ipv4Range | undefined
    readonly gateway: Ipv4 | undefined
    readonly dns: readonly Ipv4[]
    readonly domain: Hostname | undefined
  }
  readonly dhcp: {
    readonly backend: DhcpBackend
    /** A path; with `virtualbox` the name of a network. */
    readonly config: string | undefined
    /** The command that restarts the DHCP server; undefined: the right one for this system is found. */
    readonly restart: string | undefined
    /** Is a running ISC dhcpd told of changed hosts by OMAPI, where its dhcpd.conf allows that? */
    readonly omapi: OmapiUse
    /** Where its log is: a path, `journal` or `none`; undefined: the journal where there is one. */
    readonly log: string | undefined
    /** Where new host entries go in dhcpd.conf. */
    readonly placement: HostPlacement
    /** The file that holds the entries with placement = include. */
    readonly include: string | undefined
    /** Where next-server and filename are declared in dhcpd.conf; none leaves that to its owner. */
    readonly bootOptions: BootOptionsScope
    /** Does the built-in server give leases of network.range to clients that are no hosts? */
    readonly unknownClients: boolean
  }
  readonly boot: {
    /** What an unknown client gets, and hosts without image and root: `local` or an image name. */
    readonly default: string
    /** Seconds before a menu boots its default entry. */
    readonly timeoutSeconds: number
    /** Linux console= argument, e.g. ttyS0,115200. */
    readonly console: string | undefined
    /** The loader that BIOS and UEFI firmware is given first. */
    readonly loader: BootLoader
    /** Loaders that the lab chose for UEFI itself, relative to the TFTP root; only x64 has one without that. */
    readonly loaderX64: string | undefined
    readonly loaderIa32: string | undefined
    readonly loaderArm64: string | undefined
  }
  /** PXE filesystems: roots of machines without a disk. */
  readonly fs: {
    readonly directory: string
    /** A folder for each host of a shared root, to keep files in; undefined: there is none. */
    readonly state: string | undefined
    /** exports(5) of the NFS server; undefined: somebody else looks after it. */
    readonly exports: string | undefined
    readonly locale: string
    /** A name of the time zone database; undefined: that of this machine. */
    readonly timezone: string | undefined
  }
  readonly vm: {
    readonly hypervisor: Hypervisor
    readonly cpus: number
    readonly memoryMiB: number
    readonly vramMiB: number
    readonly network: string | undefined
  }
  readonly serve: {
    readonly listen: Ipv4 | undefined
    readonly tftpPort: number
    readonly httpPort: number
    readonly dhcpPort: number
    /** In bytes; undefined: what fits one frame of the network. */
    readonly maxBlksize: number | undefined
    readonly singlePort: boolean
    readonly engine: TftpEngine
    /** The web page: where it listens, under which names it may be asked for, and what opens it. */
    readonly webListen: Ipv4
    readonly webPort: number
    readonly webNames: readonly Hostname[]
    /** Hashes (web-secrets.ts); undefined: none is set. */
    readonly webPassword: string | undefined
    readonly webToken: string | undefined
  }
}

export const omapiUses = ['auto', 'no'] as const
export type OmapiUse = (typeof omapiUses)[number]

export const dhcpBackends = ['isc', 'vmware', 'kea', 'dnsmasq', 'virtualbox', 'builtin', 'none'] as const
export type DhcpBackend = (typeof dhcpBackends)[number]

export const hostPlacements = ['region', 'subnet', 'include'] as const
export type HostPlacement = (typeof hostPlacements)[number]

export const bootOptionsScopes = ['none', 'subnet', 'global'] as const
export type BootOptionsScope = (typeof bootOptionsScopes)[number]

export const hypervisors = ['virtualbox', 'vmware', 'qemu'] as const
export type Hypervisor = (typeof hypervisors)[number]

export const bootLoaders = ['ipxe', 'pxelinux', 'pxegrub'] as const
export type BootLoader = (typeof bootLoaders)[number]

export const tftpEngines = ['auto', 'plain'] as const
export type TftpEngine = (typeof tftpEngines)[number]
