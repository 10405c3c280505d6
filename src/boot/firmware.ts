// Which file a client is given, by what its DHCP packets say about it.
import type {Ipv4} from '../net/ipv4.js'

/** What decides: the architecture, and what is asking now. */
export type BootClientKind = {
  /** Option 93. */
  readonly architecture: number
  /** iPXE is running: it wants a script. */
  readonly isIpxe: boolean
  /** UEFI HTTP boot: it wants a URL. */
  readonly isHttpClient: boolean
}

export type FilenameSettings = {
  readonly server: Ipv4
  readonly httpPort: number
  /** The loader that BIOS machines are given first; x64 UEFI gets iPXE unless the lab chose another. */
  readonly bootLoader: 'ipxe' | 'pxelinux' | 'pxegrub'
  /** Loaders that the lab chose itself, relative to the TFTP root. */
  readonly loaders?: Partial<Record<Platform, string>>
}

export type Platform = 'bios' | 'uefiIa32' | 'uefiX64' | 'uefiArm32' | 'uefiArm64'

/**
 * RFC 4578 section 2.1 with its errata, later numbers from IANA's "Processor Architecture Types"
 * (https://www.iana.org/assignments/dhcpv6-parameters). 7 is what every x64 firmware sends, 9 what the RFC meant for it.
 * 20, BIOS over HTTP, is not here: no ROM is known that would start a BIOS loader so.
 */
const PLATFORMS: ReadonlyMap<number, Platform> = new Map([
  [0, 'bios'],
  [6, 'uefiIa32'],
  [7, 'uefiX64'],
  [9, 'uefiX64'],
  [10, 'uefiArm32'],
  [11, 'uefiArm64'],
  [15, 'uefiIa32'],
  [16, 'uefiX64'],
  [18, 'uefiArm32'],
  [19, 'uefiArm64'],
])

export function platformOf(architecture: number): Platform | undefined {
  return PLATFORMS.get(architecture)
}

/**
 * The file name for a client, relative to the TFTP root or a URL; undefined where the lab has nothing for it.
 *
 * Many ROMs are iPXE themselves (QEMU, some network cards) and announce it before they were given anything. In a lab that
 * boots by PXELINUX they must get pxelinux.0 as well, or they would skip it. On UEFI, iPXE always goes on to the script, and so it does
 * in a lab that boots by pxegrub, which iPXE takes for a Multiboot kernel (the machine resets, seen). An iPXE of an architecture that
 * is not known here was started by somebody else, and reads scripts like any other.
 */
export function filenameFor(client: BootClientKind, settings: FilenameSettings): string | undefined {
  const platform = platformOf(client.architecture)
  const loader = platform === undefined ? undefined : loaderFor(platform, settings)
  if (client.isIpxe) return platform === 'bios' && settings.bootLoader === 'pxelinux' ? loader : urlOf('boot.ipxe', settings)
  return client.isHttpClient && loader !== undefined ? urlOf(loader, settings) : loader
}

const BIOS_LOADERS = {ipxe: 'undionly.kpxe', pxelinux: 'pxelinux.0', pxegrub: 'pxegrub'} as const

/** For ia32 and arm there is no loader in common packages; the lab must name one. */
function loaderFor(platform: Platform, {bootLoader, loaders}: FilenameSettings): string | undefined {
  const chosen = loaders?.[platform]
  if (chosen !== undefined) return chosen
  if (platform === 'bios') return BIOS_LOADERS[bootLoader]
  return platform === 'uefiX64' ? 'ipxe.efi' : undefined
}

function urlOf(path: string, {server, httpPort}: FilenameSettings): string {
  return `http://${server}${httpPort === 80 ? '' : `:${httpPort}`}/${path}`
}
