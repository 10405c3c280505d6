// root.json: what pxectl wrote down when it made a PXE filesystem. It is written last: a folder without it is no finished root.
//
//   fs.directory/NAME/root.json        this record
//   fs.directory/NAME/tree/            the tree that clients mount (styles nfs and nfs-overlay)
//   TFTP-ROOT/NAME/vmlinuz             what clients fetch, mode 0644, by TFTP or HTTP (all styles)
//   TFTP-ROOT/NAME/initrd.img          with the style ramdisk it has the squashfs in it
//   TFTP-ROOT/NAME/root.squashfs       the style squashfs alone
import {PxectlError} from '../errors.js'
import {rootStyles, type RootStyle} from './style.js'

export const RECORD_NAME = 'root.json'
export const TREE_NAME = 'tree'
export const KERNEL_NAME = 'vmlinuz'
export const INITRD_NAME = 'initrd.img'
export const SQUASHFS_NAME = 'root.squashfs'

export type RootRecord = {
  readonly format: 1
  readonly name: string
  readonly style: RootStyle
  /** As it was asked for, e.g. bookworm. */
  readonly suite: string
  /** Debian's word, e.g. amd64. */
  readonly arch: string
  /** The address its packages come from, without credentials. */
  readonly mirror: string
  /** Those that were asked for beyond what every root has. */
  readonly packages: readonly string[]
  /** Who may log in and use sudo. */
  readonly user: string
  /** The release that `uname -r` tells, e.g. 6.1.0-37-amd64. */
  readonly kernelVersion: string
  /** Paths below the TFTP root. */
  readonly kernel: string
  readonly initrd: string
  /** With the styles nfs and nfs-overlay: the tree, relative to fs.directory. */
  readonly tree?: string
  /** With the style squashfs: the file below the TFTP root. */
  readonly squashfs?: string
  /** Of the squashfs, hexadecimal; a root without one has none. */
  readonly sha256?: string
  /** What the root takes on this server's disk, in bytes: the tree or squashfs, the kernel and the initrd. */
  readonly sizeBytes: number
  /** ISO 8601, UTC. */
  readonly createdAt: string
  /** When packages were last upgraded, ISO 8601, UTC. */
  readonly updatedAt?: string
  /** The template that it is a copy of. */
  readonly template?: string
}

export function renderRecord(record: RootRecord): string {
  return `${JSON.stringify(record, undefined, 2)}\n`
}

/** Throws ROOT_RECORD_INVALID, which names `path`, where it is not what renderRecord wrote. */
export function parseRecord(text: string, path: string): RootRecord {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw recordInvalid(path, error instanceof Error ? error.message : 'it is not JSON')
  }
  const problem = findProblem(value)
  if (problem !== undefined) throw recordInvalid(path, problem)
  return value as RootRecord
}

const TEXTS = ['name', 'suite', 'arch', 'mirror', 'user', 'kernelVersion', 'kernel', 'initrd', 'createdAt'] as const

function findProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'it is no object'
  const record = value as Record<string, unknown>
  if (record['format'] !== 1) return `its format is ${JSON.stringify(record['format'])}, and this version knows format 1`
  if (!rootStyles.some((style) => style === record['style'])) return `its style is ${JSON.stringify(record['style'])}`
  const missing = TEXTS.find((key) => typeof record[key] !== 'string')
  if (missing !== undefined) return `${missing} is missing`
  if (typeof record['sizeBytes'] !== 'number') return 'sizeBytes is missing'
  const {packages} = record
  if (!Array.isArray(packages) || !packages.every((name) => typeof name === 'string')) return 'packages is missing'
  const place = record['style'] === 'squashfs' ? 'squashfs' : record['style'] === 'ramdisk' ? undefined : 'tree'
  return place !== undefined && typeof record[place] !== 'string' ? `${place} is missing` : undefined
}

function recordInvalid(path: string, problem: string): PxectlError {
  return new PxectlError(`${path} does not describe a PXE filesystem: ${problem}`, {
    code: 'ROOT_RECORD_INVALID',
    kind: 'invalidData',
    details: {path},
    suggestions: ['make it again: pxectl fs remove NAME, then pxectl fs create NAME'],
  })
}
