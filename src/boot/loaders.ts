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
  /** Most labs do without it: nobody is told that its package is missing. */
  readonly isOptional?: boolean
}

type Group = Pick<LoaderFile, 'folders' | 'package' | 'isOptional'>

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

const MEMDISK: Group = {folders: ['/usr/lib/syslinux', '/usr/share/syslinux', '/usr/lib/syslinux/bios'], package: 'syslinux-common'}

const GRUB_EFI: Group = {folders: ['/usr/lib/grub/x86_64-efi-signed'], package: 'grub-efi-amd64-signed', isOptional: true}

const SHIM: Group = {folders: ['/usr/lib/shim'], package: 'shim-signed', isOptional: true}

/** No distribution of Linux has it; `--from` a folder, such as one of SmartOS or OpenIndiana (boot/grub). */
const PXEGRUB: Group = {folders: [], package: 'none: --from DIR', isOptional: true}

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
  ['memdisk', 'loads a whole disc into memory, on BIOS', MEMDISK],
  [
    'grubx64.efi',
    'GRUB 2 for x64 UEFI, signed; shimx64.efi looks for it by this name',
    GRUB_EFI,
    'grubnetx64.efi.signed',
    'grubnetx64.efi',
  ],
  ['shimx64.efi', 'starts the signed GRUB under Secure Boot', SHIM, 'shimx64.efi.signed'],
  ['pxegrub', 'GRUB legacy of illumos for BIOS, which reads menu.lst', PXEGRUB],
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

/** The two kinds of Syslinux files, which do not work together: before release 5, and since. */
export type SyslinuxAge = 'com32' | 'elf'

/** undefined for what is neither a PXELINUX loader that says its release nor a module. `bytes`: all of the file. */
export function findSyslinuxAge(name: string, bytes: Uint8Array): SyslinuxAge | undefined {
  const head = Buffer.from(bytes.subarray(0, 5)).toString('latin1')
  if (name.endsWith('.c32')) {
    // "mov eax, 21cd4cfe": what a COM32R file begins with (doc/comboot.txt); COM32 has ff for fe.
    return head.startsWith('\u007fELF') ? 'elf' : /^\u00b8[\u00fe\u00ff]L\u00cd!/.test(head) ? 'com32' : undefined
  }
  const major = /\bPXELINUX (\d+)/.exec(new TextDecoder('latin1').decode(bytes))?.[1]
  return major === undefined ? undefined : Number(major) >= 5 ? 'elf' : 'com32'
}
