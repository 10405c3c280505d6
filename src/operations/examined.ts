// One part of a lab as `pxectl doctor` saw it.
import type {Finding} from './check-dhcp.js'

export const examinedParts = ['network', 'files', 'loaders', 'images', 'roots', 'hosts', 'servers', 'dhcp'] as const

/** One part of the lab. `detail` says in a few words what was found where all is well. */
export type Examined = {
  readonly part: (typeof examinedParts)[number]
  readonly detail: string
  readonly findings: readonly Finding[]
}
