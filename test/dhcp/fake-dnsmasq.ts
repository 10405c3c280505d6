// A dnsmasq in memory with its configuration in a folder: knows the command lines that were written down, and fails on others.
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {openDnsmasqServer, type DnsmasqOptions} from '../../src/dhcp/dnsmasq.js'
import type {DhcpServer} from '../../src/dhcp/server.js'
import {PxectlError} from '../../src/errors.js'
import type {CommandLine, Finished} from '../../src/system/exec.js'
import {temporaryFolder} from '../support/temporary-folder.js'

export const DNSMASQ_CONF = '# kept by hand\ndomain-needed\ndhcp-range=10.0.0.100,10.0.0.199,255.255.255.0,1h\n'

export type DnsmasqScene = {
  readonly folder: string
  readonly config: string
  readonly server: DhcpServer
  readonly daemon: {refuses: string | undefined; restartFails: boolean; running: boolean; installed: boolean; readonly calls: string[]}
  /** The files by their path below the folder; without backups and locks. */
  files(): Record<string, string>
  write(name: string, text: string): void
}

/** `dropIns`: the configuration reads a folder dnsmasq.d, as Debian's does. */
export function openDnsmasqScene(
  text: string = DNSMASQ_CONF,
  {dropIns = false, options = {}}: {dropIns?: boolean; options?: Partial<DnsmasqOptions>} = {},
): DnsmasqScene {
  const folder = temporaryFolder()
  const config = join(folder, 'dnsmasq.conf')
  if (dropIns) mkdirSync(join(folder, 'dnsmasq.d'))
  writeFileSync(config, dropIns ? `${text}conf-dir=${folder}/dnsmasq.d,.bak\n` : text, 'latin1')
  const daemon: DnsmasqScene['daemon'] = {refuses: undefined, restartFails: false, running: true, installed: true, calls: []}
  let pid = 100
  const exec = async (command: CommandLine): Promise<Finished> => {
    const fine: Finished = {exitCode: 0, stdout: '', stderr: 'dnsmasq: syntax check OK.\n', timedOut: false}
    if (command.file.endsWith('dnsmasq') && command.args[0] === '--test' && /^--conf-file=.*\/test\.conf$/.test(command.args[1] ?? '')) {
      if (!daemon.installed) throw new PxectlError('not here', {code: 'PROGRAM_MISSING', kind: 'environment'})
      daemon.calls.push('test')
      return daemon.refuses === undefined ? fine : {...fine, exitCode: 1, stderr: daemon.refuses}
    }
    if (command.file === 'restart-dnsmasq' && command.args.length === 0) {
      daemon.calls.push('restart')
      daemon.running = !daemon.restartFails
      pid++
      return {...fine, exitCode: daemon.restartFails ? 1 : 0}
    }
    throw new Error(`unexpected command line: ${command.file} ${command.args.join(' ')}`)
  }
  const server = openDnsmasqServer({
    config,
    restart: 'restart-dnsmasq',
    stateFolder: join(folder, 'state'),
    exec,
    defaults: join(folder, 'default'),
    system: join(folder, 'system.conf'),
    leases: join(folder, 'dnsmasq.leases'),
    holders: async () => [],
    probe: async () => (daemon.running ? [pid] : []),
    signal: (to) => void daemon.calls.push(to === pid ? 'reload' : `signal to ${to}`),
    sleep: async () => undefined,
    now: nextMoment(),
    ...options,
  })
  const files = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync(folder, {recursive: true, withFileTypes: true})
        .filter((entry) => entry.isFile() && !/\/backups(\/|$)/.test(entry.parentPath) && !entry.name.startsWith('.'))
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'latin1')]),
    )
  const write = (name: string, content: string): void => writeFileSync(join(folder, name), content, 'latin1')
  return {folder, config, server, daemon, files, write}
}

/** A clock that goes on by a second at each look: each change has a time of its own. */
function nextMoment(): () => Date {
  let seconds = Date.UTC(2026, 10, 21, 13, 35, 2, 123)
  return () => new Date((seconds += 1000))
}
