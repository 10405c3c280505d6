// A lab file from plain data: what `read.ts` reads, written by hand style.
import {stringify} from 'yaml'

export type LabFileData = {
  /** Section → key → text. */
  readonly settings: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** Are boot loaders in place? */
  readonly hasLoaders: boolean
  /** images, filesystems, hosts, vms: name → keys. */
  readonly parts: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>
}

/** YAML; sections and parts that are empty are left out. */
export function renderLabFile({settings, hasLoaders, parts}: LabFileData): string {
  const value: Record<string, unknown> = {}
  for (const [section, keys] of settings) value[section] = Object.fromEntries(keys)
  if (!hasLoaders) value['loaders'] = false
  for (const [kind, named] of Object.entries(parts)) if (Object.keys(named).length > 0) value[kind] = named
  // Long lines stay whole: boot arguments are pasted.
  return Object.keys(value).length === 0 ? '# an empty lab\n' : stringify(value, {lineWidth: 0})
}
