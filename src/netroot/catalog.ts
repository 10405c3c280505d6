// The PXE filesystems of a lab, as they lie in its fs.directory.
import {join} from 'node:path'
import {PxectlError} from '../errors.js'
import {findBytes} from '../system/files.js'
import {listNames} from '../system/folders.js'
import {parseRecord, RECORD_NAME, type RootRecord} from './manifest.js'
import {isRootName} from './root-name.js'

export type CatalogRoot = {readonly name: string; readonly folder: string} & (
  | {readonly kind: 'finished'; readonly record: RootRecord}
  /** root.json is there and cannot be read. */
  | {readonly kind: 'broken'; readonly problem: PxectlError}
)

/** Every root, sorted by name. */
export async function readRoots(directory: string): Promise<CatalogRoot[]> {
  const found: CatalogRoot[] = []
  for (const {name, kind} of await listNames(directory)) {
    const root = kind === 'folder' && isRootName(name) ? await findRoot(directory, name) : undefined
    if (root !== undefined) found.push(root)
  }
  return found
}

/** The root of that name, or undefined. */
export async function findRoot(directory: string, name: string): Promise<CatalogRoot | undefined> {
  const folder = join(directory, name)
  const path = join(folder, RECORD_NAME)
  const text = (await findBytes(path))?.toString('utf8')
  if (text === undefined) return undefined
  try {
    return {kind: 'finished', name, folder, record: parseRecord(text, path)}
  } catch (error) {
    if (!(error instanceof PxectlError)) throw error
    return {kind: 'broken', name, folder, problem: error}
  }
}
