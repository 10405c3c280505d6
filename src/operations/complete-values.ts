// Names of a lab for shell completion. It must never fail or write anything: somebody pressed a key.
import {readCatalog} from '../images/catalog.js'
import {openLab, type Lab, type OpenLabOptions} from '../lab/open-lab.js'
import {settingNames} from '../lab/setting-table.js'
import {readRoots} from '../netroot/catalog.js'
import {imagePlaces} from './image-lab.js'

export type NamedKind = 'hosts' | 'vms' | 'images' | 'filesystems' | 'machines' | 'settings'

/** Sorted; none where there is no lab. */
export async function completeValues(kind: NamedKind, options: OpenLabOptions): Promise<string[]> {
  if (kind === 'settings') return settingNames.toSorted()
  try {
    const lab = await openLab(options)
    try {
      return (await namesOf(lab, kind)).toSorted()
    } finally {
      await lab.close()
    }
  } catch {
    return []
  }
}

async function namesOf(lab: Lab, kind: Exclude<NamedKind, 'settings'>): Promise<string[]> {
  switch (kind) {
    case 'hosts':
      return (await lab.store.list()).map(({name}) => name)
    case 'vms':
      return (await lab.vms.list()).map(({name}) => name)
    case 'machines':
      return (await lab.machines.list()).map(({name}) => name)
    case 'images':
      return (await readCatalog(imagePlaces(lab).images)).map(({name}) => name)
    case 'filesystems':
      return (await readRoots(lab.settings.fs.directory)).map(({name}) => name)
  }
}
