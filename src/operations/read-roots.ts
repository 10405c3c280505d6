// The PXE filesystems of a lab as menus know them.
import {join} from 'node:path'
import type {BootRoot, RootSource} from '../boot/root.js'
import {readRoots} from '../netroot/catalog.js'
import {type RootRecord, SQUASHFS_NAME} from '../netroot/manifest.js'

export type LabRoots = {
  /** Every finished root that can be read, by name. */
  readonly roots: ReadonlyMap<string, BootRoot>
  /** What is wrong with the others, one sentence each. */
  readonly problems: ReadonlyMap<string, string>
}

export async function readBootRoots(directory: string): Promise<LabRoots> {
  const roots = new Map<string, BootRoot>()
  const problems = new Map<string, string>()
  for (const root of await readRoots(directory)) {
    if (root.kind === 'broken') problems.set(root.name, root.problem.message)
    else roots.set(root.name, bootRoot(root.name, root.record, directory))
  }
  return {roots, problems}
}

function bootRoot(name: string, record: RootRecord, directory: string): BootRoot {
  return {name, kernel: record.kernel, initrd: record.initrd, ...sourceOf(record, directory)}
}

/** parseRecord has seen that the place which a style needs is there. */
function sourceOf({style, tree, squashfs, sha256}: RootRecord, directory: string): RootSource {
  switch (style) {
    case 'nfs':
    case 'nfs-overlay':
      return {style, tree: join(directory, tree ?? '')}
    case 'squashfs':
      return {style, squashfs: squashfs ?? '', sha256}
    case 'ramdisk':
      return {style, image: `/${SQUASHFS_NAME}`}
  }
}
