// Network and process namespaces that live as long as their first process, a `cat` whose input is our end of a pipe. When we
// close it, or die however, it ends, and the kernel ends everything else in there with it and removes the interfaces: there
// is nothing to clean up.
import {PxectlError} from '../errors.js'
import type {CommandLine, Exec} from '../system/exec.js'
import {readBytes} from '../system/files.js'
import type {Start, StartedProgram} from '../system/start.js'

export type Namespace = {
  /** The process id of the first process, as this process knows it. */
  readonly pid: string
  /** The same command line, to run in there. */
  readonly inside: (command: CommandLine) => CommandLine
  close(): Promise<void>
}

export type NamespaceOptions = {
  /** Ordinary users need a user namespace, in which they are root. */
  readonly isRoot: boolean
  readonly start: Start
}

/** Throws NAMESPACE_REFUSED where the system does not let us. */
export async function openNamespace({isRoot, start}: NamespaceOptions): Promise<Namespace> {
  const asRoot = isRoot ? [] : ['--user', '--map-root-user']
  const holder = await start({file: 'unshare', args: [...asRoot, '--net', '--pid', '--fork', '--', 'cat'], input: 'ready\n'})
  const close = (): Promise<void> => holder.stop()
  try {
    const pid = await firstProcess(holder)
    const enter = ['--target', pid, '--net', '--pid', ...(isRoot ? [] : ['--user', '--preserve-credentials'])]
    return {pid, inside: (command) => ({...command, file: 'nsenter', args: [...enter, '--', command.file, ...command.args]}), close}
  } catch (error) {
    await close()
    throw error
  }
}

/** Runs `ip` in the namespace, once for each list of arguments. Throws NAMESPACE_REFUSED at the first that fails. */
export async function configureNamespace({inside}: Namespace, plan: readonly (readonly string[])[], exec: Exec): Promise<void> {
  for (const args of plan) {
    const finished = await exec(inside({file: 'ip', args}))
    if (finished.exitCode !== 0) throw networkRefused(`ip ${args.join(' ')}: ${finished.stderr.trim()}`)
  }
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
