// Which boot loaders are in the TFTP root, and which the system's packages could put there.
import {join} from 'node:path'
import {findLoaderVersion, type LoaderFile, loaderFiles, loaderPlaces} from '../boot/loaders.js'
import {findBytes, findStats} from '../system/files.js'
import {findMixedModules} from './pxelinux-modules.js'

export type LoaderRow = {
  /** Its name in the TFTP root. */
  readonly name: string
  readonly purpose: string
  /**
   * Of `list`: present, or else available from a package that is installed here, or missing. Of `install`: installed now,
   * replaced an older one, unchanged, or missing. With `--dry-run`: what it would be.
   */
  readonly state: 'present' | 'available' | 'missing' | 'installed' | 'replaced' | 'unchanged'
  readonly sizeBytes?: number
  /** What the file says of itself. */
  readonly version?: string
  /** Where it comes from, or could. */
  readonly source?: string
  /** Where the file that was replaced has been kept. */
  readonly previous?: string
  /** The Debian package that has it. */
  readonly package: string
}

/** `warnings`: files of Syslinux in the TFTP root that do not work together. */
export async function listLoaders({tftpRoot}: {readonly tftpRoot: string}): Promise<{loaders: LoaderRow[]; warnings: string[]}> {
  const loaders = await Promise.all(loaderFiles.map((file) => describeLoader(file, tftpRoot)))
  return {loaders, warnings: await findMixedModules(tftpRoot)}
}

async function describeLoader(file: LoaderFile, tftpRoot: string): Promise<LoaderRow> {
  const {name, purpose, package: from} = file
  const present = await findBytes(join(tftpRoot, name))
  const source = await findLoaderSource(file)
  return {
    name,
    purpose,
    state: present !== undefined ? 'present' : source !== undefined ? 'available' : 'missing',
    ...(present === undefined ? {} : loaderFacts(present)),
    ...(source === undefined ? {} : {source}),
    package: from,
  }
}

export function loaderFacts(bytes: Uint8Array): Pick<LoaderRow, 'sizeBytes' | 'version'> {
  const version = findLoaderVersion(bytes)
  return {sizeBytes: bytes.length, ...(version === undefined ? {} : {version})}
}

/** The first place that has the file, among the packages' folders or in `from`. */
export async function findLoaderSource(file: LoaderFile, from?: string): Promise<string | undefined> {
  for (const path of loaderPlaces(file, from)) {
    if ((await findStats(path))?.isFile() === true) return path
  }
  return undefined
}
