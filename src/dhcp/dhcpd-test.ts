// Asks dhcpd itself whether it would accept a configuration (`dhcpd -t`), before that is put in place.
import {hideSecrets} from '../dhcpd-conf/secret.js'
import {quoteString} from '../dhcpd-conf/string.js'
import {tokenEnd} from '../dhcpd-conf/tree.js'
import {PxectlError} from '../errors.js'
import type {Exec, Finished} from '../system/exec.js'
import {candidateRefused, type Copies, namesOfFiles, runFirstOf, withCandidates, type WrittenInclude} from './candidate-copies.js'
import {parseConfFile} from './isc-load.js'
import type {FileChange} from './server.js'

const PROGRAMS = ['dhcpd', '/usr/sbin/dhcpd', '/usr/local/sbin/dhcpd']

export type DhcpdTestOptions = {readonly config: string; readonly stateFolder: string; readonly exec: Exec}

/** Throws DHCPD_REFUSED with dhcpd's own words; gives warnings, also where dhcpd is not installed here. */
export async function testCandidates(files: readonly FileChange[], options: DhcpdTestOptions): Promise<string[]> {
  return withCandidates(files, {...options, includesOf}, async (config, copies) => {
    const finished = await runDhcpdTest(config, options.exec)
    if (finished === undefined) return ['dhcpd is not installed here, so the new configuration was not tested before use']
    if (finished.exitCode !== 0) throw refused(finished, copies)
    return []
  })
}

/** Runs `dhcpd -t` on a file; undefined where there is no dhcpd. A crash is no acceptance: `key k {}` makes 4.4.3-P1 segfault. */
export async function runDhcpdTest(path: string, exec: Exec): Promise<Finished | undefined> {
  // No -q: it hides the error text as well. dhcpd resolves relative includes from its working folder, `/` for a service.
  return runFirstOf(PROGRAMS, {args: ['-t', '-cf', path], timeoutMs: 60_000, cwd: '/'}, exec)
}

function includesOf(path: string, bytes: Buffer): WrittenInclude[] {
  const {tree, declarations} = parseConfFile(path, bytes)
  return declarations.includes.map((include) => ({
    path: include.path,
    start: tree.bytes.indexOf('"', tree.tokens.ends[include.pathToken - 1]),
    end: tokenEnd(tree, include.pathToken),
    render: quoteString,
  }))
}

function refused(finished: Finished, copies: Copies): PxectlError {
  const said = namesOfFiles(dhcpdWords(finished.stderr), copies)
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
  return candidateRefused({program: 'dhcpd', finished, said, copies})
}

/** dhcpd's output without the banner, the names of its files and its advice on bug reports. It quotes the line it stumbled over. */
export function dhcpdWords(stderr: string): string {
  const banner =
    /^(?:Internet Systems Consortium|Copyright|All rights reserved|For info, please|Config file:|Database file:|PID file:|Can't get max|If you think you have|than a configuration|bugs on either|before submitting|process and the information|exiting\.|Configuration file errors encountered|WARNING: Host declarations are global|\s*$)/
  const words = stderr.split('\n').filter((line) => !banner.test(line))
  return hideSecrets(words.join('\n').trim())
}
