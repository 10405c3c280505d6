// A PXE filesystem as one tar archive: for another server, or to keep.
//
//   root/root.json, root/tree/…, root/root.squashfs     its folder in fs.directory
//   boot/vmlinuz, boot/initrd.img, boot/root.squashfs   its folder below the TFTP root
import {dirname, join, resolve} from 'node:path'
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {runSteps} from '../netroot/build.js'
import type {RootRecord} from '../netroot/manifest.js'
import {findRoom} from '../netroot/means.js'
import {exportStep} from '../netroot/plan.js'
import {isMounted} from '../netroot/style.js'
import {exec} from '../system/exec.js'
import {execGroup} from '../system/exec-group.js'
import {fileExists, findStats, removeFile, replaceWith} from '../system/files.js'
import {isRoot} from '../system/privileges.js'
import {fsPlaces, getFinishedRoot, withRoot} from './root-lab.js'

export type ExportRootOptions = {
  readonly force: boolean
  readonly dryRun: boolean
  readonly signal?: AbortSignal
  readonly onProgress?: (step: string) => void
}

export type ExportedRoot = {
  readonly root: RootRecord
  readonly file: {readonly path: string; readonly sizeBytes: number | null}
  readonly dryRun: boolean
}

/** Throws ROOT_NOT_FOUND, FILE_EXISTS. The archive is packed as its name says: .tar, .tar.gz, .tar.xz, .tar.zst. */
export async function exportRoot(lab: Lab, text: string, to: string, options: ExportRootOptions): Promise<ExportedRoot> {
  const record = await getFinishedRoot(lab, text)
  const path = resolve(to)
  const format = formatOf(path)
  if (!options.force && (await fileExists(path))) {
    throw new PxectlError(`${path} is there already; nothing was written`, {
      code: 'FILE_EXISTS',
      kind: 'conflict',
      details: {path},
      suggestions: ['choose another file', 'replace it: --force'],
    })
  }
  const {directory, tftpRoot} = fsPlaces(lab)
  if (isMounted(record.style) && !isRoot()) {
    throw new PxectlError(`only root can read every file of the tree of ${record.name}`, {
      code: 'PRIVILEGE_MISSING',
      kind: 'environment',
      details: {root: record.name},
      suggestions: ['run pxectl as root'],
    })
  }
  if (options.dryRun) return {root: record, file: {path, sizeBytes: null}, dryRun: true}
  const room = await findRoom({exec, isRoot: isRoot()})
  const partial = `${path}.partial`
  return withRoot(lab, record.name, async () => {
    try {
      const from = {root: join(directory, record.name), boot: join(tftpRoot, record.name)}
      await runSteps([exportStep(from, {path: partial, format}, room)], {
        name: record.name,
        state: 'nothing was exported',
        folder: dirname(path),
        execGroup,
        ...(options.signal === undefined ? {} : {signal: options.signal}),
        ...(options.onProgress === undefined ? {} : {onProgress: options.onProgress}),
      })
      await replaceWith(path, partial)
    } catch (error) {
      await removeFile(partial)
      throw error
    }
    return {root: record, file: {path, sizeBytes: (await findStats(path))?.size ?? 0}, dryRun: false}
  })
}

const FORMATS: readonly (readonly [RegExp, string])[] = [
  [/\.tar$/, ''],
  [/\.(tar\.gz|tgz)$/, '--gzip'],
  [/\.(tar\.xz|txz)$/, '--xz'],
  [/\.(tar\.zst|tzst)$/, '--zstd'],
]

/** The option of tar(1). Throws ARCHIVE_NAME_INVALID. */
function formatOf(path: string): string {
  const found = FORMATS.find(([pattern]) => pattern.test(path))
  if (found !== undefined) return found[1]
  throw new PxectlError(`${path} does not say which archive it is to be`, {
    code: 'ARCHIVE_NAME_INVALID',
    kind: 'usage',
    details: {path},
    suggestions: ['give it a name that ends with .tar, .tar.gz, .tar.xz or .tar.zst'],
  })
}
