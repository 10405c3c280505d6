// The boot catalog of a CD (El Torito specification 1.0, section 2): which boot images are in it, for BIOS and for EFI.
//
//   32 bytes each:  validation (1, platform, …, checksum, 55 AA) · default entry (88 media … sectors, block) · section header (90/91) · entries …
import {corrupt} from './archive-error.js'
import type {ByteSource} from './byte-source.js'
import {SECTOR_BYTES} from './iso-volume.js'

export type BootImage = {
  readonly platform: 'bios' | 'efi' | 'other'
  /** What firmware makes of it; `none` is how all of today's images boot. */
  readonly emulation: 'none' | 'floppy' | 'disk'
  readonly isBootable: boolean
  /** In bytes, in the image of the CD. */
  readonly offset: number
  /** What the catalog or, for a file system of EFI, that file system says. A BIOS loader is often larger: firmware loads only its start. */
  readonly sizeBytes: number
}

const ENTRY_BYTES = 32
const VIRTUAL_SECTOR_BYTES = 512
/** Bytes of emulated floppies, by media type 1 to 3. */
const FLOPPY_BYTES: Record<number, number> = {1: 1_228_800, 2: 1_474_560, 3: 2_949_120}

/** The boot images of the catalog in this sector. */
export async function readBootImages(source: ByteSource, catalogSector: number): Promise<BootImage[]> {
  const catalog = await source.read(catalogSector * SECTOR_BYTES, SECTOR_BYTES)
  let sum = 0
  for (let offset = 0; offset < ENTRY_BYTES; offset += 2) sum += catalog.readUInt16LE(offset)
  if (catalog[0] !== 1 || catalog.readUInt16LE(30) !== 0xaa55 || (sum & 0xffff) !== 0)
    throw corrupt(source.name, 'its boot catalog (El Torito) is damaged')
  const images = [await bootImage(source, catalog, {offset: ENTRY_BYTES, platform: catalog[1] ?? 0})]
  let platform = 0
  let left = 0
  // The catalog of a CD fits one sector; whatever else it says, there is no more to read.
  for (let offset = 2 * ENTRY_BYTES; offset < catalog.length; offset += ENTRY_BYTES) {
    const mark = catalog[offset]
    if (left > 0) {
      // 0x44 continues the selection criteria of the entry before it.
      if (mark === 0x44) continue
      images.push(await bootImage(source, catalog, {offset, platform}))
      left--
    } else if (mark === 0x90 || mark === 0x91) {
      platform = catalog[offset + 1] ?? 0
      left = catalog.readUInt16LE(offset + 2)
    } else if (mark !== 0x44) break
  }
  return images
}

async function bootImage(
  source: ByteSource,
  catalog: Buffer,
  at: {readonly offset: number; readonly platform: number},
): Promise<BootImage> {
  const media = (catalog[at.offset + 1] ?? 0) & 0x0f
  const offset = catalog.readUInt32LE(at.offset + 8) * SECTOR_BYTES
  const platform = at.platform === 0 ? 'bios' : at.platform === 0xef ? 'efi' : 'other'
  const declared = FLOPPY_BYTES[media] ?? catalog.readUInt16LE(at.offset + 6) * VIRTUAL_SECTOR_BYTES
  return {
    platform,
    emulation: media === 0 ? 'none' : media === 4 ? 'disk' : 'floppy',
    isBootable: catalog[at.offset] === 0x88,
    offset,
    sizeBytes: platform === 'efi' ? Math.max(declared, await fatBytes(source, offset)) : declared,
  }
}

/** The field is too small for an EFI partition of 32 MiB, so many tools write 0 or 1 there (UEFI 2.10, 13.3.2.1): the FAT knows better. */
async function fatBytes(source: ByteSource, offset: number): Promise<number> {
  if (offset + SECTOR_BYTES > source.sizeBytes) return 0
  const sector = await source.read(offset, VIRTUAL_SECTOR_BYTES)
  if (sector.readUInt16LE(510) !== 0xaa55 || sector.readUInt16LE(11) !== VIRTUAL_SECTOR_BYTES) return 0
  const sizeBytes = (sector.readUInt16LE(19) || sector.readUInt32LE(32)) * VIRTUAL_SECTOR_BYTES
  return offset + sizeBytes <= source.sizeBytes ? sizeBytes : 0
}
