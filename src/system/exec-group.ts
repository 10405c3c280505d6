// A program and all that it starts, bounded in time: for restart commands, which are scripts that start others. exec.ts ends
// only the program itself, and waits for every process that holds its output.
import {spawn} from 'node:child_process'
import {programMissing, type Exec, type Finished} from './exec.js'

/** The answer waits so long for output that is still on its way; a daemon may keep the pipe for ever. */
const OUTPUT_MS = 500
/** From the polite signal to the other. */
const GRACE_MS = 2000
const DEFAULT_TIMEOUT_MS = 60_000

/**
 * As `exec`, but in a process group of its own (setpgid(2)), which the time limit ends as a whole. What was started and has
 * left the group, as daemons do, stays.
 */
export const execGroup: Exec = (command) =>
  new Promise((resolve, reject) => {
    const child = spawn(command.file, command.args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {...process.env, LC_ALL: command.locale ?? 'C'},
      ...(command.cwd === undefined ? {} : {cwd: command.cwd}),
    })
    const output = {stdout: [] as Buffer[], stderr: [] as Buffer[]}
    child.stdout.on('data', (chunk: Buffer) => output.stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => output.stderr.push(chunk))
    let timedOut = false
    let kill: NodeJS.Timeout | undefined
    const limit = setTimeout(() => {
      timedOut = true
      signalGroup(child.pid, 'SIGTERM')
      kill = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), GRACE_MS)
    }, command.timeoutMs ?? DEFAULT_TIMEOUT_MS)
    const finish = (exitCode: number | null, signal: NodeJS.Signals | null): void => {
      // The program itself may have gone at SIGTERM, and what it started not.
      if (timedOut) signalGroup(child.pid, 'SIGKILL')
      clearTimeout(limit)
      clearTimeout(kill)
      child.stdout.destroy()
      child.stderr.destroy()
      resolve(finished(output, timedOut, exitCode, signal))
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

function finished(
  output: {stdout: Buffer[]; stderr: Buffer[]},
  timedOut: boolean,
  exitCode: number | null,
  signal: NodeJS.Signals | null,
): Finished {
  return {
    exitCode: timedOut ? -1 : (exitCode ?? -1),
    stdout: Buffer.concat(output.stdout).toString(),
    stderr: Buffer.concat(output.stderr).toString(),
    timedOut,
    ...(signal === null ? {} : {signal}),
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
