// Asks dhcpd itself whether it would accept a configuration (`dhcpd -t`), before that is put in place.
//
// The copies stand beside the files they are to replace: AppArmor lets dhcpd read /etc/dhcp and hardly anything else
// (profile usr.sbin.dhcpd of Debian and Ubuntu). Copies of included files are reached through a copy of what includes them.
import {basename, dirname, join} from 'node:path'
import {applySplices, type Splice} from '../dhcpd-conf/splice.js'
import {quoteString} from '../dhcpd-conf/string.js'
import {PxectlError} from '../errors.js'
import type {Exec, Finished} from '../system/exec.js'
import {fileExists, isWritable, makeFolder, readBytes, realPath, removeFile, writeAtomic, writeNeighbour} from '../system/files.js'
import {parseConfFile, resolveInclude} from './isc-load.js'
import type {FileChange} from './server.js'

/** Where dhcpd is when PATH does not have it: users other than root seldom have the sbin folders there. */
const PROGRAMS = ['dhcpd', '/usr/sbin/dhcpd', '/usr/local/sbin/dhcpd']

export type DhcpdTestOptions = {readonly config: string; readonly stateFolder: string; readonly exec: Exec}

/** Throws DHCPD_REFUSED with dhcpd's own words; gives warnings, also where dhcpd is not installed here. */
export async function testCandidates(files: readonly FileChange[], options: DhcpdTestOptions): Promise<string[]> {
  const copies = new Map<string, string>()
  try {
    await copyForTest(options.config, files, options, copies)
    const finished = await runDhcpdTest(copies.get(options.config)!, options.exec)
    if (finished === undefined) return ['dhcpd is not installed here, so the new configuration was not tested before use']
    if (finished.exitCode !== 0) throw refused(finished, copies)
    return []
  } finally {
    for (const copy of copies.values()) await removeFile(copy)
  }
}

/** Runs `dhcpd -t` on a file; undefined where there is no dhcpd. A crash is no acceptance: `key k {}` makes 4.4.3-P1 segfault. */
export async function runDhcpdTest(path: string, exec: Exec): Promise<Finished | undefined> {
  for (const file of PROGRAMS) {
    try {
      // No -q: it hides the error text as well. dhcpd resolves relative includes from its working folder, `/` for a service.
      return await exec({file, args: ['-t', '-cf', path], timeoutMs: 60_000, cwd: '/'})
    } catch (error) {
      if (!(error instanceof PxectlError && error.code === 'PROGRAM_MISSING')) throw error
    }
  }
  return undefined
}

/** Writes copies of the file, and of what it includes, as far as they change; gives the copy or undefined. */
async function copyForTest(
  path: string,
  files: readonly FileChange[],
  options: DhcpdTestOptions,
  copies: Map<string, string>,
): Promise<string | undefined> {
  const isMain = path === options.config
  const change = files.find((file) => file.path === path)
  if (!isMain && copies.has(path)) return copies.get(path)
  let bytes = change?.after ?? (await readBytes(path))
  if (files.some((file) => file.path !== options.config && file.after !== undefined)) {
    const {tree, declarations} = parseConfFile(path, bytes)
    const splices: Splice[] = []
    for (const include of declarations.includes) {
      const target = await resolveInclude(include.path, dirname(options.config))
      const copy = await copyForTest(target, files, options, copies)
      const start = tree.bytes.indexOf('"', tree.tokens.ends[include.pathToken - 1])
      if (copy !== undefined) splices.push({start, end: tree.tokens.ends[include.pathToken]!, text: quoteString(copy)})
    }
    if (splices.length === 0 && change === undefined && !isMain) return undefined
    bytes = applySplices(bytes, splices)
  }
  const copy = await writeCopy(path, bytes, options.stateFolder)
  copies.set(path, copy)
  return copy
}

/** Beside the file where that can be, because the daemon may not read elsewhere. */
export async function writeCopy(path: string, bytes: Buffer, stateFolder: string): Promise<string> {
  const target = (await fileExists(path)) ? await realPath(path) : path
  if (await isWritable(dirname(target))) return writeNeighbour(target, bytes)
  await makeFolder(stateFolder)
  const copy = join(stateFolder, `.${basename(path)}.pxectl-${process.pid}`)
  await writeAtomic(copy, bytes, {mode: 0o600})
  return copy
}

function refused(finished: Finished, copies: ReadonlyMap<string, string>): PxectlError {
  let said = dhcpdWords(finished.stderr)
  for (const [path, copy] of copies) said = said.replaceAll(copy, path)
  const denied = /^Can't (?:open|read) .*: Permission denied$/m.exec(said)?.[0]
  if (denied !== undefined && finished.signal === undefined) {
    return new PxectlError(`dhcpd may not read the new configuration; the old one is still in place\n${denied}`, {
      code: 'DHCPD_READ_FORBIDDEN',
      kind: 'environment',
      details: {exitCode: finished.exitCode, stderr: said},
      suggestions: [
        'keep the configuration and what it includes below /etc/dhcp: AppArmor lets dhcpd read little else',
        'or allow more in /etc/apparmor.d/local/usr.sbin.dhcpd; see what was denied: journalctl -k -g apparmor',
      ],
    })
  }
  const how = finished.timedOut ? 'did not finish testing' : finished.signal === undefined ? 'rejected' : `crashed (${finished.signal}) on`
  return new PxectlError(`dhcpd ${how} the new configuration; the old one is still in place${said === '' ? '' : `\n${said}`}`, {
    code: 'DHCPD_REFUSED',
    kind: 'external',
    details: {exitCode: finished.exitCode, ...(finished.signal === undefined ? {} : {signal: finished.signal}), stderr: said},
    suggestions: ['see whether the present configuration is accepted: pxectl dhcp check'],
  })
}

/** dhcpd's output without the banner, the names of its files and its advice on bug reports. */
export function dhcpdWords(stderr: string): string {
  const banner =
    /^(?:Internet Systems Consortium|Copyright|All rights reserved|For info, please|Config file:|Database file:|PID file:|Can't get max|If you think you have|than a configuration|bugs on either|before submitting|process and the information|exiting\.|Configuration file errors encountered|WARNING: Host declarations are global|\s*$)/
  return stderr
    .split('\n')
    .filter((line) => !banner.test(line))
    .join('\n')
    .trim()
}
