// Content types by file name. Boot loaders look at the contents, except UEFI HTTP boot: it tells an EFI program from a disk
// image by type or name (UEFI 2.10 section 24.7.3.4).

const types: Readonly<Record<string, string>> = {
  cfg: 'text/plain; charset=utf-8',
  conf: 'text/plain; charset=utf-8',
  css: 'text/css; charset=utf-8',
  efi: 'application/efi',
  gz: 'application/gzip',
  html: 'text/html; charset=utf-8',
  img: 'application/vnd.efi-img',
  ipxe: 'text/plain; charset=utf-8',
  iso: 'application/vnd.efi-iso',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  lst: 'text/plain; charset=utf-8',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  xml: 'application/xml',
  yaml: 'application/yaml',
}

/** The type of a file; unknown ones are bytes. */
export function contentTypeOf(name: string): string {
  const extension = /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(types, extension) ? (types[extension] ?? '') : 'application/octet-stream'
}
