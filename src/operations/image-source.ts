// The source file of an image against the checksum that the user has of it.
import {basename} from 'node:path'
import {PxectlError} from '../errors.js'
import {checkChecksum, findListedChecksum, hashAll, parseChecksum, type Checksum, type ChecksumAlgorithm} from '../images/checksum.js'
import {fetchText, isUrl} from '../images/fetch.js'
import {diskFile} from '../images/folder-tree.js'
import {watched, type Work} from '../images/work.js'
import {findStats, readBytes} from '../system/files.js'

/** A source on this disk. */
export type LocalFile = {
  readonly path: string
  /** As the user knows it. */
  readonly name: string
  /** What is written down as the origin. */
  readonly origin: string
  /** Gives up a download that is worth nothing. */
  readonly remove?: () => Promise<void>
}

/** The SHA-256 of a file, or undefined for a folder. Throws CHECKSUM_MISMATCH, having removed the download. */
export async function checkSource(source: LocalFile, wanted: string | undefined, work: Work): Promise<string | undefined> {
  const stats = await findStats(source.path)
  if (stats === undefined || !stats.isFile()) {
    if (wanted !== undefined && stats !== undefined) throw checksumOfFolder(source.name)
    return undefined
  }
  const checksum = wanted === undefined ? undefined : await findChecksum(wanted, source, work)
  const algorithms = [...new Set<ChecksumAlgorithm>(['sha256', ...(checksum === undefined ? [] : [checksum.algorithm])])]
  const step = {step: `checking ${source.name}`, totalBytes: stats.size}
  const {hex} = await hashAll(watched((await diskFile(source.path, source.name)).open(), work, step), algorithms)
  if (checksum !== undefined && hex[checksum.algorithm] !== checksum.hex) await source.remove?.()
  if (checksum !== undefined) checkChecksum(source.name, checksum, hex[checksum.algorithm] ?? '')
  return hex.sha256
}

async function findChecksum(text: string, source: LocalFile, work: Work): Promise<Checksum> {
  const wanted = parseChecksum(text)
  if (wanted.kind === 'sum') return wanted
  const {place} = wanted
  const list = isUrl(place) ? await fetchText(place, work) : (await readBytes(place)).toString('utf8')
  return findListedChecksum(list, basename(source.name), place)
}

function checksumOfFolder(name: string): PxectlError {
  return new PxectlError(`${name} is a folder, which has no checksum; nothing was imported`, {
    code: 'CHECKSUM_INVALID',
    kind: 'usage',
    details: {source: name},
    suggestions: ['leave --checksum out, or import the archive itself'],
  })
}
