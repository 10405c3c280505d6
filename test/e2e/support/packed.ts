// The package as users get it: packed from what is built, and installed with `npm i -g` into a prefix of its own.
import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {mustRun} from './programs.js'
import {projectFolder} from './program.js'

export type Packed = {
  /** The archive that `npm pack` made. */
  readonly archive: string
  /** Every file in it, below the folder of the package. */
  readonly files: readonly string[]
}

/** Packs without building again: other tests use what is built. */
export async function pack(folder: string): Promise<Packed> {
  await mkdir(folder, {recursive: true})
  const words = ['npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', folder]
  const [packed] = JSON.parse(await mustRun(words, {cwd: projectFolder})) as {filename: string; files: {path: string}[]}[]
  if (packed === undefined) throw new Error('npm pack made nothing')
  return {archive: join(folder, packed.filename), files: packed.files.map(({path}) => path)}
}

export type Installed = {
  /** The folder of `pxectl`, for PATH. */
  readonly bin: string
  readonly manual: string
  /** The package itself, with its dependencies in node_modules. */
  readonly package: string
}

/** `npm i -g` into `prefix`; npm's own cache may help. */
export async function installGlobally({archive}: Packed, prefix: string): Promise<Installed> {
  await mustRun(['npm', 'install', '--global', '--prefix', prefix, '--no-audit', '--no-fund', archive], {timeoutMs: 280_000})
  return {bin: join(prefix, 'bin'), manual: join(prefix, 'share/man'), package: join(prefix, 'lib/node_modules/pxectl')}
}
