// What menus are made from beside the host, kept up to date while a server runs: the settings, and the images in the TFTP
// root. Settings are read again when pxectl.ini has changed, images and templates once a second at most.
import {labBootFiles} from '../boot/host-files.js'
import {renderMenuLst} from '../boot/menu-lst.js'
import {type BootContext, defaultMenu} from '../boot/menu.js'
import type {Lab} from '../lab/open-lab.js'
import type {Settings} from '../lab/settings.js'
import {peekFile} from '../system/file-reader.js'
import {readBootContext} from './boot-context.js'
import {templateWarnings, withoutBrokenTemplates} from './read-templates.js'

export type MenuContext = {
  readonly boot: BootContext
  readonly settings: Settings
  /** When the settings last changed. */
  readonly changedMs: number
  /** The lab's own files by path, rendered when the first one is asked for. */
  readonly labFiles: () => ReadonlyMap<string, string>
}

export type MenuContextOptions = {
  readonly lab: Lab
  /** The settings as they are now. */
  readonly readSettings: () => Promise<Settings>
  /** What is wrong with images, by their names; each time they are looked at. */
  readonly onImageProblems?: (problems: ReadonlyMap<string, string>) => void
  /** What is wrong with the lab's templates, by their formats; each time they are looked at. */
  readonly onTemplateProblems?: (problems: ReadonlyMap<string, string>) => void
  /** Settings that cannot be read; the last good ones stay. */
  readonly onProblem: (problem: unknown) => void
  /** A clock that never goes back, in milliseconds. */
  readonly now: () => number
}

/** Looking through all images takes two system calls for each: too much for every menu, nothing for every second. */
const IMAGES_FRESH_MS = 1000

/** For those who miss an image. */
const IMAGES_FRESH_ANEW_MS = 50

type Loaded = {readonly state: string; readonly atMs: number; readonly context: Promise<MenuContext | undefined>}

/** Gives the context, or undefined in a lab without a server address, whose menus cannot be made. `anew`: an image is missing, and may have come. */
export function menuContext(options: MenuContextOptions): (anew?: boolean) => Promise<MenuContext | undefined> {
  const {lab, now} = options
  let known: {readonly state: string | undefined; readonly settings: Settings} = {state: undefined, settings: lab.settings}
  let loaded: Loaded | undefined
  const stateAtStart = peekFile(lab.configPath)?.version ?? ''

  const load = async (state: string, changedMs: number): Promise<MenuContext | undefined> => {
    if (known.state !== state) {
      // The lab was opened a while ago, so the first time counts; but a file that is as it was is no trouble to anybody.
      const onProblem = state === stateAtStart ? () => undefined : options.onProblem
      known = {state, settings: await renew({...options, onProblem}, known.settings)}
    }
    const {settings} = known
    if (settings.network.server === undefined) return undefined
    const read = await readBootContext({...lab, settings})
    const boot = withoutBrokenTemplates(read)
    options.onImageProblems?.(boot.imageProblems ?? new Map())
    options.onTemplateProblems?.(templateWarnings(read))
    let files: ReadonlyMap<string, string> | undefined
    return {boot, settings, changedMs, labFiles: () => (files ??= servedLabFiles(boot))}
  }
  return (anew = false) => {
    const config = peekFile(lab.configPath)
    const state = config?.version ?? ''
    if (loaded?.state !== state || now() - loaded.atMs > (anew ? IMAGES_FRESH_ANEW_MS : IMAGES_FRESH_MS)) {
      loaded = {state, atMs: now(), context: load(state, config?.modifiedMs ?? 0)}
    }
    return loaded.context
  }
}

/** Those that are written into the TFTP root, and the menu that nobody but a pxegrub asks for. */
function servedLabFiles(boot: BootContext): ReadonlyMap<string, string> {
  return new Map([...labBootFiles(boot), ['menu.lst', renderMenuLst(defaultMenu(boot))]])
}

/** The files are served from the folder that was opened at the start, whatever the settings say since. */
async function renew({lab, readSettings, onProblem}: MenuContextOptions, last: Settings): Promise<Settings> {
  try {
    return {...(await readSettings()), lab: lab.settings.lab}
  } catch (error) {
    onProblem(error)
    return last
  }
}
