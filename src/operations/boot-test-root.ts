// What a diskless host does once its kernel runs: it fetches its root, or mounts it.
import type {BootRoot} from '../boot/root.js'
import {messageOf, PxectlError} from '../errors.js'
import {findIpv4, parseSubnet, subnetHas, type Ipv4} from '../net/ipv4.js'
import {fetchStep} from './boot-test-fetch.js'
import type {Boot} from './boot-test-record.js'

/** The root, what a host of it keeps on the server, and where that is; `httpUrl` has no slash at its end. */
export type RootPlace = {readonly root: BootRoot; readonly state: string | undefined; readonly server: Ipv4; readonly httpUrl: string}

export async function rootSteps(boot: Boot, {root, state, server, httpUrl}: RootPlace): Promise<void> {
  if (root.style === 'squashfs') await fetchStep(boot, 'root', `${httpUrl}/${root.squashfs}`, {blksize: 1432})
  if ('tree' in root) await exportStep(boot, server, root.tree)
  if (state !== undefined && root.style !== 'nfs') await exportStep(boot, server, state)
}

async function exportStep(boot: Boot, server: Ipv4, path: string): Promise<void> {
  const step = {step: 'root' as const, what: `nfs://${server}${path}`, durationMs: 0}
  const mend = ['pxectl fs share', 'see what is exported: showmount -e']
  try {
    const found = (await boot.doors.exports(server)).find((one) => one.path === path)
    if (found === undefined) return boot.fail({...step, detail: 'the NFS server does not export it', suggestions: mend})
    if (isFor(found.clients, boot.host.ip)) return boot.pass({...step, detail: 'exported over NFS to this host'})
    return boot.fail({...step, detail: `the NFS server exports it to ${found.clients.join(', ')} alone`, suggestions: mend})
  } catch (error) {
    if (!(error instanceof PxectlError)) throw error
    return boot.fail({...step, detail: messageOf(error), suggestions: error.suggestions})
  }
}

/** No client, and these words, mean everybody; a name may be any machine's, and is believed. */
function isFor(clients: readonly string[], ip: Ipv4 | undefined): boolean {
  if (clients.length === 0 || ip === undefined) return true
  return clients.some((client) => {
    if (findIpv4(client) !== undefined) return client === ip
    return /^[\d.]+\/\d+$/.test(client) ? subnetHas(parseSubnet(client), ip) : true
  })
}
