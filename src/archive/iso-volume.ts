// The volume descriptors of an ISO 9660 image (ECMA-119 section 8): where its folder trees start, and the boot catalog.
//
//   sector 16…   type (1) "CD001" version (1) …      0 boot record · 1 primary · 2 supplementary (Joliet) · 255 end
import {archiveError, corrupt} from './archive-error.js'
import type {ByteSource} from './byte-source.js'

export const SECTOR_BYTES = 2048

export type IsoVolume = {
  readonly volumeId: string
  /** What the image says of its own size. */
  readonly declaredBytes: number
  readonly blockBytes: number
  /** The record of the top folder (34 bytes), in the names of ISO 9660 and perhaps Rock Ridge. */
  readonly primaryTop: Buffer
  /** The same in Joliet's names, where there are any. */
  readonly jolietTop?: Buffer
  /** The sector of the El Torito boot catalog. */
  readonly bootCatalogSector?: number
}

const FIRST_SECTOR = 16
/** Three are usual. */
const MAX_DESCRIPTORS = 64
/** A sector of a raw CD image: 12 bytes of sync, 4 of header, 2048 of data, 288 of error correction (ECMA-130). */
const RAW_SECTOR_BYTES = 2352
/** Escape sequences of UCS-2 levels 1 to 3 (Joliet specification, "Escape Sequences"). */
const JOLIET_ESCAPES = ['%/@', '%/C', '%/E']

/** Reads the descriptors; throws ARCHIVE_UNSUPPORTED where this is no ISO 9660 image. */
export async function readIsoVolume(source: ByteSource): Promise<IsoVolume> {
  if (!(await isDescriptor(source, FIRST_SECTOR * SECTOR_BYTES + 1))) throw await notIso(source)
  let primary: Buffer | undefined
  let joliet: Buffer | undefined
  let bootCatalogSector: number | undefined
  for (let index = 0; ; index++) {
    if (index === MAX_DESCRIPTORS) throw corrupt(source.name, `has more than ${MAX_DESCRIPTORS} volume descriptors`)
    const sector = await source.read((FIRST_SECTOR + index) * SECTOR_BYTES, SECTOR_BYTES)
    if (sector.toString('latin1', 1, 6) !== 'CD001') throw corrupt(source.name, 'the list of volume descriptors has no end')
    const type = sector[0]
    if (type === 255) break
    if (type === 0 && sector.toString('latin1', 7, 30) === 'EL TORITO SPECIFICATION') bootCatalogSector ??= sector.readUInt32LE(71)
    if (type === 1) primary ??= sector
    if (type === 2 && JOLIET_ESCAPES.includes(sector.toString('latin1', 88, 91))) joliet ??= sector
  }
  if (primary === undefined) throw corrupt(source.name, 'has no primary volume descriptor')
  const blockBytes = primary.readUInt16LE(128)
  if (![512, 1024, 2048].includes(blockBytes)) throw corrupt(source.name, `its logical blocks have ${blockBytes} bytes; 2048 was expected`)
  return {
    volumeId: primary.toString('latin1', 40, 72).replace(/[\0 ]+$/, ''),
    declaredBytes: primary.readUInt32LE(80) * blockBytes,
    blockBytes,
    primaryTop: primary.subarray(156, 190),
    ...(joliet === undefined ? {} : {jolietTop: joliet.subarray(156, 190)}),
    ...(bootCatalogSector === undefined ? {} : {bootCatalogSector}),
  }
}

async function isDescriptor(source: ByteSource, offset: number): Promise<boolean> {
  return source.sizeBytes >= offset + 5 && (await source.read(offset, 5)).toString('latin1') === 'CD001'
}

async function notIso(source: ByteSource): Promise<Error> {
  if (await isDescriptor(source, FIRST_SECTOR * RAW_SECTOR_BYTES + 17)) {
    return archiveError(
      'ARCHIVE_UNSUPPORTED',
      source.name,
      `is a raw CD image with sectors of ${RAW_SECTOR_BYTES} bytes; convert it to an ISO image first`,
    )
  }
  if (source.sizeBytes < (FIRST_SECTOR + 1) * SECTOR_BYTES) {
    return archiveError('ARCHIVE_TRUNCATED', source.name, `has ${source.sizeBytes} bytes: too few for an ISO image`)
  }
  const mark = (await source.read(FIRST_SECTOR * SECTOR_BYTES, 6)).toString('latin1', 1)
  const udf = mark === 'BEA01' ? ' (it is UDF alone, which is not supported)' : ''
  return archiveError(
    'ARCHIVE_UNSUPPORTED',
    source.name,
    `is no ISO 9660 image: "CD001" is expected at offset ${FIRST_SECTOR * SECTOR_BYTES + 1}${udf}`,
  )
}
