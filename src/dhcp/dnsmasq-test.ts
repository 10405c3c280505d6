// Asks dnsmasq itself whether it would accept a configuration (`dnsmasq --test`), before that is put in place. It judges the
// syntax of configuration files; host files it accepts whatever is in them, and ours come from dnsmasq-conf.ts.
import {basename, join} from 'node:path'
import type {Exec} from '../system/exec.js'
import {makeTemporaryFolder, removeTree, writeAtomic, type FileChange} from '../system/files.js'
import {candidateRefused, runFirstOf} from './candidate-copies.js'
import {withoutBlock} from './dnsmasq-anchor.js'
import {readDnsmasq} from './dnsmasq-load.js'
import {ownPlaces, type DnsmasqPlaces} from './dnsmasq-places.js'

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
    const finished = await runFirstOf(PROGRAMS, {args: ['--test', `--conf-file=${main}`], timeoutMs: 60_000, cwd: '/'}, exec)
    if (finished === undefined) return ['dnsmasq is not installed here, so the new configuration was not tested before use']
    if (finished.exitCode !== 0) throw candidateRefused({program: 'dnsmasq', finished, said: dnsmasqWords(finished.stderr), copies})
    return []
  } finally {
    await removeTree(folder)
  }
}

/** `dnsmasq: bad option at line 1 of b.conf` without its name. */
export function dnsmasqWords(stderr: string): string {
  return stderr.replace(/^dnsmasq: /gm, '').trim()
}
