// Imports an operating system: fetched where it is an address, checked, recognised, laid out in a folder beside the images, and given
// its name in one step. Whatever fails before that leaves nothing.
import {join, resolve} from 'node:path'
import type {OpenLabOptions, Lab} from '../lab/open-lab.js'
import {PxectlError} from '../errors.js'
import {findImage} from '../images/catalog.js'
import {withDownload} from '../images/download.js'
import {isUrl, publicUrl} from '../images/fetch.js'
import {diskFile} from '../images/folder-tree.js'
import type {ImageManifest} from '../images/manifest.js'
import {openSource, type Workshop} from '../images/open-source.js'
import {placeImage} from '../images/place.js'
import type {ImagePlan} from '../images/plan.js'
import {recogniseImage} from '../images/recognise.js'
import {cleanStagings, withStaging, type Staging} from '../images/staging.js'
import {smartosOptions} from '../images/smartos-options.js'
import type {SourceFile} from '../images/tree.js'
import {checkInterrupt, type Work} from '../images/work.js'
import {isWritable} from '../system/files.js'
import {withLock} from '../system/lock.js'
import {setSetting} from './edit-settings.js'
import {checkUnfit} from './image-flags.js'
import {imagePlaces, imageUse, manifestJson, type ImageJson} from './image-lab.js'
import {givenShadow, type RootPassword} from './image-password.js'
import {checkSource, type LocalFile} from './image-source.js'
import {checkWanted, flagsOf, type NewImage} from './new-image.js'
import {recoverUnderLock} from './recover-lab.js'
import {refreshBootFiles} from './refresh-boot-files.js'
import {refuseTaken, swapIn} from './swap-image.js'

export type AddImageOptions = {
  readonly dryRun: boolean
  readonly signal?: AbortSignal
  readonly onProgress?: (step: string) => void
  readonly now: () => Date
  /** A whole number below its argument, fit for secrets. */
  readonly random: (below: number) => number
  /** How the lab was opened, to change its settings. */
  readonly labOptions: OpenLabOptions
}

export type AddedImage = {
  readonly image: ImageJson & Pick<ImageManifest, 'boot'> & {readonly files: readonly {readonly path: string; readonly sizeBytes: number}[]}
  /** The root password that was made up; it is told this once and stored nowhere. */
  readonly rootPassword?: string
  readonly replaced: boolean
  readonly dryRun: boolean
  readonly warnings: readonly string[]
}

export async function addImage(lab: Lab, wanted: NewImage, options: AddImageOptions): Promise<AddedImage> {
  await checkWanted(wanted)
  const places = imagePlaces(lab)
  const notes = await cleanStagings(places)
  if (wanted.name !== undefined) await refuseTaken(places.images, wanted.name, wanted)
  if (wanted.isDefault) await checkDefault(lab, wanted, options)
  const work = workOf(options)
  return withFiles(lab, [wanted.source, ...wanted.initrds], work, async ([source, ...initrds]) => {
    if (source === undefined) throw new Error('broken invariant: there is always a source')
    const sha256 = await checkSource(source, wanted.checksum, work)
    return withStaging(places, async (staging) => {
      const added = await withWorkshop(staging, work, (workshop) =>
        importInto(lab, {wanted, source, sha256, initrds}, {staging, workshop, options}),
      )
      return {...added, warnings: [...notes, ...added.warnings]}
    })
  })
}

/** Fetches those that are addresses, one after the other, and removes them when `use` has ended well. */
async function withFiles<T>(
  lab: Lab,
  sources: readonly string[],
  work: Work,
  use: (files: readonly LocalFile[]) => Promise<T>,
): Promise<T> {
  const [first, ...rest] = sources
  if (first === undefined) return use([])
  const next = (file: LocalFile): Promise<T> => withFiles(lab, rest, work, (files) => use([file, ...files]))
  if (!isUrl(first)) return next({path: resolve(first), name: first, origin: resolve(first)})
  const folder = join(imagePlaces(lab).state, 'downloads')
  return withDownload(first, folder, work, ({path, fileName, remove}) => next({path, name: fileName, origin: publicUrl(first), remove}))
}

async function withWorkshop<T>(staging: Staging, work: Work, use: (workshop: Workshop) => Promise<T>): Promise<T> {
  const workshop: Workshop = {newPath: staging.newPath, closing: [], work}
  try {
    return await use(workshop)
  } finally {
    for (const close of workshop.closing.reverse()) await close().catch(() => undefined)
  }
}

type Sources = {
  readonly wanted: NewImage
  readonly source: LocalFile
  readonly sha256: string | undefined
  readonly initrds: readonly LocalFile[]
}
type Means = {readonly staging: Staging; readonly workshop: Workshop; readonly options: AddImageOptions}

async function importInto(lab: Lab, sources: Sources, {staging, workshop, options}: Means): Promise<AddedImage> {
  const {wanted, source, sha256} = sources
  const {images} = imagePlaces(lab)
  const {plan: found, name} = await planImport(sources, workshop)
  await refuseTaken(images, name, wanted)
  const {plan, password} = await withRootPassword(found, wanted.rootPassword, options)
  const title = wanted.title ?? plan.title
  const origin = {
    title,
    source: source.origin,
    ...(sha256 === undefined ? {} : {sourceSha256: sha256}),
    addedAt: options.now().toISOString(),
  }
  const replaced = (await findImage(images, name)) !== undefined
  if (options.dryRun)
    return answer(lab, {
      name,
      plan,
      manifest: {format: 1, type: plan.type, ...versionOf(plan), ...origin, boot: plan.boot, files: {}},
      replaced,
      dryRun: true,
    })
  const {manifest, warnings} = await placeImage(staging.image, plan, origin, workshop.work)
  checkInterrupt(workshop.work)
  await withLock(lab.lockPath, {onWait: () => options.onProgress?.('waiting for another pxectl that is changing this lab')}, async () => {
    warnings.push(...(await recoverUnderLock(lab)))
    await refuseTaken(images, name, wanted)
    await swapIn(images, name, staging)
  })
  warnings.push(...(wanted.isDefault ? await makeDefault(name, options) : await refreshBootFiles(lab)))
  const added = await answer(lab, {name, plan: {...plan, warnings}, manifest, replaced, dryRun: false})
  return {
    ...added,
    image: {...added.image, isDefault: added.image.isDefault || wanted.isDefault},
    ...(password === undefined ? {} : {rootPassword: password}),
  }
}

async function planImport({wanted, source, initrds}: Sources, workshop: Workshop): Promise<{plan: ImagePlan; name: string}> {
  const {type, platform, kickstart, bootArgs} = wanted
  workshop.work.onProgress?.(`looking into ${source.name}`)
  const opened = await openSource(source.path, source.name, workshop)
  const wishes = {
    ...(type === undefined ? {} : {type}),
    initrds: await Promise.all(initrds.map((file): Promise<SourceFile> => diskFile(file.path, file.name))),
    smartos: {options: smartosOptions(wanted.smartos), ...(platform === undefined ? {} : {platform})},
    ...(kickstart === undefined ? {} : {kickstart}),
    ...(bootArgs === undefined ? {} : {bootArgs}),
  }
  const plan = await recogniseImage(opened, wishes, workshop)
  checkUnfit(plan, flagsOf(wanted))
  return {plan, name: wanted.name ?? plan.name}
}

async function withRootPassword(
  plan: ImagePlan,
  wanted: RootPassword,
  {dryRun, random}: AddImageOptions,
): Promise<{plan: ImagePlan; password?: string}> {
  const {boot} = plan
  if (boot.kind !== 'smartos' || dryRun) return {plan}
  const {rootShadow, password} = await givenShadow(wanted, random)
  if (rootShadow === undefined) return {plan}
  return {plan: {...plan, boot: {...boot, options: {...boot.options, rootShadow}}}, ...(password === undefined ? {} : {password})}
}

type Outcome = {
  readonly name: string
  readonly plan: ImagePlan
  readonly manifest: ImageManifest
  readonly replaced: boolean
  readonly dryRun: boolean
}

async function answer(lab: Lab, {name, plan, manifest, replaced, dryRun}: Outcome): Promise<AddedImage> {
  const use = await imageUse(lab, name)
  const files = plan.files.map(({path, sizeBytes}) => ({path, sizeBytes}))
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0)
  return {
    image: {name, origin: 'imported', ...manifestJson(manifest), sizeBytes, ...use, boot: manifest.boot, files},
    replaced,
    dryRun,
    warnings: plan.warnings,
  }
}

/** A default that cannot be set is no reason to find out after an hour of fetching. */
async function checkDefault(lab: Lab, wanted: NewImage, {labOptions}: AddImageOptions): Promise<void> {
  await setSetting(labOptions, 'boot.default', wanted.name ?? 'image', true)
  if (await isWritable(lab.configPath)) return
  throw new PxectlError(`${lab.configPath} cannot be written, so no image can be made the default; nothing was imported`, {
    code: 'FILE_FORBIDDEN',
    kind: 'environment',
    details: {path: lab.configPath},
    suggestions: [`look at the owner and mode: ls -l ${lab.configPath}`, 'leave --default out'],
  })
}

async function makeDefault(name: string, {labOptions}: AddImageOptions): Promise<readonly string[]> {
  try {
    return (await setSetting(labOptions, 'boot.default', name, false)).warnings
  } catch (error) {
    throw new PxectlError(`the image ${name} is in place, but it could not be made the default`, {
      code: 'DEFAULT_NOT_SET',
      kind: 'environment',
      details: {image: name},
      suggestions: [`pxectl config set boot.default ${name}`],
      cause: error,
    })
  }
}

function versionOf({version}: ImagePlan): {version?: string} {
  return version === undefined ? {} : {version}
}

function workOf({signal, onProgress}: AddImageOptions): Work {
  return {...(signal === undefined ? {} : {signal}), ...(onProgress === undefined ? {} : {onProgress})}
}
