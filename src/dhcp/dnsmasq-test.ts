// Asks dnsmasq itself whether it would accept a configuration (`dnsmasq --test`), before that is put in place. It judges the
// syntax of configuration files; host files it accepts whatever is in them, and ours come from dnsmasq-conf.ts.
import {basename, join} from 'node:path'
import {PxectlError} from '../errors.js'
import type {Exec, Finished} from '../system/exec.js'
import {makeTemporaryFolder, removeTree, writeAtomic, type FileChange} from '../system/files.js'
import {withoutBlock} from './dnsmasq-anchor.js'
import {readDnsmasq} from './dnsmasq-load.js'
import {ownPlaces, type DnsmasqPlaces} from './dnsmasq-places.js'

/** Where dnsmasq is when PATH does not have it: users other than root seldom have the sbin folders there. */
const PROGRAMS = ['dnsmasq', '/usr/sbin/dnsmasq', '/usr/local/sbin/dnsmasq']

/** Throws DHCPD_REFUSED with dnsmasq's own words; gives warnings, also where dnsmasq is not installed here. */
export async function testDnsmasqFiles(files: readonly FileChange[], places: DnsmasqPlaces, exec: Exec): Promise<string[]> {
  const own = ownPlaces(places)
  const {root, extraFolders} = await readDnsmasq(places)
  const folder = await makeTemporaryFolder('pxectl-dnsmasq-')
  const copies = new Map<string, string>()
  try {
    for (const {path, after} of files) {
      if (after === undefined || (path !== places.config && path !== own.boot)) continue
      const copy = join(folder, basename(path))
      // Without our block: it names a folder that may not be there yet.
      await writeAtomic(copy, withoutBlock(after))
      copies.set(path, copy)
    }
    const includes = [...(copies.has(root) ? [] : [root]), ...copies.values()].map((path) => `conf-file=${path}`)
    const main = join(folder, 'test.conf')
    await writeAtomic(main, [...includes, ...extraFolders.map((words) => `conf-dir=${words.join(',')}`), ''].join('\n'))
    const finished = await runDnsmasqTest(main, exec)
    if (finished === undefined) return ['dnsmasq is not installed here, so the new configuration was not tested before use']
    if (finished.exitCode !== 0) throw refused(finished, copies)
    return []
  } finally {
    await removeTree(folder)
  }
}

/** Runs `dnsmasq --test` on a file; undefined where there is no dnsmasq. */
export async function runDnsmasqTest(path: string, exec: Exec): Promise<Finished | undefined> {
  for (const file of PROGRAMS) {
    try {
      return await exec({file, args: ['--test', `--conf-file=${path}`], timeoutMs: 60_000, cwd: '/'})
    } catch (error) {
      if (!(error instanceof PxectlError && error.code === 'PROGRAM_MISSING')) throw error
    }
  }
  return undefined
}

function refused(finished: Finished, copies: ReadonlyMap<string, string>): PxectlError {
  let said = dnsmasqWords(finished.stderr)
  for (const [path, copy] of copies) said = said.replaceAll(copy, path)
  const how = finished.timedOut ? 'did not finish testing' : finished.signal === undefined ? 'rejected' : `crashed (${finished.signal}) on`
  return new PxectlError(`dnsmasq ${how} the new configuration; the old one is still in place${said === '' ? '' : `\n${said}`}`, {
    code: 'DHCPD_REFUSED',
    kind: 'external',
    details: {exitCode: finished.exitCode, stderr: said},
    suggestions: ['see whether the present configuration is accepted: pxectl dhcp check'],
  })
}

/** `dnsmasq: bad option at line 1 of b.conf` without its name. */
export function dnsmasqWords(stderr: string): string {
  return stderr.replace(/^dnsmasq: /gm, '').trim()
}
