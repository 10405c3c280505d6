// The one check that a name from the network stays below the root. Pure: links are followed, and judged, in resolve.ts.
//
//   /pxelinux.cfg//default   → pxelinux.cfg, default      doubled and leading slashes: GRUB, iPXE and PXELINUX all send them
//   \boot\x64\wdsnbp.com     → boot, x64, wdsnbp.com      Windows loaders
//   ../etc/passwd            → refused

/** The parts of a relative path below the root, or why there is none. */
export type SafePath = {readonly parts: readonly string[]} | {readonly refusal: string}

/** PATH_MAX of Linux (limits.h), and more than any firmware's file name field (128 bytes in RFC 2131 section 2). */
const MAX_NAME_BYTES = 4095

/** NAME_MAX of Linux (limits.h). */
const MAX_PART_BYTES = 255

/** Turns a requested name into path parts that cannot leave the root. Percent-decoding, where it applies, comes before. */
export function parseBootPath(name: string): SafePath {
  if (name.includes('\0')) return {refusal: 'the name contains a NUL byte'}
  // No character takes less than one byte, so the cheap comparison spares measuring a huge name.
  if (name.length > MAX_NAME_BYTES || byteLength(name) > MAX_NAME_BYTES) return {refusal: `the name is longer than ${MAX_NAME_BYTES} bytes`}

  const parts = name.split(/[/\\]/).filter((part) => part !== '' && part !== '.')
  if (parts.length === 0) return {refusal: 'the name names no file'}
  if (parts.includes('..')) return {refusal: 'the name contains ".."'}
  if (parts.some((part) => byteLength(part) > MAX_PART_BYTES)) return {refusal: `a part of the name is longer than ${MAX_PART_BYTES} bytes`}
  return {parts}
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}
