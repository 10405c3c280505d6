// The first and the last part of every build, whether a root is made or made anew: a folder to work in with pxectl's files, and the
// record and the names of what came out.
import {dirname, join} from 'node:path'
import {hashAll} from '../images/checksum.js'
import {diskFile} from '../images/folder-tree.js'
import type {Lab} from '../lab/open-lab.js'
import type {Built} from '../netroot/build.js'
import {INITRD_NAME, KERNEL_NAME, RECORD_NAME, renderRecord, SQUASHFS_NAME, TREE_NAME, type RootRecord} from '../netroot/manifest.js'
import {netbootTree} from '../netroot/netboot-files.js'
import {OWN_MARKER, type WorkPlaces} from '../netroot/places.js'
import {publish} from '../netroot/publish.js'
import type {RootSpec} from '../netroot/spec.js'
import {isMounted} from '../netroot/style.js'
import {fileExists, findStats, listFolder, makeFolder, makeLink, writeAtomic} from '../system/files.js'
import {withLock} from '../system/lock.js'
import {recoverUnderLock} from './recover-lab.js'
import {refreshBootFiles} from './refresh-boot-files.js'
import {fsPlaces, removeFolder, rootHosts, workOf} from './root-lab.js'

/** Everything of a record but what is only known at the end. */
export type RecordStart = Omit<RootRecord, 'format' | 'kernelVersion' | 'kernel' | 'initrd' | 'tree' | 'squashfs' | 'sha256' | 'sizeBytes'>

export type FinishedRoot = {
  readonly root: RootRecord & {readonly hosts: readonly string[]}
  readonly warnings: readonly string[]
}

/** A folder to work in. What an interrupted build left is removed, but for fetched packages with `resume`. */
export async function prepareWork(lab: Lab, spec: Pick<RootSpec, 'name' | 'sshKeys'>, resume: boolean): Promise<WorkPlaces> {
  const work = workOf(lab, spec.name)
  for (const name of await listFolder(work.partial)) {
    if (!resume || join(work.partial, name) !== work.archives) await removeFolder(join(work.partial, name))
  }
  // Served to clients with the style nfs: whoever may enter the tree, nobody else may enter what is beside it.
  for (const folder of [dirname(work.partial), work.partial, work.tree, work.upper, work.work, work.out, join(work.archives, 'partial')]) {
    await makeFolder(folder, 0o755)
  }
  await writeAtomic(join(work.partial, OWN_MARKER), '')
  await writeTreeFiles(work)
  if (spec.sshKeys.length > 0) await writeAtomic(work.keys, `${spec.sshKeys.join('\n')}\n`)
  return work
}

async function writeTreeFiles({files}: WorkPlaces): Promise<void> {
  const {files: wanted, links} = netbootTree()
  for (const {path, mode, content} of wanted) {
    await makeFolder(dirname(join(files, path)), 0o755)
    await writeAtomic(join(files, path), content, {mode, isExact: true})
  }
  for (const {path, target} of links) {
    await makeFolder(dirname(join(files, path)), 0o755)
    await makeLink(join(files, path), target)
  }
}

/** Removes what was needed on the way, writes the record, and gives the root its name; then menus are made anew. */
export async function finishRoot(lab: Lab, start: RecordStart, built: Built): Promise<FinishedRoot> {
  const {name} = start
  const work = workOf(lab, name)
  const record = await recordOf(work, start, built)
  const kept = new Set([TREE_NAME, SQUASHFS_NAME, 'out'].filter((file) => file !== TREE_NAME || isMounted(start.style)))
  for (const file of await listFolder(work.partial)) {
    if (!kept.has(file)) await removeFolder(join(work.partial, file))
  }
  await writeAtomic(join(work.partial, RECORD_NAME), renderRecord(record))
  await withLock(lab.lockPath, {}, async () => {
    await recoverUnderLock(lab)
    await publish(fsPlaces(lab), name, removeFolder)
  })
  return {root: {...record, hosts: await rootHosts(lab, name)}, warnings: await refreshBootFiles(lab)}
}

/** What a failed build leaves: nothing, or the packages that it has fetched. */
export async function discardWork(lab: Lab, name: string, {keepPackages}: {readonly keepPackages: boolean}): Promise<void> {
  const work = workOf(lab, name)
  const packages = keepPackages ? (await listFolder(work.archives)).filter((file) => file.endsWith('.deb')) : []
  if (packages.length === 0) return removeFolder(work.partial)
  for (const file of await listFolder(work.partial)) {
    const path = join(work.partial, file)
    if (path !== work.archives && file !== OWN_MARKER) await removeFolder(path)
  }
}

async function recordOf(work: WorkPlaces, start: RecordStart, {kernelVersion = '', treeBytes = 0}: Built): Promise<RootRecord> {
  const {name, style} = start
  const sizeOf = async (path: string): Promise<number> => (await findStats(path))?.size ?? 0
  const squashfs = [join(work.out, SQUASHFS_NAME), join(work.partial, SQUASHFS_NAME)]
  const [packed] = (await Promise.all(squashfs.map(async (path) => ({path, isThere: await fileExists(path)})))).filter(
    ({isThere}) => isThere,
  )
  const boot = (await sizeOf(join(work.out, KERNEL_NAME))) + (await sizeOf(join(work.out, INITRD_NAME)))
  return {
    format: 1,
    ...start,
    kernelVersion,
    kernel: `${name}/${KERNEL_NAME}`,
    initrd: `${name}/${INITRD_NAME}`,
    ...(isMounted(style) ? {tree: `${name}/${TREE_NAME}`} : {}),
    ...(style === 'squashfs' ? {squashfs: `${name}/${SQUASHFS_NAME}`} : {}),
    ...(packed === undefined ? {} : {sha256: await sha256Of(packed.path)}),
    sizeBytes: boot + (packed === undefined ? treeBytes : await sizeOf(packed.path)),
  }
}

/** Hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const {hex} = await hashAll((await diskFile(path, path)).open(), ['sha256'])
  return hex.sha256 ?? ''
}
