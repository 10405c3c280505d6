// Checksums as people copy them from download pages: sha256:HEX, the bare digits, or the address of a SHA256SUMS file.
import {createHash, type Hash} from 'node:crypto'
import {PxectlError} from '../errors.js'

const DIGITS = {md5: 32, sha1: 40, sha256: 64, sha512: 128} as const
export type ChecksumAlgorithm = keyof typeof DIGITS

/** `hex` is lower-case. */
export type Checksum = {readonly algorithm: ChecksumAlgorithm; readonly hex: string}

/** What `--checksum` may hold: a checksum, or where a list of them is. */
export type WantedChecksum = ({readonly kind: 'sum'} & Checksum) | {readonly kind: 'list'; readonly place: string}

/** Throws CHECKSUM_INVALID. */
export function parseChecksum(text: string): WantedChecksum {
  const [, name, hex = ''] = /^(?:(md5|sha1|sha256|sha512)[:=])?([0-9a-f]+)$/i.exec(text.trim()) ?? []
  const algorithm = algorithmOf(hex)
  if (algorithm !== undefined && (name === undefined || name.toLowerCase() === algorithm))
    return {kind: 'sum', algorithm, hex: hex.toLowerCase()}
  // A word with a slash or a dot can only be a place; digits that are too few are a slip.
  if (hex === '' && !/^(?:md5|sha\d+)[:=]/i.test(text) && /[./]/.test(text)) return {kind: 'list', place: text}
  const problem =
    name !== undefined && hex !== ''
      ? `${name} has ${DIGITS[name.toLowerCase() as ChecksumAlgorithm]} digits, and these are ${hex.length}`
      : 'write sha256:HEX, sha512:HEX or md5:HEX'
  throw new PxectlError(`"${text}" is no checksum: ${problem}`, {
    code: 'CHECKSUM_INVALID',
    kind: 'usage',
    details: {checksum: text},
    suggestions: ['copy it from the page that offers the file', 'or name its list: --checksum https://…/SHA256SUMS'],
  })
}

/**
 * The checksum of a file in a list as sha256sum and BSD's tools write them; throws CHECKSUM_NOT_LISTED.
 *
 *     3f2a…  debian.iso        SHA256 (debian.iso) = 3f2a…
 */
export function findListedChecksum(list: string, fileName: string, place: string): Checksum {
  for (const line of list.split(/\r?\n/)) {
    const [, hexFirst, nameAfter] = /^\\?([0-9a-f]{32,128})\s+[ *]?(.+)$/i.exec(line.trim()) ?? []
    const [, nameFirst, hexAfter] = /^\w+\s*\((.+)\)\s*=\s*([0-9a-f]{32,128})$/i.exec(line.trim()) ?? []
    const name = nameAfter ?? nameFirst
    const hex = hexFirst ?? hexAfter
    const algorithm = algorithmOf(hex ?? '')
    if (name === undefined || hex === undefined || algorithm === undefined) continue
    if (name.slice(name.lastIndexOf('/') + 1) === fileName) return {algorithm, hex: hex.toLowerCase()}
  }
  throw new PxectlError(`${place} lists no checksum of ${fileName}; nothing was imported`, {
    code: 'CHECKSUM_NOT_LISTED',
    kind: 'notFound',
    details: {place, fileName},
    suggestions: [`look at it: curl -s ${place}`, 'give the checksum itself: --checksum sha256:HEX'],
  })
}

/** Throws CHECKSUM_MISMATCH where the two differ. */
export function checkChecksum(source: string, wanted: Checksum, actual: string): void {
  if (actual === wanted.hex) return
  throw new PxectlError(
    `${source} is not the file that was meant: its ${wanted.algorithm} is ${actual}, not ${wanted.hex}; nothing was imported`,
    {
      code: 'CHECKSUM_MISMATCH',
      kind: 'invalidData',
      details: {source, algorithm: wanted.algorithm, expected: wanted.hex, actual},
      suggestions: ['fetch it again', 'compare the checksum with the page that offers the file'],
    },
  )
}

export type Hashed = {readonly sizeBytes: number; readonly hex: Readonly<Partial<Record<ChecksumAlgorithm, string>>>}

/** The same bytes, counted and hashed as they pass; `result` is complete when they have all passed. */
export function hashing(
  content: AsyncIterable<Uint8Array>,
  algorithms: readonly ChecksumAlgorithm[],
): {bytes: AsyncGenerator<Uint8Array>; result: () => Hashed} {
  const hashes = new Map<ChecksumAlgorithm, Hash>(algorithms.map((algorithm) => [algorithm, createHash(algorithm)]))
  let sizeBytes = 0
  async function* pass(): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      sizeBytes += chunk.length
      for (const hash of hashes.values()) hash.update(chunk)
      yield chunk
    }
  }
  return {
    bytes: pass(),
    result: () => ({sizeBytes, hex: Object.fromEntries([...hashes].map(([algorithm, hash]) => [algorithm, hash.digest('hex')]))}),
  }
}

/** Reads all bytes for their hashes. */
export async function hashAll(
  content: AsyncIterable<Uint8Array>,
  algorithms: readonly ChecksumAlgorithm[],
  onBytes?: (count: number) => void,
): Promise<Hashed> {
  const {bytes, result} = hashing(content, algorithms)
  for await (const chunk of bytes) onBytes?.(chunk.length)
  return result()
}

function algorithmOf(hex: string): ChecksumAlgorithm | undefined {
  return (Object.keys(DIGITS) as ChecksumAlgorithm[]).find((name) => DIGITS[name] === hex.length)
}
