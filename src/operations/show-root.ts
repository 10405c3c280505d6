// All about one PXE filesystem.
import {join} from 'node:path'
import type {Lab} from '../lab/open-lab.js'
import type {RootRecord} from '../netroot/manifest.js'
import {fsPlaces, getFinishedRoot, rootHosts} from './root-lab.js'

export type ShownRoot = {
  readonly root: RootRecord & {
    readonly hosts: readonly string[]
    /** Absolute paths of the same files; `null` where the style has none. */
    readonly kernelPath: string
    readonly initrdPath: string
    readonly treePath: string | null
    readonly squashfsPath: string | null
  }
}

/** Throws ROOT_NOT_FOUND, ROOT_RECORD_INVALID. */
export async function showRoot(lab: Lab, name: string): Promise<ShownRoot> {
  const {directory, tftpRoot} = fsPlaces(lab)
  const record = await getFinishedRoot(lab, name)
  const below = (folder: string, path: string | undefined): string | null => (path === undefined ? null : join(folder, path))
  return {
    root: {
      ...record,
      hosts: await rootHosts(lab, record.name),
      kernelPath: join(tftpRoot, record.kernel),
      initrdPath: join(tftpRoot, record.initrd),
      treePath: below(directory, record.tree),
      squashfsPath: below(tftpRoot, record.squashfs),
    },
  }
}
