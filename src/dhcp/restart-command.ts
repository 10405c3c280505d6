// The command that restarts dhcpd on this system. Always a restart: dhcpd has no reload, and SIGHUP kills it.
import {PxectlError} from '../errors.js'
import type {CommandLine, Exec} from '../system/exec.js'

const UNITS = ['isc-dhcp-server', 'dhcpd', 'dhcpd4']
/** Where the services of Debian, Ubuntu (also LTSP), SUSE, Arch, OpenBSD, FreeBSD, pkgsrc and old Debian read it. */
export const serviceConfigs: readonly string[] = [
  '/etc/dhcp/dhcpd.conf',
  '/etc/ltsp/dhcpd.conf',
  '/etc/dhcpd.conf',
  '/usr/local/etc/dhcpd.conf',
  '/opt/local/etc/dhcp/dhcpd.conf',
  '/etc/dhcp3/dhcpd.conf',
]
const INIT_SCRIPTS = ['/etc/init.d/isc-dhcp-server', '/etc/init.d/dhcp3-server']

export type RestartSearch = {
  /** The setting dhcp.restart. */
  readonly configured: string | undefined
  /** The configuration file, links followed: services read only their own. */
  readonly config: string
  readonly exec: Exec
  readonly fileExists: (path: string) => Promise<boolean>
}

/** The configured command, else that of a service which exists here, else undefined. */
export async function findRestartCommand({configured, config, exec, fileExists}: RestartSearch): Promise<CommandLine | undefined> {
  if (configured !== undefined) return splitCommand(configured)
  // A dhcpd.conf elsewhere is not what the service of this system reads; restarting that would change nothing, or harm.
  if (!serviceConfigs.includes(config)) return undefined
  // This folder is how a program tells that systemd is running, sd_booted(3).
  if (await fileExists('/run/systemd/system')) {
    for (const unit of UNITS) {
      const {exitCode} = await exec({file: 'systemctl', args: ['cat', `${unit}.service`]})
      if (exitCode === 0) return {file: 'systemctl', args: ['restart', `${unit}.service`]}
    }
  }
  if (await fileExists('/sbin/rc-service')) {
    // OpenRC (Alpine, Gentoo).
    if (await fileExists('/etc/init.d/dhcpd')) return {file: '/sbin/rc-service', args: ['dhcpd', 'restart']}
  }
  for (const script of INIT_SCRIPTS) if (await fileExists(script)) return {file: script, args: ['restart']}
  if (await fileExists('/usr/local/etc/rc.d/isc-dhcpd')) return {file: 'service', args: ['isc-dhcpd', 'restart']}
  return undefined
}

/** Splits a command at blanks; quotes hold a word together. No shell: no variables, pipes or `&&`. */
export function splitCommand(text: string): CommandLine {
  const words = [...text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''),
  )
  const [file, ...args] = words
  const quotesMatch = text.replace(/"[^"]*"|'[^']*'/g, '').match(/["']/) === null
  if (file === undefined || !quotesMatch) {
    throw new PxectlError(`the restart command "${text}" cannot be split into words`, {
      code: 'RESTART_COMMAND_INVALID',
      kind: 'usage',
      details: {command: text},
      suggestions: ['pxectl config set dhcp.restart "systemctl restart isc-dhcp-server"'],
    })
  }
  return {file, args}
}
