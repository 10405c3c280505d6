// Loads the addons of native/, which `npm run build` makes where it can. None is ever needed: there is always another way to do it.
import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {messageOf} from '../errors.js'

/** What every addon exports. */
export type AddonBase = {
  readonly version: number
  /** Throws where the system does not have what it takes. */
  check(): void
}

/** Why there may be no addon is a normal answer, not an error. */
export type LoadedAddon<Addon> = {readonly kind: 'loaded'; readonly addon: Addon} | {readonly kind: 'unavailable'; readonly reason: string}

export type AddonPlace = {
  /** Without .node. */
  readonly name: string
  /** The version of the exports that the caller knows. */
  readonly version: number
  /** Default: where the build puts it. */
  readonly path?: string | undefined
}

/** Loads an addon whose exports are as `Addon` says. */
export function loadAddon<Addon extends AddonBase>({name, version, path}: AddonPlace): LoadedAddon<Addon> {
  const builtPath = `dist/native/${name}.node`
  try {
    const require = createRequire(import.meta.url)
    const addon = require(path ?? join(packageRoot(require), builtPath)) as Addon
    if (addon.version !== version) return {kind: 'unavailable', reason: `${builtPath} is of another version: npm run build`}
    addon.check()
    return {kind: 'loaded', addon}
  } catch (error) {
    return {kind: 'unavailable', reason: messageOf(error).split('\n', 1)[0] ?? ''}
  }
}

/** From an addon's clock, which is that of process.hrtime, to performance.now. */
export const HRTIME_TO_NOW_MS = performance.now() - Number(process.hrtime.bigint()) / 1e6

/** The nearest folder above with a package.json: the bundler moves this module about below it. */
function packageRoot(require: NodeJS.Require): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  for (;;) {
    try {
      return dirname(require.resolve(join(folder, 'package.json')))
    } catch (error) {
      if (dirname(folder) === folder) throw error
      folder = dirname(folder)
    }
  }
}
