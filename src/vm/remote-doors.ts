// The doors to hypervisors on another machine: the same, over one ssh connection. Its shell must be of the family of sh(1).
import {PxectlError} from '../errors.js'
import type {CommandLine, Exec, Finished} from '../system/exec.js'
import {remoteShellLine, STATUS_255, type SshSession} from '../system/ssh-session.js'
import {openTalk} from '../system/unix-socket.js'
import type {HypervisorDoors, VmFiles} from './doors.js'
import {vmFolderOf} from './local-doors.js'

/** What is asked of the machine first; a line each. */
const ASK = `printf '@@pxectl %s\\n' "$(uname -s)" "$(id -u)" "$HOME" "$XDG_RUNTIME_DIR" "$XDG_DATA_HOME" "$PXECTL_VM_FOLDER" "$DISPLAY"`
const PLATFORMS: Readonly<Record<string, string>> = {Linux: 'linux', Darwin: 'darwin', FreeBSD: 'freebsd', SunOS: 'sunos'}

/** Throws what ssh throws (SSH_…), and VM_MACHINE_UNFIT for a machine without a shell that we can use (Windows). */
export async function openRemoteDoors(session: SshSession): Promise<HypervisorDoors> {
  const {host: where} = session.target
  const asked = await session.run(session.target, {kind: 'line', line: 'sh -s', input: ASK})
  const answers = asked.stdout.split('\n').flatMap((line) => /^@@pxectl ?(.*)$/.exec(line)?.[1] ?? [])
  const [system = '', uid, home = '', XDG_RUNTIME_DIR, XDG_DATA_HOME, PXECTL_VM_FOLDER, DISPLAY] = answers
  const platform = PLATFORMS[system]
  if (platform === undefined) throw machineUnfit(where, system)
  const set = Object.entries({XDG_RUNTIME_DIR, XDG_DATA_HOME, PXECTL_VM_FOLDER, DISPLAY}).filter(([, value]) => value !== '')
  const environment = {HOME: home, ...(Object.fromEntries(set) as Record<string, string>)}
  const isRoot = uid === '0'
  const exec = remoteExec(session)
  return {
    where,
    isRemote: true,
    exec,
    files: remoteFiles(exec, where),
    openSocket: async (path) => openTalk(await session.forwardSocket(path)),
    reachSocket: session.forwardSocket,
    platform,
    environment,
    vmFolder: vmFolderOf({home, isRoot, environment}),
    isRoot,
    now: () => Date.now(),
  }
}

function remoteExec(session: SshSession): Exec {
  return async (command: CommandLine): Promise<Finished> => {
    const line = remoteShellLine([command.file, ...command.args], {locale: command.locale ?? 'C', cwd: command.cwd})
    const {input, timeoutMs} = command
    try {
      const finished = await session.run(
        session.target,
        {kind: 'line', line, ...(input === undefined ? {} : {input})},
        {...(timeoutMs === undefined ? {} : {timeoutMs}), maxOutputBytes: 1 << 24},
      )
      return finished.exitCode === STATUS_255 ? {...finished, exitCode: 255} : finished
    } catch (error) {
      if (!(error instanceof PxectlError) || error.code !== 'SSH_COMMAND_MISSING') throw error
      throw new PxectlError(`${session.target.host} has no program ${command.file} for this user`, {
        code: 'PROGRAM_MISSING',
        kind: 'environment',
        details: {program: command.file, machine: session.target.host},
        suggestions: [`install it there, or come as a user who has it in the PATH: --remote-user root`],
        cause: error,
      })
    }
  }
}

/** The status by which our scripts say that there is no such file. */
const ABSENT = 44

function remoteFiles(exec: Exec, where: string): VmFiles {
  const sh = async (
    what: string,
    script: string,
    path: string,
    more: {args?: readonly string[]; input?: string} = {},
  ): Promise<Finished> => {
    const {args = [], input} = more
    const finished = await exec({file: 'sh', args: ['-c', script, 'sh', path, ...args], ...(input === undefined ? {} : {input})})
    if (finished.exitCode === 0 || finished.exitCode === ABSENT) return finished
    throw new PxectlError(`cannot ${what} ${path} on ${where}: ${finished.stderr.trim() || `status ${finished.exitCode}`}`, {
      code: 'REMOTE_FILE_FAILED',
      kind: 'environment',
      details: {machine: where, path},
      suggestions: ['come as a user who may do that there: --remote-user root'],
    })
  }
  return {
    exists: async (path) => (await sh('look at', `[ -e "$1" ] || exit ${ABSENT}`, path)).exitCode === 0,
    find: async (path) => {
      const {exitCode, stdout} = await sh('read', `[ -e "$1" ] || exit ${ABSENT}; exec cat -- "$1"`, path)
      return exitCode === ABSENT ? undefined : stdout
    },
    write: async (path, text, mode = 0o644) => {
      const script =
        'umask 077; new="$1.pxectl-$$"; { cat >"$new" && chmod "$2" "$new" && mv -f "$new" "$1"; } || { rm -f "$new"; exit 1; }'
      await sh('write', script, path, {args: [mode.toString(8)], input: text})
    },
    makeFolder: async (path) => void (await sh('make the folder', 'exec mkdir -p -- "$1"', path)),
    list: async (path) => {
      const {stdout} = await sh('list', `[ -d "$1" ] || exit ${ABSENT}; exec ls -1A -- "$1"`, path)
      return stdout.split('\n').filter((name) => name !== '')
    },
    remove: async (path) => void (await sh('remove', 'exec rm -rf -- "$1"', path)),
  }
}

function machineUnfit(machine: string, system: string): PxectlError {
  return new PxectlError(
    `${machine} ${system === '' ? 'ran no sh(1)' : `runs ${system}`}; VMs are run by ssh on Linux, macOS, FreeBSD and illumos`,
    {
      code: 'VM_MACHINE_UNFIT',
      kind: 'environment',
      details: {machine, system},
      suggestions: ['install pxectl there and run it on that machine itself'],
    },
  )
}
