// The host database in another place: a SQLite file, or a PostgreSQL server. The lab goes on using the one that it has.
import {randomUUID} from 'node:crypto'
import {PxectlError} from '../errors.js'
import {openHostDatabase} from '../hosts/database.js'
import {renderDatabase} from '../hosts/database-place.js'
import type {Lab} from '../lab/open-lab.js'
import {withLabLocked} from './change-lab.js'

export type CopiedDatabase = {
  /** Without passwords. */
  readonly from: string
  readonly to: string
  readonly hosts: number
  readonly machines: number
  readonly vms: number
}

/** `to`: a path or URL as lab.database takes it. Throws DATABASE_NOT_EMPTY where there are hosts already, and what opening throws. */
export async function copyDatabase(lab: Lab, to: string): Promise<CopiedDatabase> {
  const places = {from: renderDatabase(lab.settings.lab.database), to: renderDatabase(to)}
  const target = await openHostDatabase(to, {create: true})
  try {
    const there = await target.count()
    if (there > 0) throw notEmpty(places.to, there)
    const nobodyIsTold = (): void => undefined
    return await withLabLocked(lab, nobodyIsTold, async () => {
      const [hosts, machines, vms] = [await lab.store.list(), await lab.machines.list(), await lab.vms.list()]
      await target.machines.put(machines)
      for (const vm of vms) await target.vms.put(vm)
      await target.parts.put(await lab.parts.list())
      // Last: a copy that was interrupted has no hosts, and can be begun anew.
      await target.write(
        hosts.map((host) => ({kind: 'add', host}) as const),
        randomUUID(),
      )
      return {...places, hosts: hosts.length, machines: machines.length, vms: vms.length}
    })
  } finally {
    await target.close()
  }
}

function notEmpty(place: string, hosts: number): PxectlError {
  return new PxectlError(`${place} has ${hosts} hosts already; nothing was copied`, {
    code: 'DATABASE_NOT_EMPTY',
    kind: 'conflict',
    details: {database: place, hosts},
    suggestions: ['name another place: a file that is not there, or another schema (…?schema=lab2)'],
  })
}
