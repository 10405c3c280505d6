// An operating system prepared for network boot, before any loader's language: what it is, and how it is started.
//
// Paths are relative to the TFTP root, with forward slashes. Texts may hold `{image-url}`, which menus replace by the
// address of the image's folder on our HTTP server: settings change, images stay.

/** A Linux kernel with its initrds, in the order in which they are loaded. */
export type LinuxBoot = {
  readonly kind: 'linux'
  readonly kernel: string
  readonly initrds: readonly string[]
  /** Arguments that this image always needs. */
  readonly args: string
}

/** The choices of a SmartOS platform; see "Kernel Boot Options" of the SmartOS netboot guide. */
export type SmartosOptions = {
  /** A hash as in /etc/shadow. */
  readonly rootShadow?: string
  /** `smartos=true`: the password in /usbkey/shadow counts where there is one. */
  readonly smartos: boolean
  readonly noimport: boolean
  readonly standalone: boolean
  readonly hostname?: string
  /** undefined: as the lab's setting boot.console says. */
  readonly console?: 'ttya' | 'ttyb' | 'text'
  /** `-kd`: the kernel debugger. */
  readonly kmdb: boolean
  /** `-v` */
  readonly verbose: boolean
  /** More `-B` properties, in order. */
  readonly properties: readonly {readonly name: string; readonly value: string}[]
}

/** A SmartOS platform: `…/platform/i86pc/kernel/amd64/unix` and its boot archive; the kernel finds its modules by that path. */
export type SmartosBoot = {
  readonly kind: 'smartos'
  /** The platform's stamp, e.g. 20140207T053435Z. */
  readonly build: string
  readonly kernel: string
  readonly bootArchive: string
  /** `boot_archive.hash`, where the platform has one. */
  readonly bootArchiveHash?: string
  /** Files laid over the platform's own; `name` is the path in the booted system. */
  readonly overlays: readonly {readonly path: string; readonly name: string}[]
  readonly options: SmartosOptions
}

/** A Multiboot kernel and its modules (ESX 3i); they may be gzipped, which mboot.c32 unpacks and iPXE does not. */
export type MultibootBoot = {
  readonly kind: 'multiboot'
  readonly kernel: string
  readonly args: string
  readonly modules: readonly {readonly path: string; readonly args: string}[]
  /** The mboot.c32 that came with the image, to be preferred to the one of Syslinux. */
  readonly mboot?: string
}

/** VMware ESXi 5 and later: its own mboot reads boot.cfg. */
export type EsxiBoot = {
  readonly kind: 'esxi'
  /** boot.cfg as it came, module names relative to the image's folder. */
  readonly config: string
  /** mboot.c32, for BIOS. */
  readonly bios?: string
  /** mboot.efi, for UEFI. */
  readonly uefi?: string
}

/** One program that firmware or a loader starts as it is: memtest86+, iPXE, any `.efi`. */
export type ProgramBoot = {
  readonly kind: 'program'
  /** Starts like a Linux kernel (memtest86+, ipxe.lkrn), or is a network boot program (undionly.kpxe, pxegrub). */
  readonly bios?: {readonly path: string; readonly protocol: 'linux' | 'nbp'}
  readonly uefi?: {readonly path: string}
  readonly args: string
}

/** A whole disc, which iPXE attaches (`sanboot`), or memdisk loads into memory on BIOS. */
export type IsoBoot = {readonly kind: 'iso'; readonly path: string}

export type ImageBoot = LinuxBoot | SmartosBoot | MultibootBoot | EsxiBoot | ProgramBoot | IsoBoot

export type BootImage = {
  /** The name of its folder below `images/`. */
  readonly name: string
  /** What people read in menus, e.g. `SmartOS 20140207T053435Z`. */
  readonly title: string
  /** ISO 8601, UTC; menus list the newest first. undefined for a folder that somebody filled by hand. */
  readonly addedAt?: string
  readonly boot: ImageBoot
}
