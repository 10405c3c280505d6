// image.json: what pxectl wrote down when it imported an image. It stands in the image's folder, whose files it lists.
import type {ImageBoot} from '../boot/image.js'
import {PxectlError} from '../errors.js'

export const MANIFEST_NAME = 'image.json'

export const imageTypes = ['smartos', 'esxi', 'esx3i', 'linux', 'memtest', 'ipxe', 'efi', 'iso'] as const
export type ImageType = (typeof imageTypes)[number]

export type ImageFile = {readonly sizeBytes: number; /** Hexadecimal. */ readonly sha256: string}

export type ImageManifest = {
  readonly format: 1
  readonly type: ImageType
  readonly title: string
  /** The system's own version, e.g. 20140207T053435Z. */
  readonly version?: string
  /** The path or URL it was imported from, without credentials. */
  readonly source: string
  /** Of the source file, hexadecimal; a folder has none. */
  readonly sourceSha256?: string
  /** ISO 8601, UTC. */
  readonly addedAt: string
  /** Paths relative to the image's folder. */
  readonly boot: ImageBoot
  /** Every file by its path in the image's folder, this one excepted. */
  readonly files: Readonly<Record<string, ImageFile>>
}

export function renderManifest(manifest: ImageManifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`
}

/** Throws IMAGE_MANIFEST_INVALID, which names `path`, where it is not what renderManifest wrote. */
export function parseManifest(text: string, path: string): ImageManifest {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw manifestInvalid(path, error instanceof Error ? error.message : 'it is not JSON')
  }
  const problem = findManifestProblem(value)
  if (problem !== undefined) throw manifestInvalid(path, problem)
  return value as ImageManifest
}

/** The same boot with another spelling of every path, for example with the image's folder before it. */
export function mapBootPaths(boot: ImageBoot, map: (path: string) => string): ImageBoot {
  switch (boot.kind) {
    case 'linux':
      return {...boot, kernel: map(boot.kernel), initrds: boot.initrds.map(map)}
    case 'smartos':
      return {
        ...boot,
        kernel: map(boot.kernel),
        bootArchive: map(boot.bootArchive),
        ...(boot.bootArchiveHash === undefined ? {} : {bootArchiveHash: map(boot.bootArchiveHash)}),
        overlays: boot.overlays.map(({path, name}) => ({path: map(path), name})),
      }
    case 'multiboot':
      return {
        ...boot,
        kernel: map(boot.kernel),
        modules: boot.modules.map(({path, args}) => ({path: map(path), args})),
        ...(boot.mboot === undefined ? {} : {mboot: map(boot.mboot)}),
      }
    case 'esxi':
      return {
        ...boot,
        config: map(boot.config),
        ...(boot.bios === undefined ? {} : {bios: map(boot.bios)}),
        ...(boot.uefi === undefined ? {} : {uefi: map(boot.uefi)}),
      }
    case 'program':
      return {
        ...boot,
        ...(boot.bios === undefined ? {} : {bios: {...boot.bios, path: map(boot.bios.path)}}),
        ...(boot.uefi === undefined ? {} : {uefi: {path: map(boot.uefi.path)}}),
      }
    case 'iso':
      return {...boot, path: map(boot.path)}
  }
}

const STRINGS: Readonly<Record<ImageBoot['kind'], readonly string[]>> = {
  linux: ['kernel', 'args'],
  smartos: ['build', 'kernel', 'bootArchive'],
  multiboot: ['kernel', 'args'],
  esxi: ['config'],
  program: ['args'],
  iso: ['path'],
}

const LISTS: Partial<Record<ImageBoot['kind'], string>> = {linux: 'initrds', smartos: 'overlays', multiboot: 'modules'}

function findManifestProblem(value: unknown): string | undefined {
  if (!isRecord(value)) return 'it is no object'
  if (value['format'] !== 1) return `its format is ${JSON.stringify(value['format'])}, and this version knows format 1`
  const {boot, files} = value
  if (typeof value['title'] !== 'string' || typeof value['addedAt'] !== 'string') return 'title or addedAt is missing'
  if (!isRecord(files)) return 'files is missing'
  if (!isRecord(boot)) return 'boot is missing'
  const kind = boot['kind']
  if (typeof kind !== 'string' || !Object.hasOwn(STRINGS, kind)) return `boot.kind is ${JSON.stringify(kind)}`
  const wrong = STRINGS[kind as ImageBoot['kind']].find((key) => typeof boot[key] !== 'string')
  if (wrong !== undefined) return `boot.${wrong} is missing`
  const list = LISTS[kind as ImageBoot['kind']]
  if (list !== undefined && !Array.isArray(boot[list])) return `boot.${list} is missing`
  return kind === 'smartos' && !isRecord(boot['options']) ? 'boot.options is missing' : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function manifestInvalid(path: string, problem: string): PxectlError {
  return new PxectlError(`${path} does not describe an image: ${problem}`, {
    code: 'IMAGE_MANIFEST_INVALID',
    kind: 'invalidData',
    details: {path},
    suggestions: ['import the image again: pxectl image add SOURCE --replace'],
  })
}
