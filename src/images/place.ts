// Carries a plan out in a staging folder: every file written, hashed and flushed, and image.json, which lists them.
import {openTreeWriter} from '../system/tree-writer.js'
import {makeFolder} from '../system/files.js'
import {moveTo} from '../system/folders.js'
import {dirname, join} from 'node:path'
import {hashAll, hashing} from './checksum.js'
import {MANIFEST_NAME, renderManifest, type ImageFile, type ImageManifest} from './manifest.js'
import {plannedBytes, planText, type ImagePlan, type PlannedFile} from './plan.js'
import {checkInterrupt, progressOf, requireSpace, watched, type Work} from './work.js'
import {diskFile} from './folder-tree.js'

/** What the plan itself does not know. */
export type Origin = Pick<ImageManifest, 'title' | 'source' | 'sourceSha256' | 'addedAt'>

export type Placed = {readonly manifest: ImageManifest; readonly warnings: string[]}

/** Writes the image into `folder`, an empty one. Throws DISK_FULL before it begins where the files will not fit. */
export async function placeImage(folder: string, plan: ImagePlan, origin: Origin, work: Work): Promise<Placed> {
  const toWrite = plan.files.filter((file) => file.movable === undefined)
  await requireSpace(
    folder,
    toWrite.reduce((sum, file) => sum + file.sizeBytes, 0),
  )
  const writer = await openTreeWriter(folder)
  const files: Record<string, ImageFile> = {}
  const warnings: string[] = []
  const report = progressOf(work, 'writing the image', plannedBytes(plan))
  const write = async (file: PlannedFile): Promise<void> => {
    checkInterrupt(work)
    const algorithms = file.saidSha1 === undefined ? (['sha256'] as const) : (['sha256', 'sha1'] as const)
    const {bytes, result} = hashing(watched(file.content(), {...work, onProgress: () => undefined}, {step: '', totalBytes: 0}), algorithms)
    await writer.writeFile(file.path, counted(bytes, report))
    note(file, result())
  }
  const move = async (file: PlannedFile, from: string): Promise<void> => {
    checkInterrupt(work)
    const to = join(folder, file.path)
    await makeFolder(dirname(to), 0o755)
    await moveTo(from, to)
    const algorithms = file.saidSha1 === undefined ? (['sha256'] as const) : (['sha256', 'sha1'] as const)
    note(
      file,
      await hashAll(
        watched((await diskFile(to, file.path)).open(), {...work, onProgress: () => undefined}, {step: '', totalBytes: 0}),
        algorithms,
        report,
      ),
    )
  }
  const note = (file: PlannedFile, {sizeBytes, hex}: {sizeBytes: number; hex: {sha256?: string; sha1?: string}}): void => {
    files[file.path] = {sizeBytes, sha256: hex.sha256 ?? ''}
    if (file.saidSha1 !== undefined && file.saidSha1 !== hex.sha1) {
      warnings.push(
        `${file.path} does not have the SHA-1 that the source says it has (${file.saidSha1}, but it is ${hex.sha1}): it may be damaged`,
      )
    }
  }
  for (const file of plan.files) await (file.movable === undefined ? write(file) : move(file, file.movable))
  const {type, version, boot} = plan
  const manifest: ImageManifest = {format: 1, type, ...(version === undefined ? {} : {version}), ...origin, boot, files}
  await writer.writeFile(MANIFEST_NAME, planText(MANIFEST_NAME, renderManifest(manifest)).content())
  await writer.finish()
  return {manifest, warnings: [...plan.warnings, ...warnings]}
}

async function* counted(content: AsyncIterable<Uint8Array>, report: (count: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    report(chunk.length)
    yield chunk
  }
}
