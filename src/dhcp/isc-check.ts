// The lint behind `pxectl dhcp check`: what dhcpd says, what it does not say, and where file and database disagree. Each finding
// has its place and what to do.
import {PxectlError} from '../errors.js'
import {errorFinding} from './error-finding.js'
import type {Subnet} from '../net/ipv4.js'
import type {Exec} from '../system/exec.js'
import {listUdpHolders, type PortHolder} from '../system/port-holders.js'
import {dhcpdWords, runDhcpdTest} from './dhcpd-test.js'
import {bootFindings} from './isc-check-boot.js'
import {authorityFindings, leaseFindings, rivalFindings, subnetFindings} from './isc-check-daemon.js'
import {addressFindings, deletedFindings, disagreements, duplicateFindings, hostEntries} from './isc-check-hosts.js'
import {nameFindings} from './isc-check-names.js'
import {omapiFindings} from './isc-check-omapi.js'
import {readConfiguration, type ConfFile, type Configuration} from './isc-load.js'
import type {Reservation} from './reservation.js'
import type {CheckContext, Finding} from './server.js'

export type IscCheckOptions = {
  readonly config: string
  readonly exec: Exec
  readonly leases?: string
  readonly subnet?: Subnet
  /** Who holds UDP port 67; replaced in tests. */
  readonly holders?: () => Promise<readonly PortHolder[]>
}

export async function checkIscConfiguration(
  expected: readonly Reservation[],
  options: IscCheckOptions,
  context: CheckContext = {},
): Promise<Finding[]> {
  let configuration: Configuration
  try {
    configuration = await readConfiguration(options.config)
  } catch (error) {
    if (!(error instanceof PxectlError)) throw error
    return [errorFinding(error, options.config)]
  }
  const {files, main} = configuration
  const entries = files.flatMap(hostEntries)
  const holders = await (options.holders ?? (() => listUdpHolders(67)))()
  return [
    ...files.flatMap(syntaxFindings),
    ...(await dhcpdFindings(options)),
    ...subnetFindings(configuration, context, options.subnet),
    ...duplicateFindings(entries, files),
    ...addressFindings(entries, files),
    ...deletedFindings(entries),
    ...(await nameFindings(files, context)),
    ...disagreements(entries, expected, main),
    ...(await bootFindings(configuration, context)),
    ...(await leaseFindings(configuration, entries, {leases: options.leases, holders})),
    ...(await rivalFindings(configuration, context, holders)),
    ...authorityFindings(configuration),
    ...omapiFindings(configuration),
  ]
}

function syntaxFindings({path, tree}: ConfFile): Finding[] {
  return tree.problems.map(({line, column, severity, message}) => ({
    severity,
    code: 'DHCPD_CONF_BROKEN',
    message,
    file: path,
    line,
    suggestion: `mend it in an editor: ${path}, line ${line}, column ${column}`,
  }))
}

async function dhcpdFindings({config, exec}: IscCheckOptions): Promise<Finding[]> {
  const finished = await runDhcpdTest(config, exec)
  if (finished === undefined)
    return [
      {
        severity: 'warning',
        code: 'PROGRAM_MISSING',
        message: 'dhcpd is not installed here, so it was not asked',
        file: config,
        suggestion: 'apt-get install isc-dhcp-server',
      },
    ]
  if (finished.exitCode === 0) return []
  const said = dhcpdWords(finished.stderr)
  const place = /^(\S+) line (\d+): /.exec(said)
  const file = place?.[1] ?? config
  const message =
    finished.signal === undefined
      ? `dhcpd -t rejects the configuration: ${said}`
      : `dhcpd -t crashes on the configuration (${finished.signal})`
  const suggestion =
    place === null
      ? `see all it says: dhcpd -t -cf ${config}`
      : `mend it in an editor: ${file}, line ${place[2]} (dhcpd may notice a line late)`
  return [{severity: 'error', code: 'DHCPD_REFUSED', message, file, ...(place === null ? {} : {line: Number(place[2])}), suggestion}]
}
