// What is to be done for a root, as data: the steps in their order, each a command line in a room of its own. `--dry-run` prints it.
import {join} from 'node:path'
import type {CommandLine} from '../system/exec.js'
import {isMounted} from './style.js'
import {SQUASHFS_NAME, TREE_NAME} from './manifest.js'
import {EXCLUDED} from './packages.js'
import type {WorkPlaces} from './places.js'
import {enterRoom, layerOptions, type RoomKind} from './room.js'
import {
  APPEND,
  COPY,
  CUSTOMISE,
  DEBOOTSTRAP,
  EXPORT,
  FINISHED,
  IMPORT,
  INITRAMFS_TITLE,
  INSTALL,
  PACK,
  SHELL,
  UNPACK,
  UPGRADE,
} from './scripts.js'
import type {RootSpec} from './spec.js'

export type StepId = 'packages' | 'copy' | 'unpack' | 'install' | 'customise' | 'upgrade' | 'pack' | 'export' | 'import'

export type Step = {
  readonly id: StepId
  /** A fragment for people, e.g. "install the packages". */
  readonly title: string
  readonly command: CommandLine
  /** The password's hash goes to its stdin, and is no part of the plan. */
  readonly takesPassword: boolean
}

/** How this system builds. */
export type Means = {
  readonly room: RoomKind
  readonly builder: 'mmdebstrap' | 'debootstrap'
  /** Can a tree be laid over its template (overlayfs)? Otherwise it is a full copy. */
  readonly layers: boolean
}

/** What the tree needs that its packages do not bring (netboot-files.ts). */
export type TreeChanges = {readonly removed: readonly string[]; readonly emptied: readonly string[]}

/** Nothing that ends by itself takes longer; on an old disk with a slow mirror an hour is not rare. */
const LIMIT_MS = 6 * 3_600_000

/** The last step of every build, which no program does. */
export const PLACE_TITLE = 'put it in place'

/** What people see done for these steps, in order. */
export function stepTitles(steps: readonly Pick<Step, 'id' | 'title'>[]): string[] {
  const parts = ({id, title}: Pick<Step, 'id' | 'title'>): string[] =>
    id === 'customise' || id === 'upgrade' ? [title, INITRAMFS_TITLE] : [title]
  return [...steps.flatMap(parts), PLACE_TITLE]
}

/** The packages, unpacked and installed into `places.tree`. */
export function packagesStep(spec: RootSpec, places: WorkPlaces, means: Means): Step {
  const build = means.builder === 'mmdebstrap' ? mmdebstrap(spec, places) : debootstrap(spec, places)
  return step('packages', `install the packages of ${spec.suite}`, means.room, build)
}

/** From a finished template (its folder), or from the packages that are in `places.tree` already, to a root. */
export function rootSteps(
  spec: RootSpec,
  template: {readonly folder: string; readonly lacks: readonly string[]} | undefined,
  places: WorkPlaces,
  {means, changes}: {readonly means: Means; readonly changes: TreeChanges},
): Step[] {
  const from = template === undefined ? undefined : join(template.folder, TREE_NAME)
  const lower = from !== undefined && means.layers && !isMounted(spec.style) ? from : undefined
  const tree = {TREE: places.tree, ...layer(lower, places, means)}
  const run = (id: StepId, title: string, script: string, environment: Readonly<Record<string, string>>, takesPassword = false): Step =>
    step(id, title, means.room, inShell(script, environment), takesPassword)
  return [
    ...(from === undefined || lower !== undefined ? [] : [run('copy', 'copy the template', COPY, {FROM: from, TREE: places.tree})]),
    ...(template === undefined || template.lacks.length === 0
      ? []
      : [
          run('install', `install ${template.lacks.join(' ')}`, INSTALL, {
            ...tree,
            ARCHIVES: places.archives,
            PACKAGES: template.lacks.join(' '),
          }),
        ]),
    run('customise', 'make it a root', CUSTOMISE, {...tree, ...customisation(spec, places, changes)}, true),
    ...packSteps(spec, tree, places, means),
  ]
}

/** The packages of a finished root upgraded in a copy of it: of its tree, or of its squashfs. */
export function updateSteps(
  spec: Pick<RootSpec, 'style'>,
  from: {readonly tree: string} | {readonly squashfs: string},
  places: WorkPlaces,
  {means, changes}: {readonly means: Means; readonly changes: TreeChanges},
): Step[] {
  const copy =
    'tree' in from
      ? step('copy', 'copy the tree', means.room, inShell(COPY, {FROM: from.tree, TREE: places.tree}))
      : unpackStep(from.squashfs, places, means)
  const tree = {TREE: places.tree}
  const upgrade = {...tree, ARCHIVES: places.archives, FILES: places.files, OUT: places.out, ...changesOf(changes)}
  return [copy, step('upgrade', 'upgrade the packages', means.room, inShell(UPGRADE, upgrade)), ...packSteps(spec, tree, places, means)]
}

/** A program of the user's in a tree, or in a copy of a squashfs, which is finished and packed when it ends well. */
export function shellCommand(tree: string, command: readonly string[], room: RoomKind): CommandLine {
  const {file, args} = inShell(SHELL, {TREE: tree})
  return enterRoom(room, {file, args: [...args, 'sh', ...(command.length === 0 ? ['/bin/bash', '-l'] : command)]}, {watched: true})
}

/** Before a shell: the squashfs as a tree. After it: all that a build ends with, and the squashfs anew. */
export function reworkSteps(
  spec: Pick<RootSpec, 'style'>,
  squashfs: string,
  places: WorkPlaces,
  {means, changes}: {readonly means: Means; readonly changes: TreeChanges},
): {readonly before: readonly Step[]; readonly after: readonly Step[]} {
  const tree = {TREE: places.tree}
  const finish = inShell(FINISHED, {...tree, FILES: places.files, OUT: places.out, ...changesOf(changes)})
  return {
    before: [unpackStep(squashfs, places, means)],
    after: [step('customise', 'make it a root again', means.room, finish), ...packSteps(spec, tree, places, means)],
  }
}

function unpackStep(squashfs: string, places: WorkPlaces, {room}: Means): Step {
  return step('unpack', 'unpack the squashfs', room, inShell(UNPACK, {FROM: squashfs, TREE: places.tree}))
}

export const RECORD_IN_ARCHIVE = 'root/root.json'

/** A root's two folders into one archive; `format` is an option of tar(1), or empty. */
export function exportStep(
  from: {readonly root: string; readonly boot: string},
  to: {readonly path: string; readonly format: string},
  room: RoomKind,
): Step {
  const environment = {ROOT: from.root, BOOT: from.boot, OUT: to.path, FORMAT: to.format, FIRST: RECORD_IN_ARCHIVE}
  return step('export', 'write the archive', room, inShell(EXPORT, environment))
}

/** Such an archive into an empty folder. */
export function importStep(file: string, folder: string, room: RoomKind): Step {
  return step('import', 'unpack the archive', room, inShell(IMPORT, {FILE: file, TREE: folder}))
}

function packSteps({style}: Pick<RootSpec, 'style'>, tree: Readonly<Record<string, string>>, places: WorkPlaces, means: Means): Step[] {
  if (isMounted(style)) return []
  const isInside = style === 'ramdisk'
  const environment = {...tree, OUT: places.out, ...(isInside ? {KEEP: join(places.partial, SQUASHFS_NAME)} : {})}
  return [step('pack', 'pack the squashfs', means.room, inShell(isInside ? `${PACK}${APPEND}` : PACK, environment))]
}

function layer(lower: string | undefined, places: WorkPlaces, {room}: Means): Record<string, string> {
  return lower === undefined ? {} : {LOWER: lower, UPPER: places.upper, WORK: places.work, LAYER_OPTIONS: layerOptions(room)}
}

function customisation(spec: RootSpec, places: WorkPlaces, changes: TreeChanges): Record<string, string> {
  return {
    LOGIN: spec.user,
    LOCALE: spec.locale,
    ZONE: spec.timezone,
    FILES: places.files,
    OUT: places.out,
    ...(spec.sshKeys.length === 0 ? {} : {KEYS: places.keys}),
    ...(spec.hooks === undefined ? {} : {HOOKS: spec.hooks}),
    ...changesOf(changes),
  }
}

function changesOf({removed, emptied}: TreeChanges): Record<string, string> {
  return {REMOVED: removed.join(' '), EMPTIED: emptied.join(' ')}
}

/** mmdebstrap would hear of a package that is not there only when the base system is installed, minutes later. */
function packageCheck(packages: readonly string[]): string {
  const apt = 'APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -q'
  return `${apt} update -o APT::Update::Error-Mode=any && ${apt} --simulate --no-install-recommends install ${packages.join(' ')} >/dev/null`
}

/** mmdebstrap as root of the room. Downloaded packages lie in a folder of ours, so that an interrupted build does not fetch them again. */
function mmdebstrap(spec: RootSpec, places: WorkPlaces): CommandLine {
  const cache = '"$1/var/cache/apt/archives"'
  return {
    file: 'env',
    args: [
      'INITRD=No',
      `ARCHIVES=${places.archives}`,
      'mmdebstrap',
      '--mode=root',
      '--format=directory',
      '--variant=minbase',
      '--verbose',
      `--architectures=${spec.arch}`,
      `--include=${packagesOf(spec).join(',')}`,
      ...['force-unsafe-io', 'force-confold', ...EXCLUDED].map((option) => `--dpkgopt=${option}`),
      '--aptopt=Acquire::Retries "3"',
      '--skip=essential/unlink,download/empty',
      `--setup-hook=${packageCheck(packagesOf(spec))}`,
      `--setup-hook=mkdir -p ${cache} && mount --bind "$ARCHIVES" ${cache}`,
      `--customize-hook=umount ${cache}`,
      spec.suite,
      places.tree,
      ...spec.sources,
    ],
  }
}

/** debootstrap knows no virtual packages and no second source, so all beyond its base is installed by apt. */
function debootstrap(spec: RootSpec, places: WorkPlaces): CommandLine {
  const [, , ...components] = (spec.sources[0] ?? '').split(' ').slice(1)
  const base = {
    TREE: places.tree,
    ARCHIVES: places.archives,
    ARCH: spec.arch,
    SUITE: spec.suite,
    MIRROR: spec.mirror,
    COMPONENTS: components.join(','),
    SOURCES: spec.sources.join('\n'),
    DPKG_OPTIONS: EXCLUDED.join('\n'),
  }
  return inShell(`${DEBOOTSTRAP}\n${INSTALL}`, {...base, PACKAGES: packagesOf(spec).join(' ')})
}

/** All packages that are named, each once. */
export function packagesOf(spec: Pick<RootSpec, 'basePackages' | 'packages'>): string[] {
  return [...new Set([...spec.basePackages, ...spec.packages])]
}

function inShell(script: string, environment: Readonly<Record<string, string>>): CommandLine {
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
  return {file: 'env', args: [...settings, 'sh', '-c', script]}
}

function step(id: StepId, title: string, room: RoomKind, command: CommandLine, takesPassword = false): Step {
  return {id, title, command: {...enterRoom(room, command), timeoutMs: LIMIT_MS}, takesPassword}
}
