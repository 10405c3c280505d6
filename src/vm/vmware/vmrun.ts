// vmrun, the program of VMware Workstation, Player and Fusion that starts and stops machines. A machine is the path of its .vmx
// file; nothing is registered. Errors are printed on stdout, with status 255:
//
//     Error: Cannot open VM: /lab/tk2.vmx, The virtual machine cannot be found
import {PxectlError} from '../../errors.js'
import type {CommandLine, Finished} from '../../system/exec.js'
import type {HypervisorDoors} from '../doors.js'
import {basenameOn, dirnameOn, joinOn} from '../paths.js'
import {commandFailed} from '../steps.js'
import {hypervisorMissing} from '../vm-errors.js'

export const TITLE = 'VMware'

export type Vmrun = {
  /** The command line for these words, to run or to show; -T stands before them, where vmrun wants it. */
  readonly command: (words: readonly string[]) => Promise<CommandLine>
  /** A failure is an answer: `problem` in vmrun's words. But for a vmrun that is not there: HYPERVISOR_MISSING. */
  readonly run: (command: CommandLine) => Promise<{readonly stdout: string; readonly problem: string | undefined}>
  /** It must succeed: throws HYPERVISOR_FAILED. Gives stdout. */
  readonly mustRun: (command: CommandLine) => Promise<string>
  /** Another program of VMware, which stands beside vmrun. */
  readonly sibling: (name: string) => Promise<string>
}

/** What vmrun's option -T takes: Workstation, Player, Fusion. */
type VmwareProduct = 'ws' | 'player' | 'fusion'

type Program = {readonly file: string; readonly product: VmwareProduct}

/** A start that asks, or a stop of a guest that does not want, is given up after this. */
const TIMEOUT_MS = 120_000

export function openVmrun(doors: HypervisorDoors): Vmrun {
  let program: Promise<Program> | undefined
  const find = (): Promise<Program> => (program ??= findVmrun(doors))
  // Names of files beyond ASCII.
  const locale = doors.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'
  const run: Vmrun['run'] = async (command) => {
    const finished = await start(doors, {timeoutMs: TIMEOUT_MS, ...command})
    return {stdout: finished.stdout, problem: findVmrunProblem(finished)}
  }
  return {
    command: async (words) => {
      const {file, product} = await find()
      return {file, args: ['-T', product, ...words], locale}
    },
    run,
    mustRun: async (command) => {
      const {stdout, problem} = await run(command)
      if (problem !== undefined) throw commandFailed(command, problem)
      return stdout
    },
    sibling: async (name) => {
      const {file} = await find()
      return basenameOn(file) === file ? name : joinOn(dirnameOn(file), file.endsWith('.exe') ? `${name}.exe` : name)
    },
  }
}

/** What went wrong, or undefined. The status is 255 (4294967295 on Windows) beside a line `Error: …` on stdout. */
export function findVmrunProblem({exitCode, stdout, stderr, timedOut}: Finished): string | undefined {
  if (timedOut) return 'it did not finish in time'
  const said = /^Error: (.*)$/m.exec(`${stdout}\n${stderr}`)?.[1]?.trim()
  if (said !== undefined) return said
  return exitCode === 0 ? undefined : stderr.trim() || stdout.trim() || `it gave no reason (exit status ${exitCode})`
}

/** `vmrun list`: `Total running VMs: N`, then the path of each. */
export function parseRunning(stdout: string): string[] {
  const lines = stdout.split(/\r?\n/).map((line) => line.trim())
  const start = lines.findIndex((line) => /^Total running VMs: \d+$/.test(line))
  return start === -1 ? [] : lines.slice(start + 1).filter((line) => line !== '')
}

/** Where the installers put it; PATH where it is in none of those. */
async function findVmrun(doors: HypervisorDoors): Promise<Program> {
  const product = await productOf(doors)
  for (const file of vmrunPlaces(doors)) if (await doors.files.exists(file)) return {file, product}
  return {file: 'vmrun', product}
}

export function vmrunPlaces({platform, environment}: Pick<HypervisorDoors, 'platform' | 'environment'>): string[] {
  if (platform === 'darwin') {
    const contents = '/Applications/VMware Fusion.app/Contents'
    return [`${contents}/Library/vmrun`, `${contents}/Public/vmrun`]
  }
  if (platform !== 'win32') return ['/usr/bin/vmrun']
  const folders = [environment['ProgramFiles(x86)'], environment['ProgramFiles'], 'C:\\Program Files (x86)', 'C:\\Program Files']
  const known = folders.filter((folder) => folder !== undefined && folder !== '')
  const products = ['VMware Workstation', 'VMware Player', 'VMware VIX']
  return [...new Set(known.flatMap((folder) => products.map((product) => `${folder}\\VMware\\${product}\\vmrun.exe`)))]
}

/** Player has no `vmware`, only a `vmplayer`. */
async function productOf({platform, files}: HypervisorDoors): Promise<VmwareProduct> {
  if (platform === 'darwin') return 'fusion'
  const isPlayer = platform === 'linux' && (await files.exists('/usr/bin/vmplayer')) && !(await files.exists('/usr/bin/vmware'))
  return isPlayer ? 'player' : 'ws'
}

async function start(doors: HypervisorDoors, command: CommandLine): Promise<Finished> {
  try {
    return await doors.exec(command)
  } catch (error) {
    if (!(error instanceof PxectlError) || error.code !== 'PROGRAM_MISSING') throw error
    throw hypervisorMissing({
      title: TITLE,
      where: doors.where,
      lookedFor: [...vmrunPlaces(doors), `${command.file} in PATH`],
      suggestions: [
        'install VMware Workstation or Fusion, or add the folder of vmrun to PATH',
        'or use another hypervisor: --hypervisor qemu',
      ],
      cause: error,
    })
  }
}
