// Renders all boot files anew: after settings changed, and when serving starts, because images may have come or gone.
import {join} from 'node:path'
import {hostBootFiles, labBootFiles} from '../boot/host-files.js'
import {isMadeByPxectl} from '../boot/notice.js'
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {findBytes} from '../system/files.js'
import {bootHostOf, readBootContext} from './boot-context.js'
import {changeLab} from './change-lab.js'
import {templateWarnings, withoutBrokenTemplates} from './read-templates.js'

/** Gives warnings: hosts whose image is gone keep the files they have. Does nothing in a lab without a server address. */
export async function refreshBootFiles(lab: Lab): Promise<readonly string[]> {
  if (lab.settings.network.server === undefined) return []
  const skipped: string[] = []
  const {warnings} = await changeLab(lab, {}, async () => {
    const read = await readBootContext(lab)
    const context = withoutBrokenTemplates(read)
    skipped.push(...(read.imageProblems?.values() ?? []), ...templateWarnings(read).values())
    const bootFiles = new Map(labBootFiles(context))
    for (const host of await lab.store.list()) {
      try {
        for (const [path, text] of hostBootFiles(bootHostOf(host), context)) bootFiles.set(path, text)
      } catch (error) {
        if (!(error instanceof PxectlError)) throw error
        skipped.push(`the boot files of ${host.name} were not renewed: ${error.message}`)
      }
    }
    for (const path of bootFiles.keys()) {
      if (!(await isForeign(join(lab.settings.lab.tftpRoot, path)))) continue
      bootFiles.delete(path)
      skipped.push(`${path} was not made by pxectl and stays as it is; remove it to have it made`)
    }
    return {change: {hosts: [], dhcp: undefined, bootFiles}, answer: undefined}
  })
  return [...skipped, ...warnings]
}

/** A file that a person wrote, or that came with something else, is not overwritten unasked. */
async function isForeign(path: string): Promise<boolean> {
  const bytes = await findBytes(path)
  return bytes !== undefined && !isMadeByPxectl(bytes)
}
