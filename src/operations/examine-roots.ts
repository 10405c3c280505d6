// The PXE filesystems as `pxectl doctor` sees them: can each be read, and does the NFS server give them to the hosts that mount them.
import type {Lab} from '../lab/open-lab.js'
import type {Finding} from './check-dhcp.js'
import type {Examined} from './examined.js'
import {readBootRoots} from './read-roots.js'
import {shareRoots} from './share-roots.js'

export async function examineRoots(lab: Lab): Promise<Omit<Examined, 'part'>> {
  const {roots, problems} = await readBootRoots(lab.settings.fs.directory)
  const broken = [...problems].map(([name, message]): Finding => {
    const suggestion = `make it again: pxectl fs remove ${name}, then pxectl fs create ${name}`
    return {severity: 'warning', code: 'ROOT_BROKEN', message, suggestion}
  })
  const {changed, file, warnings} = await shareRoots(lab, {dryRun: true})
  const shared = warnings.map((message): Finding => {
    return {severity: 'error', code: 'NFS_MISSING', message, suggestion: 'see what stands in the way: pxectl fs share'}
  })
  if (changed) {
    const message = `${file ?? 'the NFS server'} does not have what the hosts mount`
    shared.push({severity: 'error', code: 'EXPORTS_DIFFER', message, suggestion: 'pxectl fs share'})
  }
  return {detail: roots.size === 0 ? 'none' : [...roots.keys()].join(', '), findings: [...broken, ...shared]}
}
