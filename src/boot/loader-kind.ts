// What a file is that firmware was given to run: by its first bytes, then by the names it carries, then by its own name.

export type LoaderKind = 'pxelinux' | 'ipxe' | 'ipxe-script' | 'grub' | 'unknown'

export type Loader = {
  readonly kind: LoaderKind
  /** Begins as a PE file does: UEFI runs it, and BIOS cannot. */
  readonly isEfi: boolean
  /** PXELINUX from version 5 on: useless without this file beside it. */
  readonly needsLdlinux: boolean
}

/** `bytes` is the beginning of the file or all of it. iPXE packs its BIOS binaries, so that only their names tell. */
export function identifyLoader(name: string, bytes: Uint8Array): Loader {
  const text = new TextDecoder('latin1').decode(bytes)
  const base = name.split('/').at(-1) ?? name
  return {kind: kindOf(base, text), isEfi: text.startsWith('MZ'), needsLdlinux: text.includes('ldlinux.c32')}
}

function kindOf(name: string, text: string): LoaderKind {
  if (/^#!(?:ipxe|gpxe)\b/.test(text)) return 'ipxe-script'
  if (/PXELINUX \d/.test(text) || /pxelinux\.0$/i.test(name)) return 'pxelinux'
  if (/undionly|ipxe|snponly|snp\.efi/i.test(name) || text.includes('iPXE initialising')) return 'ipxe'
  return /grub/i.test(name) || text.includes('GRUB') ? 'grub' : 'unknown'
}
