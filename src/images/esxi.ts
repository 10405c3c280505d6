// VMware ESXi 5 and later: an installer medium whose boot.cfg lists what mboot loads. Names are made relative and lower-case, since
// the media spell them /S.V00 here and s.v00 there, and TFTP servers tell the two apart.
//
//   kernel=/b.b00
//   kernelopt=runweasel cdromBoot
//   modules=/jumpstrt.gz --- /useropts.gz --- /features.gz
//   build=7.0.3-0.0.18644231
import {PxectlError} from '../errors.js'
import {imageNameOf} from './image-name.js'
import {planFile, planText, type ImagePlan, type PlannedFile} from './plan.js'
import {findText, getFile, likelyTops, type SourceTree} from './tree.js'

export type EsxiWishes = {
  /** The address of a kickstart file, for `ks=`. */
  readonly kickstart?: string
  /** More words for the kernel. */
  readonly bootArgs?: string
}

type BootConfig = ReadonlyMap<string, string>

/** The installer in these volumes, or undefined. Throws IMAGE_INCOMPLETE where files that boot.cfg names are missing. */
export async function findEsxi(volumes: readonly SourceTree[], wishes: EsxiWishes): Promise<ImagePlan | undefined> {
  for (const volume of volumes) {
    for (const tree of await likelyTops(volume)) {
      const text = await findText(tree, 'boot.cfg')
      const config = text === undefined ? undefined : parseBootConfig(text)
      if (config?.has('kernel') === true && config.has('modules')) return planEsxi(tree, config, wishes)
    }
  }
  return undefined
}

async function planEsxi(tree: SourceTree, config: BootConfig, wishes: EsxiWishes): Promise<ImagePlan> {
  const kernel = plainName(config.get('kernel') ?? '', config)
  const modules = (config.get('modules') ?? '')
    .split(/\s+---\s+/)
    .filter((module) => module.trim() !== '')
    .map((module) => splitModule(module, config))
  const wanted = [...new Set([kernel, ...modules.map(({name}) => name)])]
  const files = await planAll(tree, wanted)
  const bios = await planFirst(tree, ['mboot.c32'], 'mboot.c32')
  const uefi = await planFirst(tree, ['efi/boot/bootx64.efi', 'efi/boot/boot.efi', 'mboot.efi'], 'mboot.efi')
  // mboot.efi of 7.0 and later loads it from its own folder, to check signatures.
  const crypto = await planFirst(tree, ['efi/boot/crypto64.efi', 'crypto64.efi'], 'crypto64.efi')
  if (bios === undefined && uefi === undefined) await getFile(tree, 'mboot.c32', 'ESXi')
  const rendered = renderBootConfig(config, kernel, modules, wishes)
  const build = config.get('build')
  const version = build === undefined || build === '' ? undefined : build
  return {
    type: 'esxi',
    name: version === undefined ? 'esxi' : imageNameOf(`esxi-${version}`),
    title: version === undefined ? 'VMware ESXi installer' : `VMware ESXi ${version} installer`,
    ...(version === undefined ? {} : {version}),
    boot: {
      kind: 'esxi',
      config: 'boot.cfg',
      ...(bios === undefined ? {} : {bios: bios.path}),
      ...(uefi === undefined ? {} : {uefi: uefi.path}),
    },
    files: [planText('boot.cfg', rendered), ...files, ...[bios, uefi, crypto].filter((file) => file !== undefined)],
    warnings: [
      ...(bios === undefined ? ['the medium has no mboot.c32: machines with BIOS cannot boot it'] : []),
      ...(uefi === undefined ? ['the medium has no efi/boot/bootx64.efi: machines with UEFI cannot boot it'] : []),
    ],
  }
}

async function planAll(tree: SourceTree, names: readonly string[]): Promise<PlannedFile[]> {
  const files: PlannedFile[] = []
  const missing: string[] = []
  for (const name of names) {
    const file = await tree.find(name)
    if (file === undefined) missing.push(name)
    else files.push(planFile(name, file))
  }
  if (missing.length === 0) return files
  throw new PxectlError(`boot.cfg of ${tree.name} names files that are not there: ${missing.join(', ')}; nothing was imported`, {
    code: 'IMAGE_INCOMPLETE',
    kind: 'invalidData',
    details: {source: tree.name, missing},
    suggestions: ['fetch the source again, and compare its checksum with the one it is published with'],
  })
}

async function planFirst(tree: SourceTree, places: readonly string[], path: string): Promise<PlannedFile | undefined> {
  for (const place of places) {
    const file = await tree.find(place)
    if (file !== undefined) return planFile(path, file)
  }
  return undefined
}

/** `key=value` lines; keys are lower-case. The last of two counts. */
function parseBootConfig(text: string): BootConfig {
  const lines = text.split(/\r?\n/).map((line) => /^\s*(\w+)\s*=(.*)$/.exec(line))
  return new Map(lines.flatMap((line) => (line === null ? [] : [[(line[1] ?? '').toLowerCase(), (line[2] ?? '').trim()] as const])))
}

/** The keys in their order, with names as they are placed. `prefix` is left to the menus: it says where the image lies. */
function renderBootConfig(config: BootConfig, kernel: string, modules: readonly Module[], {kickstart, bootArgs}: EsxiWishes): string {
  // With cdromBoot the installer looks for its medium in a drive.
  const given = (config.get('kernelopt') ?? '')
    .split(/\s+/)
    .filter((word) => word !== 'cdromBoot' && (kickstart === undefined || !/^ks=/.test(word)))
  const kernelopt = [...given, kickstart === undefined ? '' : `ks=${kickstart}`, (bootArgs ?? '').trim()]
    .filter((word) => word !== '')
    .join(' ')
  const changed: Readonly<Record<string, string>> = {
    kernel,
    kernelopt,
    modules: modules.map(({name, args}) => `${name}${args}`).join(' --- '),
  }
  const keys = [...new Set([...config.keys(), 'kernelopt'])].filter((key) => key !== 'prefix')
  return `${keys.map((key) => `${key}=${changed[key] ?? config.get(key) ?? ''}`).join('\n')}\n`
}

type Module = {readonly name: string; /** With the space before them. */ readonly args: string}

function splitModule(text: string, config: BootConfig): Module {
  const [name = '', ...args] = text.trim().split(/\s+/)
  return {name: plainName(name, config), args: args.map((word) => ` ${word}`).join('')}
}

/** A name below the image's folder; throws IMAGE_INCOMPLETE for one that leads out of it. */
function plainName(text: string, config: BootConfig): string {
  const prefix = (config.get('prefix') ?? '').replace(/^\/+|\/+$/g, '')
  const parts = `${text.startsWith('/') || prefix === '' ? '' : `${prefix}/`}${text}`
    .toLowerCase()
    .split('/')
    .filter((part) => part !== '' && part !== '.')
  const name = parts.join('/')
  if (parts.length > 0 && !parts.includes('..') && /^[\w./+~-]+$/.test(name)) return name
  throw new PxectlError(`boot.cfg names "${text}", which is no file below the medium's folder; nothing was imported`, {
    code: 'IMAGE_INCOMPLETE',
    kind: 'invalidData',
    details: {name: text},
    suggestions: ['look at boot.cfg of the source'],
  })
}
