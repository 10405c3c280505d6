// How VBoxManage says that something failed. Its exit status alone does not tell: some failures end with 0, and what is
// printed on stderr is often only progress.
//
//     VBoxManage: error: Could not find a registered machine named 'nosuch'
//     VBoxManage: error: Details: code VBOX_E_OBJECT_NOT_FOUND (0x80bb0001), component VirtualBoxWrap, interface IVirtualBox
//     VBoxManage: error: Context: "FindMachine(...)" at line 3143 of file VBoxManageInfo.cpp
import {PxectlError} from '../errors.js'
import {renderCommandLine, type CommandLine, type Finished} from '../system/exec.js'

export type VboxProblem = {
  /** In VirtualBox's words; several lines where it says several things. */
  readonly message: string
  /** The stable name in the details, e.g. VBOX_E_OBJECT_NOT_FOUND; not every failure has one. */
  readonly code?: string
}

const ERROR = /^VBoxManage(?:\.exe)?: error:(.*)$/

/** What went wrong, or undefined. Failures with exit status 0 count (seen: `modifyvm --nic9 nat` of 7.2.22). */
export function findVboxProblem({exitCode, stdout, stderr, timedOut}: Finished): VboxProblem | undefined {
  if (timedOut) return {message: 'it did not finish in time'}
  const said = `${stderr}\n${stdout}`.split(/\r?\n/).flatMap((line) => {
    const text = ERROR.exec(line)?.[1]
    return text === undefined ? [] : [text.trim()]
  })
  if (exitCode === 0 && said.length === 0) return undefined
  const code = said.map((text) => /^Details: code (\w+)/.exec(text)?.[1]).find((found) => found !== undefined)
  const words = [...new Set(said.filter((text) => text !== '' && !/^(?:Details|Context): /.test(text)))]
  // For many bad values VBoxManage prints `error: ` and nothing else (seen: --memory abc, --set-opt=300 x).
  const message = words.join('\n') || lastWords(stderr) || `it gave no reason (exit status ${exitCode})`
  return {message, ...(code === undefined ? {} : {code})}
}

/** For failures that are not printed as errors; a usage text is no reason. */
function lastWords(stderr: string): string {
  if (/^Usage\b/m.test(stderr)) return ''
  return stderr
    .replace(/^Oracle .*\nCopyright .*$/m, '')
    .replace(/^VBoxManage(?:\.exe)?: error:\s*$/gm, '')
    .trim()
}

/** The error for a command that failed; says what was run. */
export function vboxFailed(command: CommandLine, {message, code}: VboxProblem): PxectlError {
  return new PxectlError(`VBoxManage failed: ${message}`, {
    code: 'VBOXMANAGE_FAILED',
    kind: 'external',
    details: {command: renderCommandLine(command), ...(code === undefined ? {} : {virtualbox: code})},
    suggestions: [`see it yourself: ${renderCommandLine(command)}`],
  })
}
