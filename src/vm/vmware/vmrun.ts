// vmrun, the program of VMware Workstation, Player and Fusion that starts and stops machines. A machine is the path of its .vmx
// file; nothing is registered. Errors are printed on stdout, with status 255:
//
//     Error: Cannot open VM: /lab/tk2.vmx, The virtual machine cannot be found
import {PxectlError} from '../../errors.js'
import {renderCommandLine, type CommandLine, type Exec, type Finished} from '../../system/exec.js'

/** What vmrun's option -T takes: Workstation, Player, Fusion. */
export type VmwareProduct = 'ws' | 'player' | 'fusion'

export type VmrunParts = {
  readonly exec: Exec
  readonly fileExists: (path: string) => Promise<boolean>
  /** As process.platform has it. */
  readonly platform: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

export type Vmrun = {
  /** The command line for these words, to run or to show; -T stands before them, where vmrun wants it. */
  readonly command: (words: readonly string[]) => Promise<CommandLine>
  /** A failure is an answer: `problem` in vmrun's words. */
  readonly run: (words: readonly string[]) => Promise<{readonly stdout: string; readonly problem: string | undefined}>
  /** It must succeed: throws VMRUN_FAILED. Gives stdout. */
  readonly mustRun: (words: readonly string[]) => Promise<string>
}

type Program = {readonly file: string; readonly product: VmwareProduct}

export function openVmrun(parts: VmrunParts): Vmrun {
  let program: Promise<Program> | undefined
  const command = async (words: readonly string[]): Promise<CommandLine> => {
    const {file, product} = await (program ??= findVmrun(parts))
    // Names of files beyond ASCII.
    return {file, args: ['-T', product, ...words], locale: parts.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'}
  }
  const run: Vmrun['run'] = async (words) => {
    const finished = await start(parts, await command(words))
    return {stdout: finished.stdout, problem: findVmrunProblem(finished)}
  }
  const mustRun: Vmrun['mustRun'] = async (words) => {
    const {stdout, problem} = await run(words)
    if (problem !== undefined) throw vmrunFailed(await command(words), problem)
    return stdout
  }
  return {command, run, mustRun}
}

/** What went wrong, or undefined. The status is 255 (4294967295 on Windows) beside a line `Error: …` on stdout. */
export function findVmrunProblem({exitCode, stdout, stderr, timedOut}: Finished): string | undefined {
  if (timedOut) return 'it did not finish in time'
  const said = /^Error: (.*)$/m.exec(`${stdout}\n${stderr}`)?.[1]?.trim()
  if (said !== undefined) return said
  return exitCode === 0 ? undefined : stderr.trim() || stdout.trim() || `it gave no reason (exit status ${exitCode})`
}

export function vmrunFailed(command: CommandLine, problem: string): PxectlError {
  return new PxectlError(`vmrun failed: ${problem}`, {
    code: 'VMRUN_FAILED',
    kind: 'external',
    details: {command: renderCommandLine(command)},
    suggestions: [`see it yourself: ${renderCommandLine(command)}`],
  })
}

/** `vmrun list`: `Total running VMs: N`, then the path of each. */
export function parseRunning(stdout: string): string[] {
  const lines = stdout.split(/\r?\n/).map((line) => line.trim())
  const start = lines.findIndex((line) => /^Total running VMs: \d+$/.test(line))
  return start === -1 ? [] : lines.slice(start + 1).filter((line) => line !== '')
}

/** Where the installers put it; PATH where none of those is there. */
export async function findVmrun({platform, environment, fileExists}: VmrunParts): Promise<Program> {
  const places = vmrunPlaces(platform, environment)
  for (const place of places) if (await fileExists(place)) return {file: place, product: await productOf(platform, fileExists)}
  return {file: 'vmrun', product: await productOf(platform, fileExists)}
}

export function vmrunPlaces(platform: string, environment: VmrunParts['environment']): string[] {
  if (platform === 'darwin') {
    const contents = '/Applications/VMware Fusion.app/Contents'
    return [`${contents}/Library/vmrun`, `${contents}/Public/vmrun`]
  }
  if (platform !== 'win32') return ['/usr/bin/vmrun', '/usr/local/bin/vmrun']
  const folders = [environment['ProgramFiles(x86)'], environment['ProgramFiles'], 'C:\\Program Files (x86)', 'C:\\Program Files']
  const products = ['VMware Workstation', 'VMware Player', 'VMware VIX']
  const known = folders.filter((folder) => folder !== undefined && folder !== '')
  return [...new Set(known.flatMap((folder) => products.map((product) => `${folder}\\VMware\\${product}\\vmrun.exe`)))]
}

/** Player has no `vmware`, only a `vmplayer`. */
async function productOf(platform: string, fileExists: VmrunParts['fileExists']): Promise<VmwareProduct> {
  if (platform === 'darwin') return 'fusion'
  const isPlayer = platform === 'linux' && (await fileExists('/usr/bin/vmplayer')) && !(await fileExists('/usr/bin/vmware'))
  return isPlayer ? 'player' : 'ws'
}

async function start(parts: VmrunParts, command: CommandLine): Promise<Finished> {
  try {
    return await parts.exec(command)
  } catch (error) {
    if (!(error instanceof PxectlError) || error.code !== 'PROGRAM_MISSING') throw error
    const looked = [...vmrunPlaces(parts.platform, parts.environment), 'PATH']
    throw new PxectlError(`VMware is not installed here: no vmrun in ${looked.join(', ')}`, {
      code: 'PROGRAM_MISSING',
      kind: 'environment',
      details: {program: command.file, looked},
      suggestions: ['install VMware Workstation or Fusion, or add the folder of vmrun to PATH', 'use another one: --hypervisor virtualbox'],
      cause: error,
    })
  }
}
