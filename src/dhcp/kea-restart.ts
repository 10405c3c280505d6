// The command that restarts kea-dhcp4 on this system, for where its control socket does not help.
import type {CommandLine} from '../system/exec.js'
import {findRestartCommand, type KnownServices, type RestartSearch} from './restart-command.js'

const SERVICES: KnownServices = {
  // Debian and Ubuntu; Red Hat, SUSE, Arch and ISC's own packages; Alpine.
  units: ['kea-dhcp4-server', 'kea-dhcp4', 'isc-kea-dhcp4-server'],
  // What the services of Debian, Red Hat and others, FreeBSD and pkgsrc read.
  configs: ['/etc/kea/kea-dhcp4.conf', '/usr/local/etc/kea/kea-dhcp4.conf', '/opt/local/etc/kea/kea-dhcp4.conf'],
  initScripts: ['/etc/init.d/kea-dhcp4-server', '/etc/init.d/kea-dhcp4'],
  openRc: 'kea-dhcp4',
}
const KEACTRL = ['/usr/sbin/keactrl', '/usr/local/sbin/keactrl']

export type KeaRestartSearch = Omit<RestartSearch, 'services'> & {
  /** The configuration names a control socket; that it is asked for a command then means that the daemon is not there. */
  readonly hasSocket: boolean
}

/** The configured command, else that of a service which exists here, else undefined. */
export async function findKeaRestart({hasSocket, ...search}: KeaRestartSearch): Promise<CommandLine | undefined> {
  const command = await findRestartCommand({...search, services: SERVICES})
  if (command !== undefined || !SERVICES.configs.includes(search.config)) return command
  // keactrl(8) has no restart.
  for (const file of KEACTRL) if (await search.fileExists(file)) return {file, args: [hasSocket ? 'start' : 'reload', '-s', 'dhcp4']}
  return undefined
}
