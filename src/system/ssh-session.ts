// One ssh connection for many commands: OpenSSH's own sharing (ControlMaster in ssh_config(5)), which ends with this process.
//
//     ssh -M -N ── ControlPath ── ssh -S … command, ssh -S … command, ssh -O forward local.sock:remote.sock
import {join} from 'node:path'
import {quoteWord, type Finished} from './exec.js'
import {execGroup} from './exec-group.js'
import {makeTemporaryFolder, removeTree} from './files.js'
import {sshArguments, sshRun, type SshRun} from './ssh.js'
import {sshFailure} from './ssh-failure.js'
import {checkSshTarget, sshTargetWords, type SshTarget} from './ssh-target.js'

export type SshSession = {
  readonly target: SshTarget
  /** As sshRun, over this connection. */
  readonly run: SshRun
  /** The path of a unix socket here that leads to one there. Throws SSH_FORWARD_FAILED where sshd does not allow it. */
  readonly forwardSocket: (path: string) => Promise<string>
  close(): Promise<void>
}

const CONNECT_MS = 20_000
const POLL_MS = 20

/** Connects; throws what sshRun throws. On Windows, whose ssh cannot share, every command has a connection of its own. */
export async function openSshSession(target: SshTarget, platform: string = process.platform): Promise<SshSession> {
  checkSshTarget(target)
  // In the shortest of folders: a socket's path has room for some 100 characters.
  const folder = await makeTemporaryFolder('pxe-ssh-')
  const controlPath = platform === 'win32' ? undefined : join(folder, 'c')
  const master = controlPath === undefined ? undefined : await startMaster(target, controlPath, folder)
  const forwarded = new Map<string, Promise<string>>()
  const forward = async (path: string): Promise<string> => {
    const local = join(folder, `s${forwarded.size}`)
    const args = ['-S', controlPath ?? '', '-O', 'forward', '-L', `${local}:${path}`, ...sshTargetWords(target)]
    const finished = await execGroup({file: 'ssh', args, timeoutMs: CONNECT_MS})
    if (finished.exitCode !== 0) throw sshFailure(target, finished.stderr)
    return local
  }
  return {
    target,
    run: (to, command, options = {}) => sshRun(to, command, {...options, ...(controlPath === undefined ? {} : {controlPath})}),
    forwardSocket: (path) => {
      const known = forwarded.get(path) ?? forward(path)
      forwarded.set(path, known)
      return known
    },
    close: async () => {
      if (master !== undefined) {
        await execGroup({file: 'ssh', args: ['-S', controlPath ?? '', '-O', 'exit', ...sshTargetWords(target)], timeoutMs: CONNECT_MS})
        await master.ended
      }
      await removeTree(folder)
    },
  }
}

/** Resolves once the connection stands. */
async function startMaster(target: SshTarget, controlPath: string, folder: string): Promise<{readonly ended: Promise<unknown>}> {
  const args = sshArguments(target, {timeoutMs: CONNECT_MS, controlPath})
  const isMaster = args.map((word) => (word === 'ControlMaster=no' ? 'ControlMaster=yes' : word))
  // Alive, or noticed to be dead within a minute: a machine may be switched off in the middle.
  const settings = ['-N', '-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=4', '-o', 'StreamLocalBindUnlink=yes']
  let ended: Finished | undefined
  const running = execGroup({file: 'ssh', args: [...settings, ...isMaster], timeoutMs: 2 ** 31 - 1, endsWithUs: true}).then(
    (finished) => (ended = finished),
  )
  try {
    for (let waitedMs = 0; ; waitedMs += POLL_MS) {
      if (ended !== undefined) throw sshFailure(target, ended.stderr)
      const check = await execGroup({file: 'ssh', args: ['-S', controlPath, '-O', 'check', ...sshTargetWords(target)]})
      if (check.exitCode === 0) return {ended: running}
      if (waitedMs > CONNECT_MS) throw sshFailure(target, `ssh: connect to host ${target.host} port 22: Connection timed out`)
      await Promise.race([running, new Promise((resolve) => setTimeout(resolve, POLL_MS))])
    }
  } catch (error) {
    await removeTree(folder)
    throw error
  }
}

/** ssh itself ends with 255 where it fails, so a program that does (vmrun) is told apart by this status, which none is known to use. */
export const STATUS_255 = 192

/** A command line for the shell there, found also where the PATH of a login without a terminal is short (macOS, FreeBSD). */
export function remoteShellLine(words: readonly string[], settings: {readonly locale: string; readonly cwd?: string | undefined}): string {
  const path = 'PATH=$PATH:/usr/local/bin:/opt/homebrew/bin:/opt/local/bin:/usr/local/sbin:/usr/sbin:/sbin; export PATH'
  const cwd = settings.cwd === undefined ? '' : `cd ${quoteWord(settings.cwd)} || exit; `
  const command = `LC_ALL=${quoteWord(settings.locale)} ${words.map(quoteWord).join(' ')}`
  return `${path}; ${cwd}${command}; status=$?; [ "$status" != 255 ] || status=${STATUS_255}; exit "$status"`
}
