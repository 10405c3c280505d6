// Where pxectl.ini is looked for. The first place that has one wins; a place named by the user must have it.
import {homedir} from 'node:os'
import {dirname, join, resolve} from 'node:path'
import {PxectlError} from '../errors.js'
import {fileExists} from '../system/files.js'

export const CONFIG_NAME = 'pxectl.ini'

export type ConfigSearch = {
  /** `--config`. */
  readonly flag?: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly workingFolder: string
}

/** The path of the pxectl.ini to use: flag, $PXECTL_CONFIG, upward from the working folder, XDG folder, /etc/pxectl. */
export async function getConfigPath(search: ConfigSearch): Promise<string> {
  const named = search.flag ?? search.environment['PXECTL_CONFIG']
  if (named !== undefined && named !== '') return getNamedConfig(resolve(search.workingFolder, named))
  const places = configPlaces(search)
  for (const place of places) {
    if (await fileExists(place)) return place
  }
  throw new PxectlError(
    `there is no lab here: no ${CONFIG_NAME} in ${search.workingFolder} or any folder above it, nor in the usual places`,
    {
      code: 'LAB_NOT_FOUND',
      kind: 'notFound',
      details: {looked: places},
      suggestions: ['pxectl init my-lab', `name one with --config FILE or PXECTL_CONFIG=FILE`, 'see it all at work: pxectl demo'],
    },
  )
}

/** A named folder means the pxectl.ini in it. */
async function getNamedConfig(path: string): Promise<string> {
  if (!(await fileExists(path))) {
    throw new PxectlError(`the settings file ${path} does not exist`, {
      code: 'CONFIG_MISSING',
      kind: 'notFound',
      details: {path},
      suggestions: [`pxectl init ${dirname(path)}`],
    })
  }
  const inFolder = join(path, CONFIG_NAME)
  return (await fileExists(inFolder)) ? inFolder : path
}

function configPlaces(search: ConfigSearch): string[] {
  const places: string[] = []
  for (let folder = resolve(search.workingFolder); ; folder = dirname(folder)) {
    places.push(join(folder, CONFIG_NAME))
    if (dirname(folder) === folder) break
  }
  const xdg = search.environment['XDG_CONFIG_HOME'] || join(search.environment['HOME'] || homedir(), '.config')
  return [...places, join(xdg, 'pxectl', CONFIG_NAME), join('/etc/pxectl', CONFIG_NAME)]
}
