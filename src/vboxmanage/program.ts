// VBoxManage itself: where it is, and one way to run it. Always as the user who asks: VirtualBox keeps everything for each user
// apart, so that root would meet other machines and other networks.
import {PxectlError} from '../errors.js'
import type {CommandLine, Exec, Finished} from '../system/exec.js'
import {findVboxProblem, vboxFailed, type VboxProblem} from './answer.js'
import {findVersion, refuseOlder, type VboxVersion} from './version.js'

export type VBoxManage = {
  /** The command line for these words, to run or to show. */
  readonly command: (args: readonly string[]) => Promise<CommandLine>
  /** Runs it, one at a time. A failure is an answer. */
  readonly run: (args: readonly string[]) => Promise<Finished & {readonly problem: VboxProblem | undefined}>
  /** The same, and it must succeed: throws VBOXMANAGE_FAILED. Gives stdout. */
  readonly mustRun: (args: readonly string[]) => Promise<string>
  /** Asked once; throws VIRTUALBOX_OLD before 6.1, whose options are others. */
  readonly version: () => Promise<VboxVersion>
}

export type VBoxManageParts = {
  readonly exec: Exec
  readonly fileExists: (path: string) => Promise<boolean>
  /** As process.platform has it. */
  readonly platform: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

const OLDEST = [6, 1] as const

export function openVBoxManage(parts: VBoxManageParts): VBoxManage {
  let file: Promise<string> | undefined
  let version: Promise<VboxVersion> | undefined
  let last: Promise<unknown> = Promise.resolve()
  const command = async (args: readonly string[]): Promise<CommandLine> => ({
    file: await (file ??= findProgram(parts)),
    args,
    locale: localeOf(parts.platform),
  })
  const runNow = async (args: readonly string[]): Promise<Finished & {readonly problem: VboxProblem | undefined}> => {
    const once = async (): Promise<Awaited<ReturnType<typeof runNow>>> => {
      const finished = await start(parts.exec, await command(args))
      return {...finished, problem: findVboxProblem(finished)}
    }
    const answer = await once()
    // VirtualBox's service ends some seconds after its last use; who comes while it does, or while it starts slowly, is sent away.
    return answer.problem?.message.startsWith('Failed to create the VirtualBox object') === true ? once() : answer
  }
  const run: VBoxManage['run'] = (args) => {
    // Several at once compete for starting VBoxSVC, and for the lock of a machine (seen: 8 at once took 10 s, 4 of 6 failed).
    const running = last.then(() => runNow(args))
    last = running.catch(() => undefined)
    return running
  }
  const mustRun: VBoxManage['mustRun'] = async (args) => {
    const {problem, stdout} = await run(args)
    if (problem !== undefined) throw vboxFailed(await command(args), problem)
    return stdout
  }
  return {command, run, mustRun, version: () => (version ??= readVersion(mustRun))}
}

async function readVersion(mustRun: VBoxManage['mustRun']): Promise<VboxVersion> {
  const stdout = await mustRun(['--version'])
  const version = findVersion(stdout)
  if (version === undefined) {
    throw new PxectlError(`VBoxManage --version did not print a version: ${stdout.trim() || 'nothing'}`, {
      code: 'VBOXMANAGE_FAILED',
      kind: 'external',
      suggestions: ['see it yourself: VBoxManage --version'],
    })
  }
  refuseOlder(version, OLDEST)
  return version
}

async function findProgram(parts: VBoxManageParts): Promise<string> {
  for (const place of vboxmanagePlaces(parts)) if (await parts.fileExists(place)) return place
  return 'VBoxManage'
}

/** Where the installers put it, as far as that is not in PATH: macOS keeps it in the application, Windows tells by a variable. */
export function vboxmanagePlaces({platform, environment}: Pick<VBoxManageParts, 'platform' | 'environment'>): string[] {
  if (platform === 'darwin') return ['/usr/local/bin/VBoxManage', '/Applications/VirtualBox.app/Contents/MacOS/VBoxManage']
  if (platform !== 'win32') return []
  return [environment['VBOX_MSI_INSTALL_PATH'], environment['VBOX_INSTALL_PATH'], 'C:\\Program Files\\Oracle\\VirtualBox']
    .filter((folder) => folder !== undefined && folder !== '')
    .map((folder) => `${folder?.replace(/\\$/, '')}\\VBoxManage.exe`)
}

/** In the C locale VBoxManage refuses every word beyond ASCII (VERR_NO_TRANSLATION); messages must be the English ones. */
function localeOf(platform: string): string {
  return platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'
}

async function start(exec: Exec, command: CommandLine): Promise<Finished> {
  try {
    return await exec(command)
  } catch (error) {
    if (!(error instanceof PxectlError) || error.code !== 'PROGRAM_MISSING') throw error
    throw new PxectlError('VirtualBox is not installed here, or its VBoxManage is not in PATH', {
      code: 'PROGRAM_MISSING',
      kind: 'environment',
      details: {program: command.file},
      suggestions: [
        'install VirtualBox: https://www.virtualbox.org/wiki/Downloads',
        'use the built-in DHCP server: pxectl config set dhcp.backend builtin',
      ],
      cause: error,
    })
  }
}
