// Images of a lab file: imported where they are missing or were imported from something else.
import {readCatalog} from '../images/catalog.js'
import {isUrl} from '../images/fetch.js'
import type {ImageType} from '../images/manifest.js'
import type {ImageSpec} from '../lab-file/spec.js'
import {openLab} from '../lab/open-lab.js'
import {addImage} from './add-image.js'
import {setSetting} from './edit-settings.js'
import {imagePlaces} from './image-lab.js'
import {atOnce} from './at-once.js'
import {abandoned, attempt, differences, type LabPart, type PartChange, type PartContext, type PartMeans} from './lab-part.js'
import type {NewImage} from './new-image.js'
import {requireFiles} from './require-files.js'
import {removeImage} from './remove-image.js'

/** Images that are imported at the same time. */
const AT_ONCE = 3

export const imagesPart: LabPart = {
  kind: 'image',

  async plan(context) {
    const present = await presentImages(context)
    const changes = context.spec.images.flatMap((spec): PartChange[] => {
      const wanted = describe(spec)
      if (!present.has(spec.name)) return [{kind: 'image', name: spec.name, action: 'create', values: differences({}, wanted)}]
      const record = context.made.find(({kind, name}) => kind === 'image' && name === spec.name)
      // An image that was there before is taken as it is; only its user knows what it was made from.
      if (record === undefined || record.state === '') return []
      const values = differences(JSON.parse(record.state) as Record<string, string | null>, wanted)
      return values.length === 0 ? [] : [{kind: 'image', name: spec.name, action: 'change', values}]
    })
    const toImport = context.spec.images.filter(({name}) => changes.some((change) => change.name === name))
    await requireFiles(
      toImport.flatMap(({name, source, initrds, rootPasswordFile, place}) =>
        [source, ...initrds, ...(rootPasswordFile === undefined ? [] : [rootPasswordFile])]
          .filter((path) => !isUrl(path))
          .map((path) => ({what: `images.${name}`, path, place})),
      ),
    )
    const names = context.spec.images.map(({name}) => name)
    const gone = abandoned(context, 'image', names).filter(({name}) => present.has(name))
    return {
      changes: [...changes, ...gone.map(({name}): PartChange => ({kind: 'image', name, action: 'remove', values: []}))],
      unchanged: names.length - changes.length,
      warnings: [],
    }
  },

  async apply(means, changes) {
    const warnings: string[] = []
    // Downloads wait for the network most of the time; removals are one change of boot.default after the other.
    const limit = changes.every(({action}) => action !== 'remove') ? AT_ONCE : 1
    await atOnce(limit, changes, async (change) => {
      warnings.push(...(await attempt(means, change, () => carryOut(means, change))))
    })
    return warnings
  },
}

async function carryOut(means: PartMeans, {name, action}: PartChange): Promise<readonly string[]> {
  if (action === 'remove') return removeOurs(means, name)
  const spec = means.spec.images.find((image) => image.name === name)
  if (spec === undefined) return []
  if (action === 'create') await means.claim('image', name, '')
  const {signal, now, random, labOptions, onProgress} = means
  const added = await addImage(means.lab, newImage(spec, action === 'change'), {
    dryRun: false,
    now,
    random,
    labOptions,
    onProgress: (step) => onProgress(`${name}: ${step}`),
    ...(signal === undefined ? {} : {signal}),
  })
  await means.claim('image', name, JSON.stringify(describe(spec)))
  const {rootPassword} = added
  return [...added.warnings, ...(rootPassword === undefined ? [] : [`root password of ${name} (shown this once): ${rootPassword}`])]
}

/** An image that other hosts boot stays; the lab file's own default is not to keep it. */
async function removeOurs({lab, labOptions, disclaim, onProgress}: PartMeans, name: string): Promise<readonly string[]> {
  const isDefault = lab.settings.boot.default === name
  const notes = isDefault ? (await setSetting(labOptions, 'boot.default', 'local', false)).warnings : []
  const current = isDefault ? await openLab(labOptions) : lab
  try {
    const {warnings} = await removeImage(current, name, {force: false, dryRun: false, onProgress})
    await disclaim('image', name)
    return [...notes, ...warnings]
  } finally {
    if (current !== lab) await current.close()
  }
}

async function presentImages({lab}: PartContext): Promise<ReadonlySet<string>> {
  return new Set(lab === undefined ? [] : (await readCatalog(imagePlaces(lab).images)).map(({name}) => name))
}

/** What decides whether an image must be imported again; texts and no secrets. */
function describe(spec: ImageSpec): Record<string, string | null> {
  const {source, checksum, type, title, initrds, bootArgs, kickstart, platform, console, properties, rootPasswordFile} = spec
  const flags = (['noimport', 'standalone', 'kmdb', 'kernelVerbose'] as const).filter((flag) => spec[flag])
  return {
    source,
    checksum: checksum ?? null,
    type: type ?? null,
    title: title ?? null,
    initrd: initrds.join(' ') || null,
    'boot-args': bootArgs ?? null,
    kickstart: kickstart ?? null,
    platform: platform ?? null,
    console: console ?? null,
    flags: flags.join(' ') || null,
    properties: properties.join(' ') || null,
    'root-password-file': rootPasswordFile ?? null,
  }
}

function newImage(spec: ImageSpec, replace: boolean): NewImage {
  const {name, source, initrds, checksum, type, title, bootArgs, kickstart, platform, console, rootPasswordFile} = spec
  return {
    source,
    initrds,
    name,
    ...(type === undefined ? {} : {type: type as ImageType}),
    ...(checksum === undefined ? {} : {checksum}),
    ...(title === undefined ? {} : {title}),
    ...(bootArgs === undefined ? {} : {bootArgs}),
    ...(kickstart === undefined ? {} : {kickstart}),
    ...(platform === undefined ? {} : {platform}),
    replace,
    // The setting boot.default is a part of its own.
    isDefault: false,
    smartos: {
      ...(console === undefined ? {} : {console: console as NonNullable<NewImage['smartos']['console']>}),
      noimport: spec.noimport,
      standalone: spec.standalone,
      kmdb: spec.kmdb,
      verbose: spec.kernelVerbose,
      properties: spec.properties,
    },
    rootPassword: rootPasswordFile === undefined ? {kind: 'generate'} : {kind: 'file', path: rootPasswordFile},
  }
}
