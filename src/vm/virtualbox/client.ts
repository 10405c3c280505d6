// VBoxManage for machines: calls that meet a lock or a service in the middle of its start are tried again, and what fails is one of
// the errors that all hypervisors have.
import {PxectlError} from '../../errors.js'
import type {CommandLine, Finished} from '../../system/exec.js'
import type {VboxProblem} from '../../vboxmanage/answer.js'
import {openVBoxManage, vboxmanagePlaces} from '../../vboxmanage/program.js'
import type {VboxVersion} from '../../vboxmanage/version.js'
import type {HypervisorDoors} from '../doors.js'
import {commandFailed} from '../steps.js'
import {hypervisorMissing, vmLocked, vmNotFound} from '../vm-errors.js'

export const TITLE = 'VirtualBox'

export type VboxAnswer = Finished & {readonly problem: VboxProblem | undefined}

export type VboxClient = {
  readonly command: (args: readonly string[]) => Promise<CommandLine>
  /** A failure is an answer, but for a VBoxManage that is not there: HYPERVISOR_MISSING. */
  readonly run: (args: readonly string[]) => Promise<VboxAnswer>
  /** It must succeed; gives stdout. `vm` is for messages. Throws VM_LOCKED, VM_NOT_FOUND, HYPERVISOR_FAILED. */
  readonly mustRun: (args: readonly string[], vm?: string) => Promise<string>
  /** Throws HYPERVISOR_MISSING, HYPERVISOR_OLD. */
  readonly version: () => Promise<VboxVersion>
  readonly sleep: (milliseconds: number) => Promise<void>
}

/** Together some ten seconds: as long as VBoxSVC takes to come up on a slow machine, or a window to close. */
const TRIES = 40
const PAUSE_MS = 250

export function openClient(doors: HypervisorDoors, sleep: VboxClient['sleep']): VboxClient {
  const vbox = openVBoxManage({
    exec: doors.exec,
    fileExists: (path) => doors.files.exists(path),
    platform: doors.platform,
    environment: doors.environment,
  })
  const ask = <T>(work: () => Promise<T>): Promise<T> => work().catch((error: unknown) => Promise.reject(translate(error, doors)))
  const run: VboxClient['run'] = async (args) => {
    for (let left = TRIES; ; left--) {
      const answer = await ask(() => vbox.run(args))
      if (left === 0 || !isPassing(answer)) return answer
      await sleep(PAUSE_MS)
    }
  }
  const mustRun: VboxClient['mustRun'] = async (args, vm) => {
    const {problem, stdout} = await run(args)
    if (problem === undefined) return stdout
    if (vm !== undefined && problem.code === LOCKED) throw vmLocked(vm, problem.message)
    if (vm !== undefined && problem.code === 'VBOX_E_OBJECT_NOT_FOUND') throw vmNotFound(vm, TITLE)
    throw commandFailed(await vbox.command(args), problem.message)
  }
  return {command: vbox.command, run, mustRun, version: () => ask(vbox.version), sleep}
}

/** A session holds the machine: a window with its settings, another VBoxManage, or one of its own that is not quite gone. */
const LOCKED = 'VBOX_E_INVALID_OBJECT_STATE'

/**
 * Will it pass by itself? A lock, and VBoxSVC when it ends or starts: then `the object` that is not ready is VirtualBox itself (of an
 * inaccessible machine VirtualBox says the same), or on Windows it could not be started just now.
 */
function isPassing({problem, stderr}: VboxAnswer): boolean {
  if (problem === undefined) return false
  return problem.code === LOCKED || /The object is not ready[^]*component VirtualBoxWrap|CO_E_SERVER_EXEC_FAILURE/.test(stderr)
}

function translate(error: unknown, doors: HypervisorDoors): unknown {
  if (!(error instanceof PxectlError)) return error
  const {message, details, suggestions, cause} = error
  if (error.code === 'PROGRAM_MISSING' || error.code === 'SSH_COMMAND_MISSING') {
    return hypervisorMissing({
      title: TITLE,
      where: doors.where,
      lookedFor: [...vboxmanagePlaces(doors), 'VBoxManage in PATH'],
      suggestions: ['install VirtualBox: https://www.virtualbox.org/wiki/Downloads', 'or use another hypervisor: --hypervisor qemu'],
      cause: error,
    })
  }
  if (error.code === 'VIRTUALBOX_OLD') {
    return new PxectlError(message, {code: 'HYPERVISOR_OLD', kind: 'environment', details, suggestions, cause})
  }
  if (error.code === 'VBOXMANAGE_FAILED') {
    return new PxectlError(message, {code: 'HYPERVISOR_FAILED', kind: 'external', details, suggestions, cause})
  }
  return error
}
