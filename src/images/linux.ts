// Linux media: recognised by signatures.ts, and laid out with the paths of the medium, which the running system asks for again.
import {PxectlError} from '../errors.js'
import {imageNameOf} from './image-name.js'
import {planFile, type ImagePlan, type PlannedFile} from './plan.js'
import {linuxSignatures, type LinuxSignature} from './signatures.js'
import {findText, likelyTops, type SourceFile, type SourceTree} from './tree.js'

export type LinuxWishes = {
  /** The address of an answer file for the installer. */
  readonly kickstart?: string
  readonly bootArgs?: string
}

/** The ISO image that the volumes come from, where it is one. */
export type WholeIso = {readonly sizeBytes: number; readonly open: () => AsyncIterable<Buffer>}

/** The name under which an ISO image is kept whole. */
export const ISO_NAME = 'image.iso'

/** The first signature that fits one of these volumes, or undefined. Throws KICKSTART_UNKNOWN, IMAGE_NEEDS_ISO. */
export async function findLinuxMedium(
  volumes: readonly SourceTree[],
  iso: WholeIso | undefined,
  wishes: LinuxWishes,
): Promise<ImagePlan | undefined> {
  for (const volume of volumes) {
    for (const tree of await likelyTops(volume)) {
      for (const signature of linuxSignatures) {
        const found = await findFiles(tree, signature)
        if (found !== undefined) return planMedium(tree, {signature, ...found}, {iso, wishes})
      }
    }
  }
  return undefined
}

type Found = {readonly kernel: SourceFile; readonly initrds: readonly SourceFile[]; /** What `*` stands for. */ readonly flavour: string}

async function findFiles(tree: SourceTree, signature: LinuxSignature): Promise<Found | undefined> {
  const found = await findKernel(tree, signature.kernels)
  if (found === undefined) return undefined
  const {kernel, flavour} = found
  const initrd = await findFirst(tree, signature.initrds, flavour)
  if (initrd === undefined) return undefined
  for (const mark of signature.marks) if (!(await exists(tree, fill(mark, flavour)))) return undefined
  const early: SourceFile[] = []
  for (const path of signature.early ?? []) {
    const file = await tree.find(path)
    if (file !== undefined) early.push(file)
  }
  return {kernel, initrds: [...early, initrd], flavour}
}

async function findKernel(tree: SourceTree, patterns: readonly string[]): Promise<{kernel: SourceFile; flavour: string} | undefined> {
  for (const pattern of patterns) {
    if (!pattern.includes('*')) {
      const kernel = await tree.find(pattern)
      if (kernel !== undefined) return {kernel, flavour: ''}
      continue
    }
    const [folder, prefix] = splitPath(pattern.slice(0, -1))
    const name = (await tree.list(folder)).find(
      (entry) => !entry.isFolder && entry.name.startsWith(prefix) && !/\.(?:old|sig)$/.test(entry.name),
    )?.name
    const kernel = name === undefined ? undefined : await tree.find(folder === '' ? name : `${folder}/${name}`)
    if (name !== undefined && kernel !== undefined) return {kernel, flavour: name.slice(prefix.length)}
  }
  return undefined
}

async function findFirst(tree: SourceTree, paths: readonly string[], flavour: string): Promise<SourceFile | undefined> {
  for (const path of paths) {
    const file = await tree.find(fill(path, flavour))
    if (file !== undefined) return file
  }
  return undefined
}

async function exists(tree: SourceTree, path: string): Promise<boolean> {
  return (await tree.find(path)) !== undefined || (await tree.list(path)).length > 0
}

type Medium = Found & {readonly signature: LinuxSignature}
type Given = {readonly iso: WholeIso | undefined; readonly wishes: LinuxWishes}

async function planMedium(tree: SourceTree, medium: Medium, {iso, wishes}: Given): Promise<ImagePlan> {
  const {signature, kernel, initrds, flavour} = medium
  const files = new Map<string, PlannedFile>()
  for (const file of [kernel, ...initrds]) files.set(file.path, planFile(file.path, file))
  for (const keep of signature.keeps) for await (const file of keptFiles(tree, fill(keep, flavour), iso)) files.set(file.path, file)
  const version = await findVersion(tree, signature)
  const {warning} = signature
  return {
    type: 'linux',
    name: imageNameOf(version === undefined ? signature.slug : `${signature.slug}-${version}`),
    title: version === undefined ? signature.system : `${signature.system} ${version}`,
    ...(version === undefined ? {} : {version}),
    boot: {kind: 'linux', kernel: kernel.path, initrds: initrds.map(({path}) => path), args: joinArgs(signature, flavour, wishes)},
    files: [...files.values()],
    warnings: warning === undefined ? [] : [warning],
  }
}

async function* keptFiles(tree: SourceTree, keep: string, iso: WholeIso | undefined): AsyncGenerator<PlannedFile> {
  if (keep === 'iso') {
    if (iso === undefined) throw needsIso(tree)
    yield {path: ISO_NAME, sizeBytes: iso.sizeBytes, content: () => iso.open()}
    return
  }
  const file = keep === '.' ? undefined : await tree.find(keep)
  if (file !== undefined) yield planFile(file.path, file)
  else for await (const below of tree.walk()) if (keep === '.' || below.path.startsWith(`${keep}/`)) yield planFile(below.path, below)
}

/** The user's own words come last, and so win. */
function joinArgs(signature: LinuxSignature, flavour: string, {kickstart, bootArgs}: LinuxWishes): string {
  if (kickstart !== undefined && signature.kickstart === undefined) throw kickstartUnknown(signature)
  const answers = kickstart === undefined ? '' : `${signature.kickstart}${kickstart}`
  return [fill(signature.args, flavour), answers, (bootArgs ?? '').trim()].filter((part) => part !== '').join(' ')
}

async function findVersion(tree: SourceTree, signature: LinuxSignature): Promise<string | undefined> {
  for (const {file, pattern} of signature.versions) {
    const version = pattern.exec((await findText(tree, file)) ?? '')?.[1]
    if (version !== undefined) return version
  }
  return undefined
}

function fill(pattern: string, flavour: string): string {
  return pattern.replaceAll('*', flavour)
}

function splitPath(path: string): [folder: string, name: string] {
  const slash = path.lastIndexOf('/')
  return slash === -1 ? ['', path] : [path.slice(0, slash), path.slice(slash + 1)]
}

function needsIso(tree: SourceTree): PxectlError {
  return new PxectlError(`the system in ${tree.name} fetches its whole ISO image while it boots, so that is what must be imported`, {
    code: 'IMAGE_NEEDS_ISO',
    kind: 'usage',
    details: {source: tree.name},
    suggestions: ['pxectl image add FILE.iso'],
  })
}

function kickstartUnknown({system}: LinuxSignature): PxectlError {
  return new PxectlError(`pxectl does not know how ${system} is given an answer file; nothing was imported`, {
    code: 'KICKSTART_UNKNOWN',
    kind: 'usage',
    details: {system},
    suggestions: ['name it as its documentation says: --boot-args "…"'],
  })
}
