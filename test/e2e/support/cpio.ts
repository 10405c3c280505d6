// A writer for the "newc" cpio archives that Linux unpacks as an initramfs (kernel: Documentation/driver-api/early-userspace/buffer-format).
//
//     "070701" + 13 fields of 8 hex digits, name NUL, padding to 4 | content, padding to 4 | …  | an entry "TRAILER!!!"
import {Buffer} from 'node:buffer'

export type CpioEntry = {
  readonly path: string
  readonly mode: number
  readonly content?: Uint8Array | string
  /** Major and minor number of a device node. */
  readonly device?: readonly [number, number]
}

export const folder = (path: string): CpioEntry => ({path, mode: 0o40755})
export const file = (path: string, content: Uint8Array | string, mode = 0o644): CpioEntry => ({path, mode: 0o100000 | mode, content})
export const characterDevice = (path: string, major: number, minor: number): CpioEntry => ({path, mode: 0o20600, device: [major, minor]})

export function encodeCpio(entries: readonly CpioEntry[]): Buffer {
  return Buffer.concat([...entries, {path: 'TRAILER!!!', mode: 0}].flatMap((entry, index) => encodeEntry(entry, index + 1)))
}

function encodeEntry(entry: CpioEntry, inode: number): Buffer[] {
  const name = Buffer.from(`${entry.path}\0`)
  const content = Buffer.from(entry.content ?? '')
  const [major, minor] = entry.device ?? [0, 0]
  // inode, mode, uid, gid, links, mtime, size, device of the file system (2), device node (2), length of the name, checksum
  const fields = [inode, entry.mode, 0, 0, 1, 0, content.length, 0, 0, major, minor, name.length, 0]
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`)
  return [header, name, padding(header.length + name.length), content, padding(content.length)]
}

function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4)
}
