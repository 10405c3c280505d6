// Room on the disk: looked at before anything is made, and watched while it is.
import {PxectlError} from '../errors.js'
import {freeBytes} from '../system/folders.js'
import {isMounted, type RootStyle} from './style.js'

/** The host database and its journal are on the same disk more often than not. */
const RESERVE_BYTES = 64 << 20
const WATCH_MS = 500

/** What a root with the packages that all have was seen to take: the tree, downloaded packages, the squashfs with what lies over its template. */
const TREE_BYTES = 720e6
const ARCHIVES_BYTES = 150e6
const PACKED_BYTES = 420e6

/** Bytes that a build will need at least. */
export function neededBytes(
  style: RootStyle,
  {makesTemplate, copies}: {readonly makesTemplate: boolean; readonly copies: boolean},
): number {
  const tree = (makesTemplate ? TREE_BYTES + ARCHIVES_BYTES : 0) + (copies ? TREE_BYTES : 0)
  return tree + (isMounted(style) ? 0 : PACKED_BYTES)
}

/** Throws DISK_FULL where so much is not free. */
export async function requireSpace(folder: string, bytes: number): Promise<void> {
  const free = await freeBytes(folder)
  if (bytes + RESERVE_BYTES > free) throw diskFull(folder, `about ${megabytes(bytes)} are needed`, free)
}

/** Calls `onFull` once, when the disk is all but full. Gives the end of watching. */
export function watchSpace(folder: string, onFull: (error: PxectlError) => void): () => void {
  const timer = setInterval(() => {
    void freeBytes(folder).then((free) => {
      if (free >= RESERVE_BYTES) return
      clearInterval(timer)
      onFull(diskFull(folder, 'the root grew until the disk was full', free))
    })
  }, WATCH_MS)
  return () => clearInterval(timer)
}

function diskFull(folder: string, needs: string, free: number): PxectlError {
  return new PxectlError(`${needs} below ${folder}, and ${megabytes(Math.max(0, free - RESERVE_BYTES))} may be used there`, {
    code: 'DISK_FULL',
    kind: 'environment',
    details: {folder, freeBytes: free, reservedBytes: RESERVE_BYTES},
    suggestions: [`free some space: df -h ${folder}`, 'see what roots and templates take: pxectl fs list'],
  })
}

/** Throws ROOT_TOO_BIG. */
export function requireLimit(name: string, bytes: number, limitBytes: number | undefined): void {
  if (limitBytes === undefined || bytes <= limitBytes) return
  throw new PxectlError(`${name} takes ${megabytes(bytes)}, and --size-limit allows ${megabytes(limitBytes)}`, {
    code: 'ROOT_TOO_BIG',
    kind: 'conflict',
    details: {root: name, sizeBytes: bytes, limitBytes},
    suggestions: ['leave packages out', 'allow more: --size-limit 2G'],
  })
}

/** `800M`, `2G`, `1.5GB`: decimal units, as apt counts. Throws SIZE_INVALID. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([kMGT]?)B?$/i.exec(text)
  const unit = {'': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12}[(match?.[2] ?? '').toUpperCase()]
  const bytes = match === null || unit === undefined ? NaN : Math.round(Number(match[1]) * unit)
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes
  throw new PxectlError(`"${text}" is not a size`, {
    code: 'SIZE_INVALID',
    kind: 'usage',
    details: {value: text},
    suggestions: ['for example --size-limit 800M or --size-limit 2G'],
  })
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`
}
