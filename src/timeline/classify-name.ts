// Which step of a boot a served file belongs to, by its name alone. Names are a convention, and no more: what fits none is `other`.
import {findMac, type Mac} from '../net/mac.js'
import type {BootEvent} from './boot-event.js'

type Step = BootEvent['step']

/** On the whole path, in lower case, with `/`; the first that fits counts. */
const RULES: readonly (readonly [RegExp, Step])[] = [
  [/(?:^|\/)pxelinux\.cfg\//, 'config'],
  [/\.ipxe$/, 'config'],
  [/(?:^|\/)(?:grub(?:2)?\/.*grub\.cfg|grub\.cfg)[^/]*$/, 'config'],
  [/(?:^|\/)menu\.lst[^/]*$/, 'config'],
  // GRUB's own lists and modules, fonts and translations: the loader goes on loading itself.
  [/\/(?:i386-pc|x86_64-efi|i386-efi|arm64-efi)\//, 'loader'],
  [/(?:^|\/)(?:ks|preseed|autoinst|user-data|meta-data|answers)[^/]*$|\.(?:ks|seed|squashfs|sfs|iso|wim)$|(?:^|\/)rootfs[^/]*$/, 'root'],
  [/(?:^|\/)(?:boot_archive|initrd|initramfs|miniroot|ramdisk|modloop)[^/]*$/, 'initrd'],
  [/\.(?:cpio|cpio\.\w+|v\d\d|t\d\d|tgz|tar|vgz)$/, 'initrd'],
  [/(?:^|\/)(?:vmlinu[xz]|bzimage|linux|image|kernel|unix|xen|vmkernel|tboot|memdisk|memtest|wimboot|netbsd|mfsbsd)[^/]*$/, 'kernel'],
  [/\.b\d\d$/, 'kernel'],
  [/\.(?:kpxe|kkpxe|pxe|0|efi|c32|e32|e64|lkrn|mod|nbp|com|n12)$/, 'loader'],
  [/\.efi\.signed$|(?:^|\/)(?:undionly|snponly|ipxe|pxegrub|shim|grub)[^/]*$/, 'loader'],
  [/\.cfg$/, 'config'],
  [/\.(?:img|gz|xz|zst)$/, 'initrd'],
]

/** The step that a client is at which fetches a file of this name. */
export function stepOfName(name: string): Step {
  const path = name
    .replaceAll('\\', '/')
    .replace(/[?#].*$/s, '')
    .toLowerCase()
  return RULES.find(([pattern]) => pattern.test(path))?.[1] ?? 'other'
}

const MAC_IN_NAME =
  /(?:^|\/)(?:(?:pxelinux\.cfg\/|ipxe\/|grub\/grub\.cfg-|esxi\/)01-((?:[0-9a-f]{2}-){5}[0-9a-f]{2})|menu\.lst\.01([0-9a-f]{12}))/i

/** The client's own MAC, where the file is one that loaders build from it. */
export function macInName(name: string): Mac | undefined {
  const found = MAC_IN_NAME.exec(name)
  return findMac(found?.[1] ?? found?.[2] ?? '')
}
