// VirtualBox in a test network: its machines reach the bridge through UDP, since its own networks need kernel modules.
//
//     br0 ── tapN ── socat ── UDP 127.0.0.1:1511N / 1512N ── a machine with --network udp:1512N:127.0.0.1:1511N
import {readdir} from 'node:fs/promises'
import {basename, join} from 'node:path'
import type {Network} from './network.js'
import {openVirtualbox} from './virtualbox.js'

export type VirtualboxOn = {
  /** For pxectl: its PATH. */
  readonly env: {readonly PATH: string}
  /** Runs VBoxManage where pxectl runs it: its service, and so its machines, are in the network that the first call came from. */
  readonly manage: (...args: string[]) => Promise<string>
  /** Files of machines. A machine that was switched off a moment ago may still write its log. */
  readonly machineFiles: () => Promise<string[]>
}

/** A VirtualBox of its own that can start machines; those that still run are switched off afterwards. */
export async function withVirtualboxOn(network: Network, work: (virtualbox: VirtualboxOn) => Promise<void>): Promise<void> {
  const virtualbox = await openVirtualbox(network.folder, network.namespace, {canStart: true})
  // The service of the first call is outside of the network.
  await virtualbox.close()
  const manage: VirtualboxOn['manage'] = (...args) => network.mustRun([virtualbox.program, ...args], {env: {LC_ALL: 'C.UTF-8'}})
  try {
    await work({
      env: {PATH: `${virtualbox.bin}:${process.env['PATH'] ?? ''}`},
      manage,
      machineFiles: () => filesOf(join(network.folder, 'machines')),
    })
  } finally {
    const running = await manage('list', 'runningvms')
    for (const [, uuid = ''] of running.matchAll(/\{([0-9a-f-]{36})\}$/gm)) await manage('controlvm', uuid, 'poweroff')
    await virtualbox.close()
  }
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true}).catch(() => [])
  return entries
    .filter((entry) => entry.isFile() && basename(entry.parentPath) !== 'Logs')
    .map((entry) => join(entry.parentPath, entry.name))
}

/** A port of the bridge for the machine with this number. */
export async function connectVirtualbox(network: Network, n: number): Promise<void> {
  const tap = await network.addTap()
  network.start(['socat', `TUN,tun-type=tap,tun-name=${tap},iff-no-pi,iff-up`, `UDP4-DATAGRAM:127.0.0.1:1512${n},bind=127.0.0.1:1511${n}`])
}
