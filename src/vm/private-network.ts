// A network of its own for one virtual machine and the servers it boots from; no interface of this computer takes part.
//
//     network and process namespaces, alive as long as their first process
//     ┌─────────────────────────────────────────────┐
//     │ br0 192.168.56.1/24: pxectl serve           │
//     │  └─ tap0 ── QEMU                            │
//     └─────────────────────────────────────────────┘
//
// The first process is a `cat` whose input is our end of a pipe. When we close it, or die however, it ends, and the kernel
// ends everything else in there with it and removes the interfaces: there is nothing to clean up.
import {PxectlError} from '../errors.js'
import type {Ipv4, Subnet} from '../net/ipv4.js'
import type {CommandLine, Exec} from '../system/exec.js'
import {readBytes} from '../system/files.js'
import type {Start, StartedProgram} from '../system/start.js'

export type PrivateNetwork = {
  /** The name of the tap device for the machine. */
  readonly tap: string
  /** The same command line, to run in there. */
  readonly inside: (command: CommandLine) => CommandLine
  close(): Promise<void>
}

export type NamespacesOptions = {
  /** Ordinary users need a user namespace, in which they are root. */
  readonly isRoot: boolean
  readonly start: Start
}

export type PrivateNetworkOptions = NamespacesOptions & {
  readonly server: Ipv4
  readonly subnet: Subnet
  readonly exec: Exec
}

/** Network and process namespaces without any interface but `lo`. */
export type Namespaces = {
  /** Their first process, as this computer counts. */
  readonly pid: string
  /** The same command line, to run in there. */
  readonly inside: (command: CommandLine) => CommandLine
  close(): Promise<void>
}

const TAP = 'tap0'

/** Makes them; they end with this process at the latest. Throws NAMESPACE_REFUSED. */
export async function openNamespaces({isRoot, start}: NamespacesOptions): Promise<Namespaces> {
  const asRoot = isRoot ? [] : ['--user', '--map-root-user']
  const holder = await start({file: 'unshare', args: [...asRoot, '--net', '--pid', '--fork', '--', 'cat'], input: 'ready\n'})
  const close = (): Promise<void> => holder.stop()
  try {
    const pid = await firstProcess(holder)
    const enter = ['--target', pid, '--net', '--pid', ...(isRoot ? [] : ['--user', '--preserve-credentials'])]
    const inside = (command: CommandLine): CommandLine => ({
      ...command,
      file: 'nsenter',
      args: [...enter, '--', command.file, ...command.args],
    })
    return {pid, inside, close}
  } catch (error) {
    await close()
    throw error
  }
}

export async function openPrivateNetwork(options: PrivateNetworkOptions): Promise<PrivateNetwork> {
  const {inside, close} = await openNamespaces(options)
  try {
    for (const args of planNetwork(options)) {
      const finished = await options.exec(inside({file: 'ip', args}))
      if (finished.exitCode !== 0) throw networkRefused(`ip ${args.join(' ')}: ${finished.stderr.trim()}`)
    }
    return {tap: TAP, inside, close}
  } catch (error) {
    await close()
    throw error
  }
}

/** The arguments of `ip`, in order. Pure. */
export function planNetwork({server, subnet}: Pick<PrivateNetworkOptions, 'server' | 'subnet'>): string[][] {
  return [
    ['link', 'set', 'lo', 'up'],
    ['link', 'add', 'br0', 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0'],
    ['address', 'add', `${server}/${subnet.prefix}`, 'brd', '+', 'dev', 'br0'],
    ['tuntap', 'add', 'dev', TAP, 'mode', 'tap'],
    ['link', 'set', TAP, 'master', 'br0', 'up'],
    ['link', 'set', 'br0', 'up'],
  ]
}

/** The process id of the `cat`, once it runs: it answers what was written to it. */
async function firstProcess(holder: StartedProgram): Promise<string> {
  for (let tries = 0; tries < 250; tries++) {
    if (holder.stdout().includes('ready')) {
      const children = (await readBytes(`/proc/${holder.pid}/task/${holder.pid}/children`)).toString()
      return children.trim().split(' ')[0] ?? ''
    }
    if (!holder.isRunning()) break
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw networkRefused(holder.stderr().trim())
}

/** The error for namespaces, or interfaces in them, that cannot be made. */
export function networkRefused(reason: string): PxectlError {
  return new PxectlError(`no private network could be made: ${reason}`, {
    code: 'NAMESPACE_REFUSED',
    kind: 'environment',
    details: {reason},
    suggestions: [
      'run it as root',
      'or allow it to ordinary users: sysctl kernel.unprivileged_userns_clone=1, and /dev/net/tun with mode 0666',
    ],
  })
}
