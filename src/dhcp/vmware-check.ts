// The lint behind `pxectl dhcp check` for VMware, whose Network Editor may have written the file anew since pxectl did.
import {BOOT_OPTIONS_BLOCK} from '../dhcpd-conf/boot-options.js'
import {findHostsRegion} from '../dhcpd-conf/edit.js'
import {findMarkedBlocks} from '../dhcpd-conf/marked-block.js'
import {lineCounter, spanOf, tokenStart} from '../dhcpd-conf/tree.js'
import {PxectlError} from '../errors.js'
import {errorFinding} from './error-finding.js'
import {disagreementFindings, duplicateFindings} from './declared-checks.js'
import {declaredHosts} from './isc-declared.js'
import {findAddressProblem} from './isc-conflicts.js'
import {readConfiguration, type ConfFile, type Configuration} from './isc-load.js'
import type {Reservation} from './reservation.js'
import type {Finding} from './server.js'
import {SERVE_YOURSELF} from './vmware-boot.js'
import {findSection, isAdapterName} from './vmware-section.js'

/** `wasChanged`: pxectl has written to the file before. */
export async function checkVmware(expected: readonly Reservation[], config: string, wasChanged: boolean): Promise<Finding[]> {
  let configuration: Configuration
  try {
    configuration = await readConfiguration(config)
  } catch (error) {
    if (!(error instanceof PxectlError)) throw error
    return [errorFinding(error, config)]
  }
  const {main, files} = configuration
  const declared = files.flatMap(declaredHosts)
  return [
    ...files.flatMap(({path, tree}) =>
      tree.problems.map(({line, severity, message}): Finding => ({severity, code: 'DHCPD_CONF_BROKEN', message, file: path, line})),
    ),
    ...(wasChanged && expected.length > 0 ? overwrittenFindings(main) : []),
    ...duplicateFindings(declared, {mayShare: isAdapterName}),
    ...files.flatMap((file) => addressFindings(file, files)),
    ...disagreementFindings(declared, expected),
    ...bootFindings(main),
  ]
}

function overwrittenFindings({path, tree}: ConfFile): Finding[] {
  if (findHostsRegion(tree) !== undefined) return []
  const message = "the hosts that pxectl declared are gone: VMware's Network Editor has written the file anew"
  return [{severity: 'error', code: 'DHCP_OVERWRITTEN', message, file: path, suggestion: 'put them back: pxectl dhcp apply'}]
}

function addressFindings(file: ConfFile, files: readonly ConfFile[]): Finding[] {
  const line = lineCounter(file.bytes)
  return file.declarations.hosts.flatMap(({name, statement, fixedAddress}) =>
    (fixedAddress?.values ?? []).flatMap(({ip}): Finding[] => {
      const problem = ip === undefined ? undefined : findAddressProblem(ip, files)
      if (problem === undefined) return []
      const {code, message, suggestion} = problem
      const at = line(spanOf(file.tree, statement).start)
      return [{severity: 'error', code, message: `host ${name.text}: ${message}`, file: file.path, line: at, suggestion}]
    }),
  )
}

function bootFindings({path, tree, declarations}: ConfFile): Finding[] {
  if (!declarations.boot.some(({keyword}) => keyword === 'filename')) {
    const message = 'no filename is declared: clients get an address and nothing to boot'
    const suggestion = 'pxectl dhcp apply --boot-options global'
    return [{severity: 'warning', code: 'DHCP_BOOT_OPTIONS_MISSING', message, file: path, suggestion}]
  }
  const conditions = tree.problems.length === 0 ? findConditions(tree.bytes) : []
  const section = findSection(tree.bytes)
  const inside = findMarkedBlocks(tree, BOOT_OPTIONS_BLOCK).filter(
    ({begin}) => section !== undefined && tokenStart(tree, begin) > section.start && tokenStart(tree, begin) < section.end,
  )
  return [
    ...inside.map(({line}): Finding => {
      const message = 'the boot options stand in the part of the file that the Network Editor writes anew, and will then be gone'
      const suggestion = 'pxectl config set dhcp.boot-options global && pxectl dhcp apply'
      return {severity: 'warning', code: 'DHCP_BOOT_OPTIONS_FRAIL', message, file: path, line, suggestion}
    }),
    ...conditions.map((line): Finding => {
      const message = "VMware's server is descended from ISC 2.0 and is not known to understand `if` and `class`"
      return {severity: 'warning', code: 'DHCP_NOT_UNDERSTOOD', message, file: path, line, suggestion: SERVE_YOURSELF}
    }),
  ]
}

/** Lines that begin a condition or a class. */
function findConditions(bytes: Buffer): number[] {
  return bytes
    .toString('latin1')
    .split('\n')
    .flatMap((text, index) => (/^\s*(?:if\b|class\s+")/i.test(text) ? [index + 1] : []))
}
