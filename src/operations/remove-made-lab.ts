// Takes away a lab that `pxectl up` made: its settings, its database, its default menus. What somebody put there since stays, and with
// it all that it needs.
import {basename, dirname, join} from 'node:path'
import {labBootFiles} from '../boot/host-files.js'
import {isMadeByPxectl} from '../boot/notice.js'
import {isDatabaseUrl} from '../hosts/database-place.js'
import {readCatalog} from '../images/catalog.js'
import {openLab, type OpenLabOptions} from '../lab/open-lab.js'
import {readRoots} from '../netroot/catalog.js'
import {findBytes, listFolder, removeFile} from '../system/files.js'
import {removeEmptyFolders} from '../system/folders.js'
import {readBootContext} from './boot-context.js'
import {imagePlaces} from './image-lab.js'
import {withoutBrokenTemplates} from './read-templates.js'

/** Gives warnings that say what stayed. */
export async function removeMadeLab(options: OpenLabOptions): Promise<string[]> {
  const lab = await openLab(options)
  const {database, tftpRoot} = lab.settings.lab
  try {
    const left = [
      ...(await lab.store.list()).map(({name}) => `the host ${name}`),
      ...(await readCatalog(imagePlaces(lab).images)).map(({name}) => `the image ${name}`),
      ...(await lab.vms.list()).map(({name}) => `the VM ${name}`),
      ...(await readRoots(lab.settings.fs.directory)).map(({name}) => `the filesystem ${name}`),
    ]
    if (left.length > 0) {
      await lab.parts.remove([{kind: 'lab', name: 'pxectl.ini'}])
      return [`${lab.configPath} and its database stay, because there is more in the lab: ${left.slice(0, 5).join(', ')}`]
    }
    if (lab.settings.network.server !== undefined) {
      for (const name of labBootFiles(withoutBrokenTemplates(await readBootContext(lab))).keys()) {
        const path = join(tftpRoot, name)
        const bytes = await findBytes(path)
        if (bytes !== undefined && isMadeByPxectl(bytes)) await removeFile(path)
      }
    }
  } finally {
    await lab.close()
  }
  const stays = await removeEmptyFolders(tftpRoot)
  // Tables on a server are not this machine's alone.
  for (const path of [...(isDatabaseUrl(database) ? [] : [database]), lab.configPath]) await removeFile(path)
  await removeState(dirname(lab.lockPath), basename(lab.lockPath, '.lock'))
  return stays ? [`${tftpRoot} stays, because there are files in it`] : []
}

/** Locks, leases and the record of boots. Backups of a DHCP configuration stay: they are not the lab's alone. */
async function removeState(folder: string, state: string): Promise<void> {
  for (const name of await listFolder(folder)) {
    if (name.startsWith(`${state}.`) || /^root-.*\.lock$/.test(name)) await removeFile(join(folder, name))
  }
  await removeEmptyFolders(folder)
}
