// Which lease file dhcpd reads and writes: it is named in dhcpd.conf, on the command line, or where dhcpd was built for.
import {findStatements, stringOf} from '../dhcpd-conf/find-statements.js'
import {lineOf} from '../dhcpd-conf/tree.js'
import {fileExists, realPath} from '../system/files.js'
import type {PortHolder} from '../system/port-holders.js'
import {optionOf, readsConfig} from './daemon.js'
import type {Configuration} from './isc-load.js'
import {dhcpdServices} from './restart-command.js'

/** The lease file, and where it is named; `isSure`: dhcpd would surely read this one. */
export type LeaseFile = {readonly path: string; readonly isSure: boolean; readonly file?: string; readonly line?: number}

/** `leases` is the path where the caller knows it; `holders`, who holds port 67. */
export async function findLeaseFile(
  {main, files}: Configuration,
  {leases, holders}: {readonly leases: string | undefined; readonly holders: readonly PortHolder[]},
): Promise<LeaseFile> {
  for (const {path, tree} of files) {
    for (const statement of findStatements(tree, 'lease-file-name')) {
      const named = stringOf(tree, statement)
      if (named !== undefined) return {path: named, isSure: true, file: path, line: lineOf(tree, statement)}
    }
  }
  for (const {program, args} of holders) {
    const given = program === 'dhcpd' && (await readsConfig(args, main.path)) ? optionOf(args, '-lf') : undefined
    if (given !== undefined) return {path: given, isSure: true}
  }
  if (leases !== undefined) return {path: leases, isSure: true}
  for (const path of USUAL_LEASES) if (await fileExists(path)) return {path, isSure: true}
  // A service of this system would look there; a dhcpd.conf elsewhere may be started with any lease file.
  const isService = dhcpdServices.configs.includes(await realPath(main.path))
  return {path: USUAL_LEASES[0], isSure: isService}
}

/** Debian; Red Hat and SUSE; the BSDs. */
const USUAL_LEASES = [
  '/var/lib/dhcp/dhcpd.leases',
  '/var/lib/dhcpd/dhcpd.leases',
  '/var/db/dhcpd.leases',
  '/var/db/dhcpd/dhcpd.leases',
] as const
