// What all commands of PXE filesystems need to know of a lab: where they lie, who uses them, what is said about one, and who may change it.
import {dirname, join, relative, resolve} from 'node:path'
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {findNearest} from '../net/nearest.js'
import {findRoot, readRoots, type CatalogRoot} from '../netroot/catalog.js'
import type {RootRecord} from '../netroot/manifest.js'
import {OWN_MARKER, workPlaces, type FsPlaces} from '../netroot/places.js'
import {finishPublishing, isPublishing, type RemoveFolder} from '../netroot/publish.js'
import {enterRoom} from '../netroot/room.js'
import {parseRootName, partialName} from '../netroot/root-name.js'
import {exec} from '../system/exec.js'
import {fileExists, listFolder, makeFolder} from '../system/files.js'
import {findLockHolder, tryLock} from '../system/lock.js'
import {isRoot} from '../system/privileges.js'

/** A root as `fs list` tells it; `null` is unknown. */
export type RootJson = Pick<RootRecord, 'name'> &
  Nullable<Pick<RootRecord, 'style' | 'suite' | 'arch' | 'kernelVersion' | 'sizeBytes' | 'createdAt'>> & {
    /** `finished`, `partial` where a build was interrupted, or `broken`: its root.json cannot be read. */
    readonly state: 'finished' | 'partial' | 'broken'
    /** The hosts that boot it. */
    readonly hosts: readonly string[]
  }

type Nullable<T> = {readonly [Key in keyof T]: T[Key] | null}

export function fsPlaces(lab: Lab): FsPlaces {
  const {settings, lockPath} = lab
  return {directory: settings.fs.directory, tftpRoot: settings.lab.tftpRoot, state: dirname(lockPath)}
}

/** The same for a new root: exports(5) and the kernel line of a client are told the path as it is. Throws ROOT_FOLDER_UNFIT. */
export function newRootPlaces(lab: Lab): FsPlaces {
  const places = fsPlaces(lab)
  if (/^[\w./@+-]+$/.test(places.directory)) return places
  throw new PxectlError(
    `no PXE filesystem can be made in ${places.directory}: NFS clients are told that path, which must have letters, digits and . _ - + @ / alone`,
    {
      code: 'ROOT_FOLDER_UNFIT',
      kind: 'usage',
      details: {folder: places.directory},
      suggestions: ['pxectl config set fs.directory /srv/roots'],
    },
  )
}

/** The hosts that boot the root: `--root NAME`, or the path of its folder below the TFTP root. */
export async function rootHosts(lab: Lab, name: string): Promise<string[]> {
  const {tftpRoot} = lab.settings.lab
  const isIt = (root: string | undefined): boolean => root !== undefined && relative(tftpRoot, resolve(tftpRoot, root)) === name
  return (await lab.store.list()).filter((host) => isIt(host.root)).map((host) => host.name)
}

export function rootJson(root: CatalogRoot, hosts: readonly string[]): RootJson {
  const {name} = root
  if (root.kind === 'broken') return {...UNKNOWN, name, state: 'broken', hosts}
  const {style, suite, arch, kernelVersion, sizeBytes, createdAt} = root.record
  return {name, style, suite, arch, kernelVersion, sizeBytes, createdAt, state: 'finished', hosts}
}

const UNKNOWN = {style: null, suite: null, arch: null, kernelVersion: null, sizeBytes: null, createdAt: null} as const

/** One whose build was interrupted. */
export function partialJson(name: string, hosts: readonly string[]): RootJson {
  return {...UNKNOWN, name, state: 'partial', hosts}
}

/** Names of builds that were interrupted, or are going on. */
export async function partialRoots({directory}: FsPlaces): Promise<string[]> {
  const names = await listFolder(directory)
  const suffix = partialName('')
  const found = names
    .filter((name) => name.endsWith(suffix) && !name.endsWith(`.old${suffix}`))
    .map((name) => name.slice(0, -suffix.length))
  return found.filter((name) => !names.includes(name))
}

/** The root of that name; throws ROOT_NOT_FOUND. */
export async function getRoot(lab: Lab, text: string): Promise<CatalogRoot> {
  const {directory} = fsPlaces(lab)
  const name = parseRootName(text)
  const root = await findRoot(directory, name)
  if (root !== undefined) return root
  throw rootNotFound(
    name,
    (await readRoots(directory)).map((other) => other.name),
  )
}

/** The same, whose record can be read. */
export async function getFinishedRoot(lab: Lab, text: string): Promise<RootRecord> {
  const root = await getRoot(lab, text)
  if (root.kind === 'broken') throw root.problem
  return root.record
}

/** Which is nearest, and how to make it. */
export function rootNotFound(name: string, names: readonly string[]): PxectlError {
  const nearest = findNearest(name, names)
  return new PxectlError(`there is no PXE filesystem "${name}"`, {
    code: 'ROOT_NOT_FOUND',
    kind: 'notFound',
    details: {root: name},
    suggestions: [
      ...(nearest === undefined ? [] : [`did you mean ${nearest}?`]),
      'see all: pxectl fs list',
      `make it: pxectl fs create ${name}`,
    ],
  })
}

/** Removes a folder with files of several users: an ordinary user is root of them in a room of their own. */
export const removeFolder: RemoveFolder = async (path) => {
  if (!(await fileExists(path))) return
  const finished = await exec({
    ...enterRoom(isRoot() ? 'root' : 'user', {file: 'rm', args: ['-rf', '--one-file-system', '--', path]}),
    timeoutMs: 3_600_000,
  })
  if (finished.exitCode === 0) return
  throw new PxectlError(`cannot remove ${path}: ${finished.stderr.trim()}`, {
    code: 'FILE_FORBIDDEN',
    kind: 'environment',
    details: {path},
    suggestions: [`look at its owner: ls -ld ${path}`, 'run pxectl as that user, or as root'],
  })
}

/** Runs `work` while nobody else makes, changes or removes this root. Throws ROOT_BUSY. */
export async function withRoot<T>(lab: Lab, name: string, work: () => Promise<T>): Promise<T> {
  const path = rootLock(fsPlaces(lab), name)
  await makeFolder(dirname(path))
  const lock = await tryLock(path)
  if (lock === undefined) {
    const holder = await findLockHolder(path)
    throw new PxectlError(`another pxectl${holder === undefined ? '' : ` (process ${holder})`} is at work on ${name}`, {
      code: 'ROOT_BUSY',
      kind: 'conflict',
      details: {root: name, ...(holder === undefined ? {} : {pid: holder})},
      suggestions: ['wait until it has ended, then try again'],
    })
  }
  try {
    return await work()
  } finally {
    lock.release()
  }
}

function rootLock({state}: FsPlaces, name: string): string {
  return join(state, `root-${name}.lock`)
}

/** Gives roots their names whose build was interrupted at just that moment. Gives what it did, for people. */
export async function recoverRoots(lab: Lab): Promise<string[]> {
  const places = fsPlaces(lab)
  const notes: string[] = []
  const suffix = partialName('')
  const names = new Set((await listFolder(places.directory)).map((name) => (name.endsWith(suffix) ? name.slice(0, -suffix.length) : name)))
  for (const name of names) {
    if (!(await isPublishing(places, name))) continue
    const lock = await tryLock(rootLock(places, name))
    if (lock === undefined) continue
    try {
      await finishPublishing(places, name, removeFolder)
      notes.push(`finished ${name}, which an interrupted run had made but for its name`)
    } finally {
      lock.release()
    }
  }
  return notes
}

/** Throws ROOT_EXISTS, or ROOT_NOT_OURS for a folder that pxectl did not make. */
export async function refuseTaken(lab: Lab, name: string): Promise<void> {
  const {directory, tftpRoot} = fsPlaces(lab)
  if ((await findRoot(directory, name)) !== undefined) {
    throw new PxectlError(`there is a PXE filesystem ${name} already; nothing was made`, {
      code: 'ROOT_EXISTS',
      kind: 'conflict',
      details: {root: name},
      suggestions: ['choose another name', `upgrade its packages: pxectl fs update ${name}`, `remove it: pxectl fs remove ${name}`],
    })
  }
  const work = workOf(lab, name)
  const isForeign = (await fileExists(work.partial)) && !(await fileExists(join(work.partial, OWN_MARKER)))
  for (const folder of [join(directory, name), join(tftpRoot, name), ...(isForeign ? [work.partial] : [])]) {
    if (!(await fileExists(folder))) continue
    throw new PxectlError(`${folder} is there, and pxectl did not make it; nothing was made`, {
      code: 'ROOT_NOT_OURS',
      kind: 'conflict',
      details: {root: name, folder},
      suggestions: ['choose another name', `or move it away: mv ${folder} ${folder}.old`],
    })
  }
}

/** The folder of a build, which only a build of ours has made. */
export function workOf(lab: Lab, name: string): ReturnType<typeof workPlaces> {
  return workPlaces(join(fsPlaces(lab).directory, name))
}
