// Asks Kea itself whether it would take a configuration: `kea-dhcp4 -t` on a copy of the files, then `config-test` of the
// daemon that runs, which knows its own hooks and version. Before anything is put in place: Kea 2.2 that was given a bad
// configuration lives on and answers nobody.
import {findIncludes} from '../kea-conf/parse.js'
import {renderScalar} from '../kea-conf/render.js'
import type {Exec, Finished} from '../system/exec.js'
import {candidateRefused, configurationRefused, runFirstOf, withCandidates, type WrittenInclude} from './candidate-copies.js'
import {findControlSocket, isUnreachable, type AskKea} from './kea-control.js'
import {dhcp4Value, readKeaConfiguration} from './kea-load.js'
import type {FileChange} from './server.js'

const PROGRAMS = ['kea-dhcp4', '/usr/sbin/kea-dhcp4', '/usr/local/sbin/kea-dhcp4']

export type KeaTestOptions = {readonly config: string; readonly stateFolder: string; readonly exec: Exec; readonly ask: AskKea}

/** Throws DHCPD_REFUSED with Kea's own words; gives warnings, also where Kea is not installed here. */
export async function testKeaCandidates(files: readonly FileChange[], options: KeaTestOptions): Promise<string[]> {
  const isMissing = await withCandidates(files, {...options, includesOf}, async (config, copies) => {
    const finished = await runKeaTest(config, options.exec)
    if (finished !== undefined && finished.exitCode !== 0)
      throw candidateRefused({program: 'kea-dhcp4', finished, said: keaWords(finished), copies})
    return finished === undefined
  })
  const wasAsked = await askDaemon(files, options)
  return isMissing && !wasAsked ? ['kea-dhcp4 is not installed here, so the new configuration was not tested before use'] : []
}

/** Runs `kea-dhcp4 -t` on a file; undefined where there is no kea-dhcp4. */
export async function runKeaTest(path: string, exec: Exec): Promise<Finished | undefined> {
  return runFirstOf(PROGRAMS, {args: ['-t', path], timeoutMs: 60_000, cwd: '/'}, exec)
}

function includesOf(_path: string, bytes: Buffer): WrittenInclude[] {
  return findIncludes(bytes).map(({path, start, end}) => ({path, start, end, render: (copy) => `<?include ${renderScalar(copy)}?>`}))
}

/** Kea's complaint without times, threads and what it tells besides. */
export function keaWords({stdout, stderr}: Pick<Finished, 'stdout' | 'stderr'>): string {
  const lines = `${stderr}\n${stdout}`.split('\n').map((line) => line.trim())
  const told = lines.filter((line) => /^(?:Error encountered|Syntax check failed)/.test(line))
  const logged = lines.flatMap((line) => / (?:ERROR|FATAL) +\[[^\]]*\] (.*)$/.exec(line)?.[1] ?? [])
  const words = told.length > 0 ? told : logged
  return (words.length > 0 ? words : lines.filter((line) => line !== '' && !/ (?:INFO|DEBUG|WARN) +\[/.test(line))).join('\n')
}

/** Is there a daemon that was asked? */
async function askDaemon(files: readonly FileChange[], {config, ask}: KeaTestOptions): Promise<boolean> {
  // The socket of the configuration that runs now, which may not be that of the candidate.
  const running = await readKeaConfiguration(config).catch(() => undefined)
  const socket = running === undefined ? undefined : findControlSocket(dhcp4Value(running))
  if (socket === undefined) return false
  const candidates = new Map(files.flatMap(({path, after}) => (after === undefined ? [] : [[path, after] as const])))
  const candidate = await readKeaConfiguration(config, candidates)
  try {
    const {result, text} = await ask(socket, 'config-test', {Dhcp4: dhcp4Value(candidate)})
    // 2: a daemon that does not know the command has nothing against the configuration.
    if (result === 0 || result === 2) return true
    throw configurationRefused('kea-dhcp4 rejected the new configuration', text, {socket})
  } catch (error) {
    if (isUnreachable(error)) return false
    throw error
  }
}
