// From the words of the command line to a lab file and its lab.
import {dirname, join, resolve} from 'node:path'
import {PxectlError} from '../errors.js'
import {CONFIG_NAME, getConfigPath} from '../lab/find-config.js'
import {openLab, type Lab, type OpenLabOptions} from '../lab/open-lab.js'
import {readSettings} from '../lab/read-settings.js'
import {renderIni} from '../lab/render-ini.js'
import type {Settings} from '../lab/settings.js'
import {settingNames, settingTable} from '../lab/setting-table.js'
import {readLabFiles} from '../lab-file/read.js'
import type {LabSpec} from '../lab-file/spec.js'
import {fileExists, readBytes} from '../system/files.js'
import type {PartContext} from './lab-part.js'
import {wantedSettings} from './lab-part-settings.js'

export const LAB_FILE_NAMES = ['lab.yaml', 'lab.yml'] as const

export type LabFileRequest = {
  /** As typed; none: lab.yaml in the working folder. */
  readonly files: readonly string[]
  /** `--config`, the environment and the working folder. */
  readonly search: OpenLabOptions
}

/** The settings that a lab file may name, for its schema. */
export function settingSummaries(): {name: string; summary: string}[] {
  return settingNames.map((name) => ({name, summary: settingTable[name].summary}))
}

/** A lab file that was read, and how its lab is opened: as named, else beside the lab file. */
export type OpenedLabFile = {readonly spec: LabSpec; readonly configPath: string; readonly labOptions: OpenLabOptions}

/** Throws LAB_FILE_MISSING, LAB_FILE_INVALID. */
export async function openLabFile({files, search}: LabFileRequest): Promise<OpenedLabFile> {
  const paths = await findFiles(files, search.workingFolder)
  const spec = await readLabFiles(paths, {
    environment: search.environment,
    settings: settingSummaries(),
    readText: async (path) => (await readBytes(path)).toString('utf8'),
  })
  const configPath = await findConfig(paths[0] ?? '', search)
  return {spec, configPath, labOptions: {...search, configFlag: configPath}}
}

/**
 * Looks at a lab file and its lab: `use` gets the lab as it would be with the settings of the file, or none where there is no
 * pxectl.ini yet.
 */
export async function withLabFile<T>(
  {spec, configPath, labOptions}: OpenedLabFile,
  now: () => Date,
  use: (context: PartContext) => Promise<T>,
): Promise<T> {
  const lab = (await fileExists(configPath)) ? await openLab({...labOptions, settings: wantedSettings(spec, configPath)}) : undefined
  try {
    const settings = lab?.settings ?? newSettings(spec, configPath)
    return await use({spec, configPath, lab, settings, made: await madeParts(lab, spec), now})
  } finally {
    await lab?.close()
  }
}

/** The settings of a lab that is still to be made; throws for what they cannot be. */
function newSettings(spec: LabSpec, configPath: string): Settings {
  return readSettings({configPath, text: renderIni(wantedSettings(spec, configPath)), environment: {}})
}

/** What this lab file made. */
export async function madeParts(lab: Lab | undefined, spec: LabSpec): Promise<PartContext['made']> {
  const [file] = spec.files
  return ((await lab?.parts.list()) ?? []).filter((record) => record.file === file)
}

async function findFiles(files: readonly string[], workingFolder: string): Promise<string[]> {
  if (files.length > 0) return files.map((file) => resolve(workingFolder, file))
  for (const name of LAB_FILE_NAMES) {
    if (await fileExists(join(workingFolder, name))) return [join(workingFolder, name)]
  }
  throw new PxectlError(`there is no ${LAB_FILE_NAMES[0]} in ${workingFolder}`, {
    code: 'LAB_FILE_MISSING',
    kind: 'notFound',
    details: {folder: workingFolder},
    suggestions: ['name one: pxectl plan FILE', 'write one from a lab that lives: pxectl export-lab > lab.yaml', 'see examples/ of pxectl'],
  })
}

/** Not upward from the working folder, as other commands do: a lab file must not change a lab that happens to be above it. */
async function findConfig(file: string, search: OpenLabOptions): Promise<string> {
  const named = search.configFlag ?? search.environment['PXECTL_CONFIG']
  if (named === undefined || named === '') return join(dirname(file), CONFIG_NAME)
  const path = resolve(search.workingFolder, named)
  return (await fileExists(path)) ? getConfigPath({flag: path, environment: {}, workingFolder: search.workingFolder}) : path
}
