// SmartOS platforms: found in a platform tarball, on an ISO or USB image, or in a folder of the same, and laid out as the
// kernel needs it.
//
//   platform-20140207T053435Z/i86pc/kernel/amd64/unix   a platform tarball
//   platform/i86pc/kernel/amd64/unix                    an ISO or USB image; os/STAMP/platform/… on that of a head node
//   → images/NAME/platform/i86pc/kernel/amd64/unix      always
//
// The kernel finds its modules by the part from /platform/ on; under another path it ends with "krtld: error during initial
// load/link phase" (SmartOS netboot guide).
import type {SmartosOptions} from '../boot/image.js'
import {PxectlError} from '../errors.js'
import {imageNameOf} from './image-name.js'
import {planFile, type ImagePlan, type PlannedFile} from './plan.js'
import {findText, getFile, likelyTops, type SourceFile, type SourceTree} from './tree.js'

const UNIX = 'i86pc/kernel/amd64/unix'
const BOOT_ARCHIVE = 'i86pc/amd64/boot_archive'

/** Beside the two that boot: the archive's SHA-1, what is in it, and what it was built from. `root.password` is not served. */
const COMPANIONS = ['boot_archive.hash', 'boot_archive.manifest', 'boot_archive.gitstatus'].map((name) => `i86pc/amd64/${name}`)

/** As `20140207T053435Z`; the older form is the date alone. */
const STAMP = /\b\d{8}T\d{6}Z\b/

/** The build of a platform that does not say which it is. */
const UNKNOWN_BUILD = 'unknown'

type Platform = {
  /** The folder with `i86pc`; empty: the top of the tree. */
  readonly folder: string
  readonly tree: SourceTree
  readonly unix: SourceFile
  readonly build: string
}

export type SmartosWishes = {
  /** Which platform, where there are several; without it the newest. */
  readonly platform?: string
  readonly options: SmartosOptions
}

/** The platform in these volumes, or undefined. `sourceName` may hold the stamp. Throws IMAGE_INCOMPLETE, PLATFORM_NOT_FOUND. */
export async function findSmartos(
  volumes: readonly SourceTree[],
  sourceName: string,
  wishes: SmartosWishes,
): Promise<ImagePlan | undefined> {
  const platforms: Platform[] = []
  for (const volume of volumes) {
    for (const top of await likelyTops(volume)) {
      // A tarball's only folder is both: a platform's own, and the top of what lies in it.
      if (platforms.length === 0) platforms.push(...(await findPlatforms(top, sourceName)))
    }
  }
  const sorted = platforms.toSorted((a, b) => compareBuilds(b.build, a.build))
  const [newest] = sorted
  if (newest === undefined) return undefined
  const chosen = wishes.platform === undefined ? newest : sorted.find(({build}) => build === wishes.platform)
  if (chosen === undefined) throw platformNotFound(wishes.platform ?? '', sorted)
  return planPlatform(chosen, sorted, wishes)
}

async function findPlatforms(tree: SourceTree, sourceName: string): Promise<Platform[]> {
  const found: Platform[] = []
  for (const folder of await candidateFolders(tree)) {
    const unix = await tree.find(inFolder(folder, UNIX))
    if (unix === undefined) continue
    found.push({folder, tree, unix, build: await findBuild(tree, folder, sourceName)})
  }
  return found
}

async function candidateFolders(tree: SourceTree): Promise<string[]> {
  const names = (await tree.list('')).filter(({isFolder}) => isFolder).map(({name}) => name)
  const folders = names.filter((name) => /^platform(-.+)?$/i.test(name))
  if (names.some((name) => /^i86pc$/i.test(name))) folders.push('')
  const os = names.find((name) => name.toLowerCase() === 'os')
  if (os !== undefined) folders.push(...(await tree.list(os)).filter(({isFolder}) => isFolder).map(({name}) => `${os}/${name}/platform`))
  return folders
}

/** The folder's own name counts most: it may have been renamed to say which build it is. */
async function findBuild(tree: SourceTree, folder: string, sourceName: string): Promise<string> {
  const named = /(?:^|\/)platform-([\w.+-]+)$/i.exec(folder)?.[1] ?? /^os\/([^/]+)\/platform$/i.exec(folder)?.[1]
  if (named !== undefined) return named
  // Since 2020 a platform says it itself (piadm(8)); older media say it in the loader's menu, if anywhere.
  const places = [inFolder(folder, 'etc/version/platform'), 'etc/version/platform', 'boot/grub/menu.lst', 'boot/loader.conf']
  for (const place of places) {
    const stamp = STAMP.exec((await findText(tree, place)) ?? '')?.[0]
    if (stamp !== undefined) return stamp
  }
  return STAMP.exec(tree.label)?.[0] ?? STAMP.exec(sourceName)?.[0] ?? UNKNOWN_BUILD
}

async function planPlatform(chosen: Platform, all: readonly Platform[], {options}: SmartosWishes): Promise<ImagePlan> {
  const {folder, tree, unix, build} = chosen
  const archive = await getFile(tree, inFolder(folder, BOOT_ARCHIVE), 'SmartOS')
  const sha1 = /^\s*([0-9a-f]{40})\b/i.exec((await findText(tree, inFolder(folder, `${BOOT_ARCHIVE}.hash`))) ?? '')?.[1]
  const files: PlannedFile[] = [
    planFile(`platform/${UNIX}`, unix),
    {...planFile(`platform/${BOOT_ARCHIVE}`, archive), ...(sha1 === undefined ? {} : {saidSha1: sha1.toLowerCase()})},
  ]
  for (const companion of COMPANIONS) {
    const file = await tree.find(inFolder(folder, companion))
    if (file !== undefined) files.push(planFile(`platform/${companion}`, file))
  }
  const hash = `platform/${BOOT_ARCHIVE}.hash`
  const others = all.filter((platform) => platform !== chosen).map((platform) => platform.build)
  return {
    type: 'smartos',
    name: imageNameWith(build),
    title: build === UNKNOWN_BUILD ? 'SmartOS' : `SmartOS ${build}`,
    ...(build === UNKNOWN_BUILD ? {} : {version: build}),
    boot: {
      kind: 'smartos',
      build,
      kernel: `platform/${UNIX}`,
      bootArchive: `platform/${BOOT_ARCHIVE}`,
      ...(files.some((file) => file.path === hash) ? {bootArchiveHash: hash} : {}),
      overlays: [],
      options,
    },
    files,
    warnings:
      others.length === 0 ? [] : [`the source holds other platforms, too; to import one of them: --platform ${others.join(' or ')}`],
  }
}

/** The stamp keeps its capitals: people look for it as it is written elsewhere. */
function imageNameWith(build: string): string {
  if (build === UNKNOWN_BUILD) return 'smartos'
  return STAMP.test(build) ? `smartos-${build}` : imageNameOf(`smartos-${build}`)
}

/** Stamps sort as text; a platform without one is taken for the oldest. */
function compareBuilds(a: string, b: string): number {
  if (a === UNKNOWN_BUILD || b === UNKNOWN_BUILD) return Number(a !== UNKNOWN_BUILD) - Number(b !== UNKNOWN_BUILD)
  return a < b ? -1 : a > b ? 1 : 0
}

function inFolder(folder: string, path: string): string {
  return folder === '' ? path : `${folder}/${path}`
}

function platformNotFound(wanted: string, platforms: readonly Platform[]): PxectlError {
  const builds = platforms.map(({build}) => build)
  return new PxectlError(`there is no platform ${wanted} in the source; there are ${builds.join(', ')}; nothing was imported`, {
    code: 'PLATFORM_NOT_FOUND',
    kind: 'notFound',
    details: {platform: wanted, platforms: builds},
    suggestions: builds.map((build) => `--platform ${build}`),
  })
}
