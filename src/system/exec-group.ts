// A program and all that it starts, bounded in time and in what it prints: for restart commands, which are scripts that start
// others, and for ssh. exec.ts ends only the program itself, and waits for every process that holds its output.
import {spawn, type ChildProcess, type StdioOptions} from 'node:child_process'
import type {Readable} from 'node:stream'
import {programMissing, type CommandLine, type Finished} from './exec.js'

/** The answer waits so long for output that is still on its way; a daemon may keep the pipe for ever. */
const OUTPUT_MS = 500
/** From the polite signal to the other. */
const GRACE_MS = 2000
const DEFAULT_TIMEOUT_MS = 60_000

export type GroupCommand = CommandLine & {
  /** More than this on stdout and stderr together ends the program, and the answer says `overflowed`. */
  readonly maxOutputBytes?: number
  /**
   * It ends when this process ends, also when that is killed and can no longer end anybody. Then the status of a program that a
   * signal ended is that of sh(1): 128 and the number of the signal.
   */
  readonly endsWithUs?: boolean
  /** Each line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void
  /** Aborted to end the program; the answer then says `aborted`. */
  readonly signal?: AbortSignal
}

export type GroupFinished = Finished & {readonly overflowed?: true; readonly aborted?: true}

export type ExecGroup = (command: GroupCommand) => Promise<GroupFinished>

/**
 * Runs "$@" in a group with somebody who waits for the end of descriptor 3, which only we hold open. A background program of sh(1)
 * reads from /dev/null, so the real input comes by descriptor 4.
 */
const LIFELINE = `command -v "$1" >/dev/null 2>&1 || { echo missing >&3; exit 127; }
exec 4<&0 </dev/null
"$@" <&4 3<&- 4<&- &
program=$!
exec 4<&-
{ read -r _ <&3; kill -TERM 0; } >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$program"
status=$?
exec 2>/dev/null
kill "$watcher"
exit "$status"`

/**
 * As `exec`, but in a process group of its own (setpgid(2)), which the time limit ends as a whole. What was started and has
 * left the group, as daemons do, stays.
 */
export const execGroup: ExecGroup = (command) =>
  new Promise((resolve, reject) => {
    const child = startGroup(command)
    const output = collect(child, command, () => end())
    let timedOut = false
    const {signal: abort} = command
    let missing = false
    let kill: NodeJS.Timeout | undefined
    const end = (): void => {
      signalGroup(child.pid, 'SIGTERM')
      kill ??= setTimeout(() => signalGroup(child.pid, 'SIGKILL'), GRACE_MS)
    }
    const limit = setTimeout(() => {
      timedOut = true
      end()
    }, command.timeoutMs ?? DEFAULT_TIMEOUT_MS)
    if (abort?.aborted === true) end()
    abort?.addEventListener('abort', end)
    ;(child.stdio[3] as Readable | undefined)?.once('data', () => (missing = true))
    const finish = (exitCode: number | null, signal: NodeJS.Signals | null): void => {
      // The program itself may have gone at SIGTERM, and what it started not.
      if (timedOut || output.overflowed || abort?.aborted === true) signalGroup(child.pid, 'SIGKILL')
      abort?.removeEventListener('abort', end)
      clearTimeout(limit)
      clearTimeout(kill)
      for (const stream of child.stdio) stream?.destroy()
      if (missing) reject(programMissing(command.file, undefined))
      else resolve({...finished(output, timedOut, exitCode, signal), ...(abort?.aborted === true ? {aborted: true as const} : {})})
    }
    child.once('error', (cause) => {
      clearTimeout(limit)
      reject(programMissing(command.file, cause))
    })
    child.once('exit', (exitCode, signal) => {
      const patience = setTimeout(() => finish(exitCode, signal), OUTPUT_MS)
      child.once('close', () => {
        clearTimeout(patience)
        finish(exitCode, signal)
      })
    })
  })

function startGroup(command: GroupCommand): ChildProcess {
  const stdio: StdioOptions = [command.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe']
  const options = {
    detached: true,
    env: {...process.env, LC_ALL: command.locale ?? 'C'},
    ...(command.cwd === undefined ? {} : {cwd: command.cwd}),
  }
  const child =
    command.endsWithUs === true
      ? spawn('sh', ['-c', LIFELINE, 'sh', command.file, ...command.args], {...options, stdio: [...stdio, 'pipe']})
      : spawn(command.file, command.args, {...options, stdio})
  // A program that ends before it has read its input says why on stderr; the lifeline breaks when the program ends.
  for (const stream of [child.stdin, child.stdio[3]]) stream?.on('error', () => undefined)
  child.stdin?.end(command.input)
  return child
}

type Output = {readonly stdout: Buffer[]; readonly stderr: Buffer[]; overflowed: boolean}

function collect(child: ChildProcess, {maxOutputBytes: maxBytes = Infinity, onLine}: GroupCommand, onOverflow: () => void): Output {
  const output: Output = {stdout: [], stderr: [], overflowed: false}
  let bytes = 0
  for (const name of ['stdout', 'stderr'] as const) {
    let begun = ''
    child[name]?.on('data', (chunk: Buffer) => {
      if (onLine !== undefined) {
        const lines = `${begun}${chunk.toString('latin1')}`.split(/[\r\n]+/)
        begun = lines.pop() ?? ''
        lines.forEach(onLine)
      }
      bytes += chunk.length
      if (bytes <= maxBytes) output[name].push(chunk)
      else if (!output.overflowed) {
        output.overflowed = true
        onOverflow()
      }
    })
  }
  return output
}

function finished(output: Output, timedOut: boolean, exitCode: number | null, signal: NodeJS.Signals | null): GroupFinished {
  return {
    exitCode: timedOut || output.overflowed ? -1 : (exitCode ?? -1),
    stdout: Buffer.concat(output.stdout).toString(),
    stderr: Buffer.concat(output.stderr).toString(),
    timedOut,
    ...(signal === null ? {} : {signal}),
    ...(output.overflowed ? {overflowed: true as const} : {}),
  }
}

/** The group may be gone already. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // ESRCH: nobody is left.
  }
}
