// The web page beside the servers of `pxectl serve`.
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {type Dashboard, openDashboard} from '../dashboard/open-dashboard.js'
import {PxectlError} from '../errors.js'
import {type Lab, openLab, type OpenLabOptions} from '../lab/open-lab.js'
import {recoverLab} from '../operations/recover-lab.js'

export type WebOptions = {
  /** How to open the lab anew, for each request. */
  readonly lab: OpenLabOptions
  readonly pageFolder: string
  /** Was the port named on the command line? Then it must be that one. */
  readonly isPortAsked: boolean
}

export type OpenedWeb = Pick<Dashboard, 'warnings' | 'watch' | 'close'> & {readonly listening: Readonly<Record<string, string>>}

/** A port that is taken, perhaps by another lab of this machine, keeps no host from booting: that is a warning. */
export async function openWeb(lab: Lab, {lab: options, pageFolder, isPortAsked}: WebOptions): Promise<OpenedWeb> {
  try {
    const {address, port, ...dashboard} = await openDashboard({lab, openLab: () => openRecovered(options), pageFolder})
    return {...dashboard, listening: {web: `${address}:${port}`}}
  } catch (error) {
    if (isPortAsked || !(error instanceof PxectlError && error.code === 'PORT_IN_USE')) throw error
    return {
      warnings: [`${error.message}; try --web-port 4041, or --no-web`],
      listening: {},
      watch: () => undefined,
      close: async () => undefined,
    }
  }
}

/** As every command begins. */
async function openRecovered(options: OpenLabOptions): Promise<Lab> {
  const lab = await openLab(options)
  try {
    await recoverLab(lab)
    return lab
  } catch (error) {
    await lab.close()
    throw error
  }
}

/** The page's files lie beside the code that runs: the built one, or its source. */
export function pageFolderOf(root: string, moduleUrl: string): string {
  const isBuilt = fileURLToPath(moduleUrl).startsWith(join(root, 'dist'))
  return join(root, isBuilt ? 'dist/src' : 'src', 'dashboard/page')
}
