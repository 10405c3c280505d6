// What an import is going to write, as data: every recogniser of this room makes one of these or nothing.
import type {ImageBoot} from '../boot/image.js'
import type {ImageType} from './manifest.js'
import type {SourceFile} from './tree.js'

export type PlannedFile = {
  /** Relative to the image's folder, with forward slashes. */
  readonly path: string
  readonly sizeBytes: number
  readonly content: () => AsyncIterable<Uint8Array>
  /** A file of the import's own workspace, which may be moved instead of copied. */
  readonly movable?: string
  /** The SHA-1 that the source itself says it has, in lower-case hexadecimal. */
  readonly saidSha1?: string
}

export type ImagePlan = {
  readonly type: ImageType
  /** What it is called unless the user says otherwise; a valid image name. */
  readonly name: string
  readonly title: string
  readonly version?: string
  /** Paths relative to the image's folder. */
  readonly boot: ImageBoot
  readonly files: readonly PlannedFile[]
  /** What people should know before they boot it. */
  readonly warnings: readonly string[]
}

/** A file of the source under a path of the image. */
export function planFile(path: string, file: SourceFile): PlannedFile {
  const {sizeBytes, onDisk} = file
  return {path, sizeBytes, content: () => file.open(), ...(onDisk === undefined ? {} : {movable: onDisk})}
}

/** A text that is written into the image. */
export function planText(path: string, text: string): PlannedFile {
  const bytes = Buffer.from(text)
  return {
    path,
    sizeBytes: bytes.length,
    content: async function* () {
      await Promise.resolve()
      yield bytes
    },
  }
}

/** The bytes of all planned files together. */
export function plannedBytes(plan: ImagePlan): number {
  return plan.files.reduce((sum, file) => sum + file.sizeBytes, 0)
}
