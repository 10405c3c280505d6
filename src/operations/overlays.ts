// Files that are laid over a SmartOS when it boots: looked up anew each time, so that putting one there is all there is to do.
import {join} from 'node:path'
import type {SmartosBoot} from '../boot/image.js'
import {MOST_MODULES} from '../boot/smartos.js'
import {findStats, listFolder, realPath} from '../system/files.js'

/** `path` is relative to the TFTP root; `name` is the path in the booted system. */
export type Overlay = {readonly path: string; readonly name: string}

export type Overlays = {readonly files: readonly Overlay[]; readonly problems: readonly string[]}

/** With the boot archive and its hash, and room for what a loader adds. */
const MOST_OVERLAYS = MOST_MODULES - 9

/** All files below `folder` of the TFTP root, sorted by name. A name with a space cannot be told to the kernel. */
export async function findOverlays(tftpRoot: string, folder: string): Promise<Overlays> {
  const files: Overlay[] = []
  const problems: string[] = []
  // A link that leads back up leads to a folder that was seen.
  const seen = new Set<string>()
  const visit = async (below: string): Promise<void> => {
    const real = await realPath(join(tftpRoot, folder, below))
    if (seen.has(real) || files.length > MOST_OVERLAYS) return
    seen.add(real)
    for (const entry of await listFolder(join(tftpRoot, folder, below))) {
      const name = below === '' ? entry : `${below}/${entry}`
      const stats = await findStats(join(tftpRoot, folder, name))
      if (stats?.isDirectory() === true) await visit(name)
      if (stats?.isFile() !== true) continue
      if (/[\s,]/.test(name)) problems.push(`${folder}/${name} is not laid over it, because its name has a space or a comma`)
      else files.push({path: `${folder}/${name}`, name})
    }
  }
  const top = await findStats(join(tftpRoot, folder))
  if (top?.isDirectory() === true) await visit('')
  return {files, problems}
}

/** Later ones replace earlier ones of the same name, and those that the image names itself. */
export function addOverlays(boot: SmartosBoot, found: readonly Overlays[]): {boot: SmartosBoot; problem: string | undefined} {
  const [shared, ...own] = found
  const all = [...(shared?.files ?? []), ...boot.overlays, ...own.flatMap(({files}) => files)]
  const byName = [...new Map(all.map((overlay) => [overlay.name, overlay])).values()]
  const sorted = byName.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const problems = found.flatMap((overlays) => overlays.problems)
  if (sorted.length > MOST_OVERLAYS)
    problems.push(`it has ${sorted.length} overlay files, and the kernel takes ${MOST_OVERLAYS}; the rest is left out`)
  return {boot: {...boot, overlays: sorted.slice(0, MOST_OVERLAYS)}, problem: problems.length === 0 ? undefined : problems.join('; ')}
}
