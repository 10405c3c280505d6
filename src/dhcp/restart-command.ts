// The command that restarts a DHCP server on this system. Always a restart: dhcpd has no reload, and SIGHUP kills it.
import {PxectlError} from '../errors.js'
import type {CommandLine, Exec} from '../system/exec.js'

/** A server's services on the systems that we know. */
export type KnownServices = {
  /** For systemd. */
  readonly units: readonly string[]
  /** The configurations that these services read: restarting them for another would change nothing, or harm. */
  readonly configs: readonly string[]
  readonly initScripts: readonly string[]
  /** For OpenRC (Alpine, Gentoo), and for FreeBSD's rc.d where it has one. */
  readonly openRc: string
  readonly freeBsd?: string
}

export const dhcpdServices: KnownServices = {
  units: ['isc-dhcp-server', 'dhcpd', 'dhcpd4'],
  // Debian, Ubuntu (also LTSP), SUSE, Arch, OpenBSD, FreeBSD, pkgsrc and old Debian.
  configs: [
    '/etc/dhcp/dhcpd.conf',
    '/etc/ltsp/dhcpd.conf',
    '/etc/dhcpd.conf',
    '/usr/local/etc/dhcpd.conf',
    '/opt/local/etc/dhcp/dhcpd.conf',
    '/etc/dhcp3/dhcpd.conf',
  ],
  initScripts: ['/etc/init.d/isc-dhcp-server', '/etc/init.d/dhcp3-server'],
  openRc: 'dhcpd',
  freeBsd: 'isc-dhcpd',
}

export type RestartSearch = {
  /** The setting dhcp.restart. */
  readonly configured: string | undefined
  /** The configuration file, links followed: services read only their own. */
  readonly config: string
  /** Default: those of ISC dhcpd. */
  readonly services?: KnownServices
  readonly exec: Exec
  readonly fileExists: (path: string) => Promise<boolean>
}

/** The configured command, else that of a service which exists here, else undefined. */
export async function findRestartCommand(search: RestartSearch): Promise<CommandLine | undefined> {
  const {configured, config, services = dhcpdServices, exec, fileExists} = search
  if (configured !== undefined) return splitCommand(configured)
  // A configuration elsewhere is not what the service of this system reads; restarting that would change nothing, or harm.
  if (!services.configs.includes(config)) return undefined
  // This folder is how a program tells that systemd is running, sd_booted(3).
  if (await fileExists('/run/systemd/system')) {
    for (const unit of services.units) {
      const {exitCode} = await exec({file: 'systemctl', args: ['cat', `${unit}.service`]})
      if (exitCode === 0) return {file: 'systemctl', args: ['restart', `${unit}.service`]}
    }
  }
  if (await fileExists('/sbin/rc-service')) {
    const {openRc} = services
    if (await fileExists(`/etc/init.d/${openRc}`)) return {file: '/sbin/rc-service', args: [openRc, 'restart']}
  }
  for (const script of services.initScripts) if (await fileExists(script)) return {file: script, args: ['restart']}
  const {freeBsd} = services
  if (freeBsd !== undefined && (await fileExists(`/usr/local/etc/rc.d/${freeBsd}`))) return {file: 'service', args: [freeBsd, 'restart']}
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
