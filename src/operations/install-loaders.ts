// Puts boot loaders and their modules into the TFTP root, from the system's packages or from a folder.
//
// A different file of the same name is replaced, because that is how loaders are updated; the first one that was there, which
// may be somebody's own build, stays beside it as NAME.old.
import {join} from 'node:path'
import {type LoaderFile, loaderFiles} from '../boot/loaders.js'
import {PxectlError} from '../errors.js'
import {findNearest} from '../net/nearest.js'
import {copyAtomic, fileExists, findBytes, makeFolder, readBytes} from '../system/files.js'
import {findLoaderSource, loaderFacts, type LoaderRow} from './list-loaders.js'
import {findMixedModules} from './pxelinux-modules.js'

export type InstallLoadersOptions = {
  readonly tftpRoot: string
  /** Take them from this folder instead of the packages' own. */
  readonly from?: string
  /** Only these; each must then be found. Default: all that there are. */
  readonly names?: readonly string[]
  readonly dryRun: boolean
  readonly onProgress?: (step: string) => void
}

/** One row for each loader, those that were found nowhere included. Throws LOADERS_MISSING where there is nothing to install. */
export async function installLoaders(options: InstallLoadersOptions): Promise<{loaders: LoaderRow[]; warnings: string[]}> {
  const {tftpRoot, from, names, dryRun} = options
  const wanted = names === undefined ? loaderFiles : names.map(getLoaderFile)
  const sources = await Promise.all(wanted.map((file) => findLoaderSource(file, from)))
  const missing = wanted.filter((_, index) => sources[index] === undefined)
  if (missing.length === wanted.length || (names !== undefined && missing.length > 0)) throw loadersMissing(missing, from)
  if (!dryRun) await makeFolder(tftpRoot)
  const loaders: LoaderRow[] = []
  for (const [index, file] of wanted.entries()) {
    const source = sources[index]
    loaders.push(source === undefined ? missingRow(file) : await installLoader(file, source, options))
  }
  const mixed = dryRun ? [] : await findMixedModules(tftpRoot)
  return {loaders, warnings: [...(from === undefined ? missingPackages(missing) : []), ...mixed]}
}

async function installLoader(file: LoaderFile, source: string, options: InstallLoadersOptions): Promise<LoaderRow> {
  const {name, purpose, package: from} = file
  const target = join(options.tftpRoot, name)
  const wanted = await readBytes(source)
  const current = await findBytes(target)
  const row = {name, purpose, ...loaderFacts(wanted), source, package: from}
  if (current?.equals(wanted) === true) return {...row, state: 'unchanged'}
  options.onProgress?.(name)
  const previous = `${target}.old`
  const keep = current !== undefined && !(await fileExists(previous))
  if (!options.dryRun) {
    if (keep) await copyAtomic(target, previous)
    await copyAtomic(source, target, 0o644)
  }
  return {...row, state: current === undefined ? 'installed' : 'replaced', ...(keep ? {previous} : {})}
}

function missingRow({name, purpose, package: from}: LoaderFile): LoaderRow {
  return {name, purpose, state: 'missing', package: from}
}

function getLoaderFile(name: string): LoaderFile {
  const file = loaderFiles.find((candidate) => candidate.name === name)
  if (file !== undefined) return file
  const names = loaderFiles.map((candidate) => candidate.name)
  const nearest = findNearest(name, names)
  throw new PxectlError(`pxectl knows no loader "${name}"`, {
    code: 'LOADER_UNKNOWN',
    kind: 'usage',
    details: {name, loaders: names},
    suggestions: [...(nearest === undefined ? [] : [`did you mean ${nearest}?`]), 'pxectl loader list'],
  })
}

/** A package that is installed, but lacks one of its files, is no reason to warn: distributions differ. */
function missingPackages(missing: readonly LoaderFile[]): string[] {
  const whole = packagesOf(missing.filter((file) => file.isOptional !== true)).filter((name) =>
    loaderFiles.filter((file) => file.package === name).every((file) => missing.includes(file)),
  )
  return whole.map((name) => `nothing was found of the package ${name}; to have it: apt-get install ${name}`)
}

function loadersMissing(missing: readonly LoaderFile[], from: string | undefined): PxectlError {
  const names = missing.map((file) => file.name)
  const place = from === undefined ? 'in no package of this system' : `not in ${from}`
  return new PxectlError(`boot loaders are ${place}: ${names.join(', ')}; nothing was changed`, {
    code: 'LOADERS_MISSING',
    kind: from === undefined ? 'environment' : 'notFound',
    details: {loaders: names, ...(from === undefined ? {} : {from})},
    suggestions: from === undefined ? installHints(missing) : [`look at what is there: ls ${from}`],
  })
}

/** Files that no package has must come from the user's own folder. */
function installHints(missing: readonly LoaderFile[]): string[] {
  const packages = packagesOf(missing.filter((file) => file.folders.length > 0))
  const own = missing.filter((file) => file.folders.length === 0).map((file) => file.name)
  return [
    ...(packages.length === 0 ? [] : [`apt-get install ${packages.join(' ')}`]),
    ...(own.length === 0 ? [] : [`put ${own.join(', ')} into a folder of yours and name it: pxectl loader install --from DIR`]),
  ]
}

function packagesOf(files: readonly LoaderFile[]): string[] {
  return [...new Set(files.map((file) => file.package))]
}
