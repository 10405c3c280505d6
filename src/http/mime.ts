// Content types by file name. Boot loaders look at the contents, except UEFI HTTP boot: it tells an EFI program from a disk
// image by type or name (UEFI 2.10 section 24.7.3.4).

const BYTES = 'application/octet-stream'
const TEXT = 'text/plain; charset=utf-8'

const types: Readonly<Record<string, string>> = {
  bz2: 'application/x-bzip2',
  cfg: TEXT,
  conf: TEXT,
  css: 'text/css; charset=utf-8',
  efi: 'application/efi',
  gz: 'application/gzip',
  html: 'text/html; charset=utf-8',
  img: 'application/vnd.efi-img',
  ipxe: TEXT,
  iso: 'application/vnd.efi-iso',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  lst: TEXT,
  svg: 'image/svg+xml',
  tgz: 'application/gzip',
  txt: TEXT,
  xml: 'application/xml',
  xz: 'application/x-xz',
  yaml: 'application/yaml',
  yml: 'application/yaml',
  zst: 'application/zstd',
}

/** initrd.img and initramfs-6.1.img are archives for a kernel; only their name makes them look like disks. */
const INITRD = /^(initrd|initramfs)\b.*\.img$/i

/** The names that Debian and Ubuntu give to signed EFI programs, such as grubx64.efi.signed. */
const SIGNED_EFI = /\.efi\.signed$/i

/** The type of a file; unknown ones are bytes. */
export function contentTypeOf(name: string): string {
  const file = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
  if (INITRD.test(file)) return BYTES
  if (SIGNED_EFI.test(file)) return types['efi'] ?? BYTES
  // A name that is all extension, such as `.conf`, has none.
  const dot = file.lastIndexOf('.')
  const extension = dot <= 0 ? '' : file.slice(dot + 1).toLowerCase()
  return Object.hasOwn(types, extension) ? (types[extension] ?? BYTES) : BYTES
}
