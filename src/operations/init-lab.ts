// Makes a lab: pxectl.ini, the host database, the TFTP root with its default menus. Never overwrites a lab.
import {join, resolve} from 'node:path'
import {PxectlError} from '../errors.js'
import type {PartRecord} from '../hosts/part-store.js'
import {openHostDatabase} from '../hosts/database.js'
import {renderDatabase} from '../hosts/database-place.js'
import {CONFIG_NAME} from '../lab/find-config.js'
import {openLab} from '../lab/open-lab.js'
import {readSettings} from '../lab/read-settings.js'
import {renderIni} from '../lab/render-ini.js'
import type {Settings} from '../lab/settings.js'
import type {SettingName} from '../lab/setting-table.js'
import {findStats, isWritable, makeFolder, writeAtomic} from '../system/files.js'
import {refreshBootFiles} from './refresh-boot-files.js'

export {listInterfaceAddresses} from '../system/network.js'

export type InitOptions = {
  readonly folder: string
  readonly values: Partial<Record<SettingName, string>>
  readonly dryRun: boolean
  /** Who makes it, where that is a lab file. */
  readonly parts?: readonly PartRecord[]
}

export type Initialised = {
  readonly configPath: string
  readonly settings: Settings
  readonly text: string
  readonly made: readonly string[]
  readonly warnings: readonly string[]
}

export async function initLab(options: InitOptions): Promise<Initialised> {
  const folder = resolve(options.folder)
  const configPath = join(folder, CONFIG_NAME)
  if ((await findStats(configPath)) !== undefined) {
    throw new PxectlError(`there is a lab in ${folder} already; nothing was changed`, {
      code: 'LAB_EXISTS',
      kind: 'conflict',
      details: {path: configPath},
      suggestions: [
        `look at its settings: pxectl config list --config ${configPath}`,
        'change one: pxectl config set SECTION.KEY VALUE',
        'or name another folder',
      ],
    })
  }
  const text = renderIni(options.values)
  // Checked as flags first, because that is where the values come from: a bad one was typed, it is not in a file.
  readSettings({configPath, text: '', environment: {}, flags: options.values})
  const settings = readSettings({configPath, text, environment: {}})
  const made = [configPath, renderDatabase(settings.lab.database), settings.lab.tftpRoot]
  const warnings = await findInitWarnings(settings)
  if (options.dryRun) return {configPath, settings, text, made, warnings}
  await makeFolder(folder)
  // First, because an old or foreign database that lies there may be refused.
  const store = await openHostDatabase(settings.lab.database, {create: true})
  // Before the lab is there: whoever is killed here has made all of it, or none.
  await store.parts.put(options.parts ?? [])
  await store.close()
  await makeFolder(settings.lab.tftpRoot)
  await writeAtomic(configPath, text)
  return {configPath, settings, text, made, warnings: [...warnings, ...(await writeBootFiles(configPath))]}
}

async function writeBootFiles(configPath: string): Promise<readonly string[]> {
  const lab = await openLab({configFlag: configPath, environment: {}, workingFolder: '/'})
  try {
    return await refreshBootFiles(lab)
  } finally {
    await lab.close()
  }
}

async function findInitWarnings(settings: Settings): Promise<string[]> {
  const warnings: string[] = []
  const {backend, config} = settings.dhcp
  if (backend === 'isc' && config !== undefined) {
    if ((await findStats(config)) === undefined)
      warnings.push(`${config} does not exist yet; install the DHCP server first (apt-get install isc-dhcp-server)`)
    else if (!(await isWritable(config)))
      warnings.push(`${config} cannot be written by you: adding hosts will need more rights, or add-host --no-dhcp`)
  }
  if (settings.network.server === undefined) warnings.push('no server address yet: pxectl config set network.server ADDRESS')
  return warnings
}
