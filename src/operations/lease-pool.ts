// Leases for machines that are no hosts of the lab: the pool of dhcp4 with its lease file, its look at the wire, its clock.
import type {FullNetwork} from '../dhcp4/full-reply.js'
import {isLeasable} from '../dhcp4/judge-pool.js'
import {createLeaseTable} from '../dhcp4/lease-table.js'
import {createPool, type Pool} from '../dhcp4/pool.js'
import {openProber, type Prober} from '../dhcp4/probe-address.js'
import type {Lab} from '../lab/open-lab.js'
import {requireSetting} from '../lab/require-setting.js'
import {renderRange} from '../net/ipv4.js'
import {openNeighbours} from '../system/neighbours.js'
import {openLeaseFile} from './lease-file.js'

export type LeasePool = Pool & {
  readonly range: string
  readonly warnings: readonly string[]
  close(): Promise<void>
}

export type LeasePoolOptions = {
  readonly network: FullNetwork
  readonly onWarning: (message: string) => void
}

/** Opens the pool of network.range; throws where that is empty or the lease file cannot be written. */
export async function openLeasePool(lab: Lab, {network, onWarning}: LeasePoolOptions): Promise<LeasePool> {
  const range = requireSetting(lab.settings.network.range, 'network.range')
  const file = await openLeaseFile(lab.leasesPath, {keep: (ip) => isLeasable(network, range, ip), onWarning})
  const table = createLeaseTable(file.leases)
  const prober = await openProberFor(network).catch(async (error: unknown) => {
    await file.close()
    throw error
  })
  const pool = createPool({
    network,
    range,
    table,
    isHosts: async (ip) => (await lab.store.findByIp(ip)) !== undefined,
    answeredBy: prober.answeredBy,
    save: async (ip) => {
      const lease = table.find(ip)
      if (lease !== undefined) await file.save(lease)
    },
    now: () => Date.now(),
  })
  const close = async (): Promise<void> => {
    await prober.close()
    await file.close()
  }
  return {...pool, range: renderRange(range), warnings: file.warnings, close}
}

/** On loopback every address would answer, or none. */
async function openProberFor({server}: FullNetwork): Promise<Prober> {
  if (server.startsWith('127.')) return {answeredBy: async () => undefined, close: async () => undefined}
  return openProber({address: server, findMac: openNeighbours().findMac})
}
