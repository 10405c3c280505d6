// Renders all boot files anew: after settings changed, and when serving starts, because images may have come or gone.
import {hostBootFiles, labBootFiles} from '../boot/host-files.js'
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {bootHostOf, readBootContext} from './boot-context.js'
import {changeLab} from './change-lab.js'

/** Gives warnings: hosts whose image is gone keep the files they have. Does nothing in a lab without a server address. */
export async function refreshBootFiles(lab: Lab): Promise<readonly string[]> {
  if (lab.settings.network.server === undefined) return []
  const skipped: string[] = []
  const {warnings} = await changeLab(lab, {}, async () => {
    const context = await readBootContext(lab)
    const bootFiles = new Map(labBootFiles(context))
    for (const host of await lab.store.list()) {
      try {
        for (const [path, text] of hostBootFiles(bootHostOf(host), context)) bootFiles.set(path, text)
      } catch (error) {
        if (!(error instanceof PxectlError)) throw error
        skipped.push(`the boot files of ${host.name} were not renewed: ${error.message}`)
      }
    }
    return {change: {hosts: [], dhcp: undefined, bootFiles}, answer: undefined}
  })
  return [...skipped, ...warnings]
}
