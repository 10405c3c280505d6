// Clears away VMs whose making was interrupted (kill -9, a power cut): the database says what was being made, and where.
import {messageOf} from '../errors.js'
import type {VmRecord} from '../hosts/vm-store.js'
import type {Lab} from '../lab/open-lab.js'
import {makeFolder} from '../system/files.js'
import {tryLock, withLock} from '../system/lock.js'
import {dirname} from 'node:path'
import {removeHosts} from './remove-hosts.js'
import {decodeSpec} from './vm-json.js'
import {targetOfRecord} from './vm-place.js'

/** Cheap where there is none. Gives notes for the user. One whose maker is still at work stays. */
export async function recoverVms(lab: Lab): Promise<string[]> {
  if (!(await lab.vms.list()).some(({stage}) => stage === 'creating')) return []
  const lock = await tryLock(lab.vmLockPath)
  if (lock === undefined) return []
  try {
    return await recoverVmsUnderLock(lab)
  } finally {
    lock.release()
  }
}

/** Changes VMs, one pxectl at a time; what an interrupted one left is cleared away first. */
export async function changeVms<T>(
  lab: Lab,
  onProgress: (step: string) => void,
  work: (notes: readonly string[]) => Promise<T>,
): Promise<T> {
  await makeFolder(dirname(lab.vmLockPath))
  const onWait = (): void => onProgress('waiting for another pxectl that is changing VMs')
  return withLock(lab.vmLockPath, {onWait}, async () => work(await recoverVmsUnderLock(lab)))
}

async function recoverVmsUnderLock(lab: Lab): Promise<string[]> {
  const notes: string[] = []
  for (const record of await lab.vms.list()) {
    if (record.stage === 'creating') notes.push(await recoverVm(lab, record))
  }
  return notes
}

async function recoverVm(lab: Lab, record: VmRecord): Promise<string> {
  try {
    await discardVm(lab, record)
    return `the making of ${record.name} was interrupted; what was left of it is gone`
  } catch (error) {
    return `the making of ${record.name} was interrupted, and what is left of it could not be cleared away yet: ${messageOf(error)}`
  }
}

/** Takes back a VM that was being made, with the host that was made for it. */
export async function discardVm(lab: Lab, record: VmRecord): Promise<void> {
  const hypervisor = await lab.hypervisors.open(record.hypervisor, targetOfRecord(record))
  await hypervisor.discard(decodeSpec(record))
  if (record.addedHost !== undefined && (await lab.store.findByName(record.addedHost)) !== undefined) {
    await removeHosts(lab, [record.addedHost], {})
  }
  await lab.vms.remove(record.uuid)
}
