// The host database as a file that `host import` takes back.
import {renderHosts} from '../hosts/export.js'
import {hostJson, type HostJson} from '../hosts/host.js'
import {TEXT_FORMATS, type TextFormat} from '../hosts/import.js'
import type {Lab} from '../lab/open-lab.js'
import {writeAtomic} from '../system/files.js'

export const exportFormats = TEXT_FORMATS

export type Exported = {
  readonly hosts: readonly HostJson[]
  readonly format: TextFormat
  readonly text: string
  readonly path: string | null
}

/** Gives the text, and writes it where `path` says. */
export async function exportHosts(lab: Lab, format: TextFormat, path: string | undefined): Promise<Exported> {
  const hosts = await lab.store.list()
  const text = await renderHosts(hosts, format)
  if (path !== undefined) await writeAtomic(path, text)
  return {hosts: hosts.map(hostJson), format, text, path: path ?? null}
}
