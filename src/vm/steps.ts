// The steps of a plan: what is run and written on the machine that runs the VM. As text for --dry-run, and carried out.
import {PxectlError} from '../errors.js'
import {quoteWord, renderCommandLine, type CommandLine, type Finished} from '../system/exec.js'
import type {HypervisorDoors} from './doors.js'

export type VmStep =
  | {readonly kind: 'run'; readonly command: CommandLine}
  | {readonly kind: 'write'; readonly path: string; readonly text: string; readonly mode?: number}
  | {readonly kind: 'folder'; readonly path: string}
  /** A file, or a folder with all that is in it. */
  | {readonly kind: 'remove'; readonly path: string}
  /** Commands of a monitor protocol, to a program that listens on a unix socket. */
  | {readonly kind: 'say'; readonly socket: string; readonly text: string}

/** The step as a line to paste into a shell; a file that is written shows its lines below, indented. */
export function renderStep(step: VmStep): string {
  switch (step.kind) {
    case 'run':
      return renderCommandLine(step.command)
    case 'write':
      return [`write ${quoteWord(step.path)}`, ...step.text.trimEnd().split('\n')].join('\n    ')
    case 'folder':
      return `mkdir -p ${quoteWord(step.path)}`
    case 'remove':
      return `rm -rf ${quoteWord(step.path)}`
    case 'say':
      return `printf '%s\\n' ${quoteWord(step.text)} | nc -U ${quoteWord(step.socket)}`
  }
}

export type StepHands = {
  /** Runs a command and judges its answer; without it a status other than 0 is HYPERVISOR_FAILED. */
  readonly run?: (command: CommandLine) => Promise<void>
  readonly say?: (socket: string, text: string) => Promise<void>
}

/** Carries the steps out, one after the other; the first that fails ends it. */
export async function applySteps(
  steps: readonly VmStep[],
  doors: Pick<HypervisorDoors, 'exec' | 'files'>,
  hands: StepHands = {},
): Promise<void> {
  for (const step of steps) {
    switch (step.kind) {
      case 'run':
        await (hands.run ?? ((command) => mustRun(doors.exec, command)))(step.command)
        break
      case 'write':
        await doors.files.write(step.path, step.text, step.mode)
        break
      case 'folder':
        await doors.files.makeFolder(step.path)
        break
      case 'remove':
        await doors.files.remove(step.path)
        break
      case 'say':
        if (hands.say === undefined) throw new Error('broken invariant: a hypervisor without a monitor has no step that talks to it')
        await hands.say(step.socket, step.text)
        break
    }
  }
}

async function mustRun(exec: HypervisorDoors['exec'], command: CommandLine): Promise<void> {
  const finished = await exec(command)
  if (finished.exitCode !== 0) throw commandFailed(command, lastWords(finished))
}

function lastWords({stderr, stdout, exitCode, timedOut}: Finished): string {
  if (timedOut) return 'it did not finish in time'
  return stderr.trim() || stdout.trim() || `it gave no reason (exit status ${exitCode})`
}

/** HYPERVISOR_FAILED, in the words of the program that failed. */
export function commandFailed(command: CommandLine, reason: string): PxectlError {
  return new PxectlError(`${command.file.split(/[/\\]/).at(-1)} failed: ${reason}`, {
    code: 'HYPERVISOR_FAILED',
    kind: 'external',
    details: {command: renderCommandLine(command)},
    suggestions: [`see it yourself: ${renderCommandLine(command)}`],
  })
}
