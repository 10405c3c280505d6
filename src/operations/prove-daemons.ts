// The two real daemons of a proof, each alone on a cable, with files of its own; and the question whether they are here at all.
import {dirname, join} from 'node:path'
import {runFirstOf} from '../dhcp/candidate-copies.js'
import {dhcpdWords} from '../dhcp/dhcpd-test.js'
import {type Configuration, resolveInclude} from '../dhcp/isc-load.js'
import {proofCopy} from '../dhcp/isc-proof-copies.js'
import {keaWords} from '../dhcp/kea-test.js'
import {PxectlError} from '../errors.js'
import type {CommandLine, Exec} from '../system/exec.js'
import {writeAtomic} from '../system/files.js'
import type {Start, StartedProgram} from '../system/start.js'
import {SERVER_INTERFACE} from '../vm/cable.js'

export type Daemon = {
  readonly name: 'dhcpd' | 'kea-dhcp4'
  /** Starts it in the foreground. */
  readonly command: CommandLine
  /** What it logs once it serves. */
  readonly ready: RegExp
  /** What it says when it does not start. */
  readonly words: (program: StartedProgram) => string
}

/** Which programs are here, by the names they can be started by; throws PROGRAM_MISSING. */
export async function findDaemons(exec: Exec): Promise<{dhcpd: string; kea: string}> {
  const dhcpd = await findProgram('dhcpd', '--version', 'isc-dhcp-server', exec)
  return {dhcpd, kea: await findProgram('kea-dhcp4', '-v', 'kea-dhcp4-server', exec)}
}

async function findProgram(name: string, flag: string, debian: string, exec: Exec): Promise<string> {
  for (const file of [name, `/usr/sbin/${name}`, `/usr/local/sbin/${name}`])
    if ((await runFirstOf([file], {args: [flag]}, exec)) !== undefined) return file
  throw new PxectlError(`${name} is not installed here, so nothing can be proved; nothing was written`, {
    code: 'PROGRAM_MISSING',
    kind: 'environment',
    details: {program: name},
    suggestions: [`apt-get install ${debian}`, 'or convert without --prove'],
  })
}

/** Writes copies of the old configuration to the folder; `program` is dhcpd. */
export async function prepareDhcpd(program: string, {main, files}: Configuration, folder: string): Promise<Daemon> {
  const copies = new Map(files.map((file, index) => [file.path, join(folder, index === 0 ? 'dhcpd.conf' : `include-${index}.conf`)]))
  for (const file of files) {
    const targets = new Map<string, string>()
    for (const {path} of file.declarations.includes) targets.set(path, await resolveInclude(path, dirname(main.path)))
    const copyOf = (include: string): string => copies.get(targets.get(include) ?? include) ?? include
    await writeAtomic(copies.get(file.path) ?? '', proofCopy(file, file === main, copyOf), {mode: 0o644})
  }
  const leases = join(folder, 'dhcpd.leases')
  await writeAtomic(leases, '', {mode: 0o644})
  const places = ['-cf', join(folder, 'dhcpd.conf'), '-lf', leases, '-pf', join(folder, 'dhcpd.pid')]
  return {
    name: 'dhcpd',
    command: {file: program, args: ['-4', '-f', '-d', ...places, SERVER_INTERFACE], cwd: '/'},
    ready: /^Server starting service\./m,
    words: (started) => dhcpdWords([...copies].reduce((said, [path, copy]) => said.replaceAll(copy, path), started.stderr())),
  }
}

/** Writes the converted configuration to the folder; only where it listens and where leases are is of the proof. */
export async function prepareKea(program: string, config: Readonly<Record<string, unknown>>, folder: string): Promise<Daemon> {
  const path = join(folder, 'kea-dhcp4.conf')
  const frame = {'interfaces-config': {interfaces: [SERVER_INTERFACE]}, 'lease-database': {type: 'memfile', persist: false}}
  await writeAtomic(path, JSON.stringify({Dhcp4: {...config, ...frame}}), {mode: 0o644})
  const environment = [`KEA_PIDFILE_DIR=${folder}`, 'KEA_LOCKFILE_DIR=none', 'KEA_LOGGER_DESTINATION=stdout']
  return {
    name: 'kea-dhcp4',
    command: {file: 'env', args: [...environment, program, '-c', path], cwd: '/'},
    ready: / DHCP4_STARTED /,
    words: (started) => keaWords({stdout: started.stdout(), stderr: started.stderr()}),
  }
}

const START_CHECKS = 600
const CHECK_EVERY_MS = 100

/** Starts a daemon where `inside` says, and waits until it serves. Throws DHCPD_REFUSED with its own words. */
export async function startDaemon(
  {name, command, ready, words}: Daemon,
  inside: (command: CommandLine) => CommandLine,
  start: Start,
  signal: AbortSignal,
): Promise<StartedProgram> {
  const started = await start(inside(command))
  for (let check = 0; check < START_CHECKS && started.isRunning() && !signal.aborted; check++) {
    if (ready.test(started.stdout()) || ready.test(started.stderr())) return started
    await new Promise((resolve) => setTimeout(resolve, CHECK_EVERY_MS))
  }
  signal.throwIfAborted()
  const said = words(started)
  throw new PxectlError(
    `${name} does not run with the ${name === 'dhcpd' ? 'old' : 'converted'} configuration; nothing was written${said === '' ? '' : `\n${said}`}`,
    {
      code: 'DHCPD_REFUSED',
      kind: 'external',
      details: {program: name, output: said},
      suggestions: name === 'dhcpd' ? ['mend the old configuration: pxectl dhcp check'] : ['convert without --prove, and edit the result'],
    },
  )
}
