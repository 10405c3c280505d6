// All that is decided about a PXE filesystem before anything is made.
import {createHash} from 'node:crypto'
import type {Distribution} from './sources.js'
import type {RootStyle} from './style.js'

export type RootSpec = {
  readonly name: string
  readonly style: RootStyle
  readonly suite: string
  /** Debian's word, e.g. amd64. */
  readonly arch: string
  readonly system: Distribution
  /** Lines of sources.list(5), and the address of the first. */
  readonly sources: readonly string[]
  readonly mirror: string
  /** Those that every root has, and those that were asked for. */
  readonly basePackages: readonly string[]
  readonly packages: readonly string[]
  readonly user: string
  /** Lines of authorized_keys; none: the user has a password, which is no part of this. */
  readonly sshKeys: readonly string[]
  readonly locale: string
  /** A name of the time zone database. */
  readonly timezone: string
  /** A folder of programs of the user's own. */
  readonly hooks?: string
  /** No more than this on the disk, in bytes. */
  readonly sizeLimitBytes?: number
}

/** A way of making templates that is no longer this one gives others. */
const TEMPLATE_FORMAT = 1

/** The template that a root is a copy of: the same suite, architecture, sources and packages, in whatever order. */
export function templateName(spec: Pick<RootSpec, 'suite' | 'arch' | 'sources' | 'basePackages' | 'packages'>): string {
  const packages = [...new Set([...spec.basePackages, ...spec.packages])].toSorted()
  const key = JSON.stringify([TEMPLATE_FORMAT, spec.suite, spec.arch, spec.sources, packages])
  return `${spec.suite}-${spec.arch}-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`
}
