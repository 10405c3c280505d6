// The loaders and modules that a TFTP root may need, and where the packages of common distributions put them. A table.

export type LoaderFile = {
  /** Its name in the TFTP root. */
  readonly name: string
  readonly purpose: string
  /** Other names of the same file in packages. */
  readonly aliases: readonly string[]
  readonly folders: readonly string[]
  /** The Debian and Ubuntu package that has it. */
  readonly package: string
}

type Group = Pick<LoaderFile, 'folders' | 'package'>

/** Debian and Ubuntu; Fedora; Arch; Debian before 8. */
const PXELINUX: Group = {
  folders: ['/usr/lib/PXELINUX', '/usr/share/syslinux', '/usr/lib/syslinux/bios', '/usr/lib/syslinux'],
  package: 'pxelinux',
}

const MODULES: Group = {
  folders: ['/usr/lib/syslinux/modules/bios', '/usr/share/syslinux', '/usr/lib/syslinux/bios', '/usr/lib/syslinux'],
  package: 'syslinux-common',
}

/** Debian and Ubuntu; Fedora; Arch. */
const IPXE: Group = {folders: ['/usr/lib/ipxe', '/usr/share/ipxe', '/usr/share/ipxe/x86_64'], package: 'ipxe'}

const FILES: readonly (readonly [name: string, purpose: string, group: Group, ...aliases: string[]])[] = [
  ['undionly.kpxe', 'iPXE for BIOS; uses the network driver of the ROM', IPXE],
  ['ipxe.efi', 'iPXE for x64 UEFI, with drivers of its own', IPXE, 'ipxe-x86_64.efi'],
  ['snponly.efi', 'iPXE for x64 UEFI; uses the network driver of the firmware', IPXE, 'ipxe-snponly-x86_64.efi'],
  ['ipxe.pxe', 'iPXE for BIOS, with drivers of its own', IPXE],
  ['ipxe.lkrn', 'iPXE as a Linux kernel, to be started by another loader', IPXE],
  ['pxelinux.0', 'PXELINUX for BIOS', PXELINUX],
  ['lpxelinux.0', 'PXELINUX for BIOS that can fetch by HTTP', PXELINUX],
  ['ldlinux.c32', 'the core of PXELINUX, which does not start without it', MODULES],
  ['libcom32.c32', 'library of PXELINUX modules', MODULES],
  ['libutil.c32', 'library of PXELINUX modules', MODULES],
  ['libmenu.c32', 'library of PXELINUX modules', MODULES],
  ['libgpl.c32', 'library of PXELINUX modules', MODULES],
  ['menu.c32', 'text menu for PXELINUX', MODULES],
  ['vesamenu.c32', 'graphical menu for PXELINUX', MODULES],
  ['mboot.c32', 'starts multiboot kernels: SmartOS, ESXi', MODULES],
  ['linux.c32', 'starts Linux kernels', MODULES],
  ['chain.c32', 'starts what is on a disk', MODULES],
  ['pxechn.c32', 'starts another network loader', MODULES],
  ['reboot.c32', 'reboots', MODULES],
  ['poweroff.c32', 'turns the machine off', MODULES],
]

/** Every file that `pxectl loader install` knows. */
export const loaderFiles: readonly LoaderFile[] = FILES.map(([name, purpose, group, ...aliases]) => ({name, purpose, aliases, ...group}))

/** Where the file may be, in order; `from` replaces the folders of the packages. */
export function loaderPlaces(file: LoaderFile, from?: string): string[] {
  const folders = from === undefined ? file.folders : [from]
  return folders.flatMap((folder) => [file.name, ...file.aliases].map((name) => `${folder}/${name}`))
}

/** The version that the file says of itself, e.g. `PXELINUX 6.04`; packed iPXE binaries keep it to themselves. */
export function findLoaderVersion(bytes: Uint8Array): string | undefined {
  return /\b(?:PXELINUX|iPXE) \d[\w.+-]*/.exec(new TextDecoder('latin1').decode(bytes))?.[0]
}
