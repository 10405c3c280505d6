// `pxectl doctor --fix`: what can be mended without asking and without taking anything away. All else stays a suggestion.
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {makeFolder} from '../system/files.js'
import type {Examination} from './examine-lab.js'
import {installLoaders} from './install-loaders.js'
import {refreshBootFiles} from './refresh-boot-files.js'

export type Mended = {
  /** The codes of the findings that it is for. */
  readonly codes: readonly string[]
  /** What is done, as a line. */
  readonly does: string
  readonly outcome: 'done' | 'would-do' | 'failed'
  /** Why it failed. */
  readonly message?: string
}

type Fix = {readonly codes: readonly string[]; readonly does: string; readonly mend: (lab: Lab) => Promise<unknown>}

/** In the order in which they build on each other. */
const FIXES: readonly Fix[] = [
  {
    codes: ['TFTP_ROOT_MISSING'],
    does: 'make the TFTP root, and the menus in it',
    mend: async (lab) => {
      await makeFolder(lab.settings.lab.tftpRoot)
      await refreshBootFiles(lab)
    },
  },
  {
    codes: ['LOADER_MISSING', 'LOADERS_DO_NOT_FIT'],
    does: 'pxectl loader install',
    mend: ({settings}) => installLoaders({tftpRoot: settings.lab.tftpRoot, dryRun: false}),
  },
]

/** Mends what the examination found; one that fails does not keep the others from being tried. */
export async function mendLab(lab: Lab, {parts}: Examination, {dryRun}: {readonly dryRun: boolean}): Promise<Mended[]> {
  const found = new Set(parts.flatMap(({findings}) => findings.map(({code}) => code)))
  const mended: Mended[] = []
  for (const {codes, does, mend} of FIXES) {
    const present = codes.filter((code) => found.has(code))
    if (present.length === 0) continue
    if (dryRun) mended.push({codes: present, does, outcome: 'would-do'})
    else mended.push({codes: present, does, ...(await attempt(() => mend(lab)))})
  }
  return mended
}

async function attempt(work: () => Promise<unknown>): Promise<Pick<Mended, 'outcome' | 'message'>> {
  try {
    await work()
    return {outcome: 'done'}
  } catch (error) {
    if (!(error instanceof PxectlError)) throw error
    return {outcome: 'failed', message: error.message}
  }
}
