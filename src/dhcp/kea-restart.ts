// The command that restarts kea-dhcp4 on this system, for where its control socket does not help.
import type {CommandLine, Exec} from '../system/exec.js'
import {splitCommand} from './restart-command.js'

/** Debian and Ubuntu; Red Hat, SUSE, Arch and ISC's own packages; Alpine. */
const UNITS = ['kea-dhcp4-server', 'kea-dhcp4', 'isc-kea-dhcp4-server']
/** What the services of Debian, Red Hat and others, FreeBSD and pkgsrc read. */
const SERVICE_CONFIGS = ['/etc/kea/kea-dhcp4.conf', '/usr/local/etc/kea/kea-dhcp4.conf', '/opt/local/etc/kea/kea-dhcp4.conf']
const INIT_SCRIPTS = ['/etc/init.d/kea-dhcp4-server', '/etc/init.d/kea-dhcp4']
const KEACTRL = ['/usr/sbin/keactrl', '/usr/local/sbin/keactrl']

export type KeaRestartSearch = {
  /** The setting dhcp.restart. */
  readonly configured: string | undefined
  /** The configuration file, links followed: services read only their own. */
  readonly config: string
  /** The configuration names a control socket; that it is asked for a command then means that the daemon is not there. */
  readonly hasSocket: boolean
  readonly exec: Exec
  readonly fileExists: (path: string) => Promise<boolean>
}

/** The configured command, else that of a service which exists here, else undefined. */
export async function findKeaRestart({
  configured,
  config,
  hasSocket,
  exec,
  fileExists,
}: KeaRestartSearch): Promise<CommandLine | undefined> {
  if (configured !== undefined) return splitCommand(configured)
  if (!SERVICE_CONFIGS.includes(config)) return undefined
  // This folder is how a program tells that systemd is running, sd_booted(3).
  if (await fileExists('/run/systemd/system')) {
    for (const unit of UNITS) {
      const {exitCode} = await exec({file: 'systemctl', args: ['cat', `${unit}.service`]})
      if (exitCode === 0) return {file: 'systemctl', args: ['restart', `${unit}.service`]}
    }
  }
  if ((await fileExists('/sbin/rc-service')) && (await fileExists('/etc/init.d/kea-dhcp4')))
    return {file: '/sbin/rc-service', args: ['kea-dhcp4', 'restart']}
  for (const script of INIT_SCRIPTS) if (await fileExists(script)) return {file: script, args: ['restart']}
  // keactrl(8) has no restart.
  for (const file of KEACTRL) if (await fileExists(file)) return {file, args: [hasSocket ? 'start' : 'reload', '-s', 'dhcp4']}
  return undefined
}
