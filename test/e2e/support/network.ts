// Private networks made of Linux network namespaces; the host's own network is never touched.
//
//     namespace pxe2e-<title>-<pid>                                   namespace pxe2e-<title>-<pid>-c1
//     ┌──────────────────────────────────────────────┐                ┌───────────────────────┐
//     │ br0 192.168.56.1/24   dhcpd, pxectl serve …  │                │ eth0: udhcpc, tftp …  │
//     │  ├─ tap1 ── QEMU machine                     │                │  │                    │
//     │  └─ c1 ──────────────────────── veth ────────┼────────────────┼──┘                    │
//     └──────────────────────────────────────────────┘                └───────────────────────┘
//
// Whatever runs in the namespaces when a network is closed is ended, by process id, and the namespaces go with their interfaces.
import {mkdtemp, readdir, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {mustRun, run, start, type Finished, type RunOptions, type Running} from './programs.js'

const PREFIX = 'pxe2e-'

export const SERVER = '192.168.56.1'
const SERVER_MAC = '52:54:00:00:00:01'
export const SUBNET = '192.168.56.0/24'
export const RANGE = '192.168.56.100-192.168.56.199'

export type Place = {
  readonly namespace: string
  /** Runs a program in the namespace; a non-zero exit is an answer. */
  readonly run: (command: readonly string[], options?: RunOptions) => Promise<Finished>
  /** Runs a program that must succeed; gives its output. */
  readonly mustRun: (command: readonly string[], options?: RunOptions) => Promise<string>
  /** Starts a program that is ended at the latest when the network is closed. */
  readonly start: (command: readonly string[], options?: Omit<RunOptions, 'timeoutMs' | 'input'>) => Running
}

export type Client = Place & {readonly mac: string}

export type Network = Place & {
  /** A scratch folder, removed with the network. */
  readonly folder: string
  /** A new port of the bridge for a virtual machine; gives its name. */
  readonly addTap: () => Promise<string>
  /** A client of its own behind a cable to the bridge; its eth0 has this hardware address, and this address (e.g. 192.168.56.9/24) if one is given. */
  readonly addClient: (mac: string, address?: string) => Promise<Client>
  readonly close: () => Promise<void>
}

/** Makes the network, runs `work` in it and removes it whatever happens. */
export async function withNetwork<T>(title: string, work: (network: Network) => Promise<T>): Promise<T> {
  const network = await openNetwork(title)
  try {
    return await work(network)
  } finally {
    await network.close()
  }
}

let opened = 0

export async function openNetwork(title: string): Promise<Network> {
  const namespace = `${PREFIX}${title}-${process.pid}${opened++ === 0 ? '' : `-${opened}`}`
  const namespaces = [namespace]
  const running: Running[] = []
  const folder = await mkdtemp(join(tmpdir(), `${namespace}-`))
  const ip = (...args: string[]): Promise<string> => mustRun(['ip', '-n', namespace, ...args])
  const close = async (): Promise<void> => {
    for (const child of running.reverse()) await child.stop().catch(() => undefined)
    for (const name of namespaces.reverse()) await removeNamespace(name)
    await rm(folder, {recursive: true, force: true})
  }
  try {
    await mustRun(['ip', 'netns', 'add', namespace])
    await ip('link', 'set', 'lo', 'up')
    // Without the delays of the spanning tree a new port carries packets at once.
    // An address of its own: else the bridge takes its ports' lowest, so a new port could change it under clients that know it by ARP.
    await ip('link', 'add', 'br0', 'address', SERVER_MAC, 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0')
    await ip('address', 'add', `${SERVER}/24`, 'brd', '+', 'dev', 'br0')
    await ip('link', 'set', 'br0', 'up')
  } catch (error) {
    await close()
    throw error
  }
  let ports = 0
  return {
    ...place(namespace, running),
    folder,
    close,
    addTap: async () => {
      const name = `tap${++ports}`
      await ip('tuntap', 'add', 'dev', name, 'mode', 'tap')
      await ip('link', 'set', name, 'master', 'br0', 'up')
      return name
    },
    addClient: async (mac, address) => {
      const name = `c${++ports}`
      const theirs = `${namespace}-${name}`
      await mustRun(['ip', 'netns', 'add', theirs])
      namespaces.push(theirs)
      await ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'address', mac, 'netns', theirs)
      await ip('link', 'set', name, 'master', 'br0', 'up')
      for (const device of ['lo', 'eth0']) await mustRun(['ip', '-n', theirs, 'link', 'set', device, 'up'])
      if (address !== undefined) await mustRun(['ip', '-n', theirs, 'address', 'add', address, 'brd', '+', 'dev', 'eth0'])
      return {...place(theirs, running), mac}
    },
  }
}

function place(namespace: string, running: Running[]): Place {
  const inside = (command: readonly string[]): string[] => ['ip', 'netns', 'exec', namespace, ...command]
  return {
    namespace,
    run: (command, options) => run(inside(command), options),
    mustRun: (command, options) => mustRun(inside(command), options),
    start: (command, options) => {
      const child = start(inside(command), options)
      running.push(child)
      return child
    },
  }
}

/**
 * Answers the router solicitations of iPXE with "no router here" (RFC 4861, 6.2.3: lifetime 0).
 * The IPv6 of QEMU's iPXE ROM otherwise waits some 15 s for one at every stage. Only a saving: without it boots are slower, not broken.
 */
export async function advertiseNoRouter(network: Network): Promise<void> {
  const config = join(network.folder, 'radvd.conf')
  await writeFile(
    config,
    'interface br0 {\n  AdvSendAdvert on;\n  AdvDefaultLifetime 0;\n  MinRtrAdvInterval 3;\n  MaxRtrAdvInterval 4;\n};\n',
  )
  network.start(['radvd', '-n', '-m', 'stderr', '-C', config, '-p', join(network.folder, 'radvd.pid')])
}

/** Removes the namespaces and scratch folders of test runs that were killed. */
export async function removeLeftovers(): Promise<void> {
  const names = (await mustRun(['ip', 'netns', 'list'])).split('\n').map((line) => line.split(' ')[0] ?? '')
  for (const name of names) if (isOrphan(name)) await removeNamespace(name)
  for (const name of await readdir(tmpdir())) if (isOrphan(name)) await rm(join(tmpdir(), name), {recursive: true, force: true})
}

/** Was it made by a test process that is gone? Names carry its process id. */
function isOrphan(name: string): boolean {
  const owner = new RegExp(`^${PREFIX}.*?-(\\d+)(-|$)`).exec(name)?.[1]
  return owner !== undefined && !processExists(Number(owner))
}

async function removeNamespace(name: string): Promise<void> {
  for (const [signal, waitMs] of [
    ['SIGTERM', 2000],
    ['SIGKILL', 2000],
  ] as const) {
    const deadline = Date.now() + waitMs
    let pids = await pidsIn(name)
    for (const pid of pids) signalProcess(pid, signal)
    while (pids.length > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      pids = await pidsIn(name)
    }
  }
  await run(['ip', 'netns', 'delete', name])
}

async function pidsIn(name: string): Promise<number[]> {
  const {stdout} = await run(['ip', 'netns', 'pids', name])
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(Number)
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}
