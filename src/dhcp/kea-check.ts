// The lint behind `pxectl dhcp check` for Kea: what kea-dhcp4 says, what it does not say, and where file, database and daemon
// disagree.
import {PxectlError} from '../errors.js'
import {errorFinding} from './error-finding.js'
import {elementsOf, findMember, findText, valueOf, type Node} from '../kea-conf/tree.js'
import type {Exec} from '../system/exec.js'
import {at, findAddressProblem} from './kea-conflicts.js'
import {findControlSocket, isUnreachable, type AskKea} from './kea-control.js'
import {findKeaDeclarations, nameOf, nodeLines, type FileLine, type KeaDeclarations, type KeaReservation} from './kea-find.js'
import {dhcp4Value, readKeaConfiguration, type KeaConfiguration} from './kea-load.js'
import {keaWords, runKeaTest} from './kea-test.js'
import {CLASS_PREFIX, findDifference, listOf, recordOf, stateOf} from './kea-value.js'
import type {Reservation} from './reservation.js'
import type {Finding} from './server.js'

export type KeaCheckOptions = {readonly config: string; readonly exec: Exec; readonly ask: AskKea}

type Checked = KeaConfiguration & {readonly declarations: KeaDeclarations; readonly where: (node: Node) => FileLine}

export async function checkKeaConfiguration(expected: readonly Reservation[], options: KeaCheckOptions): Promise<Finding[]> {
  let configuration: KeaConfiguration
  try {
    configuration = await readKeaConfiguration(options.config)
  } catch (error) {
    if (!(error instanceof PxectlError)) throw error
    return [errorFinding(error, options.config)]
  }
  const checked = {...configuration, declarations: findKeaDeclarations(configuration), where: nodeLines(configuration.document)}
  return [
    ...(await programFindings(options)),
    ...duplicates(checked, 'DHCP_NAME_TAKEN', 'host name', ({hostname}) => hostname?.text.toLowerCase()),
    ...duplicates(checked, 'DHCP_MAC_TAKEN', 'MAC address', ({identifier}) => identifier?.mac),
    ...duplicates(checked, 'DHCP_IP_TAKEN', 'address', ({address}) => address?.text),
    ...addressFindings(checked),
    ...unusedFindings(checked),
    ...disagreements(checked, expected),
    ...bootFindings(checked),
    ...(await daemonFindings(checked, options)),
  ]
}

async function programFindings({config, exec}: KeaCheckOptions): Promise<Finding[]> {
  const finished = await runKeaTest(config, exec)
  if (finished === undefined) {
    const message = 'kea-dhcp4 is not installed here, so it was not asked'
    return [{severity: 'warning', code: 'PROGRAM_MISSING', message, suggestion: 'apt-get install kea-dhcp4-server'}]
  }
  if (finished.exitCode === 0) return []
  const said = keaWords(finished)
  // `FILE:12.3-9: …` from the grammar, `… (FILE:12:3)` from what reads the values.
  const place = /(\/[^\s:()]+):(\d+)[.:]\d+/.exec(said)
  const message =
    finished.signal === undefined
      ? `kea-dhcp4 -t rejects the configuration: ${said}`
      : `kea-dhcp4 -t crashes on the configuration (${finished.signal})`
  return [
    {severity: 'error', code: 'DHCPD_REFUSED', message, file: place?.[1] ?? config, ...(place === null ? {} : {line: Number(place[2])})},
  ]
}

function duplicates(
  {declarations, where}: Checked,
  code: string,
  what: string,
  valueOfReservation: (reservation: KeaReservation) => string | undefined,
): Finding[] {
  const seen = new Map<string, KeaReservation>()
  return declarations.reservations.flatMap((reservation): Finding[] => {
    const value = valueOfReservation(reservation)
    const first = value === undefined ? undefined : seen.get(value)
    if (value !== undefined && first === undefined) seen.set(value, reservation)
    if (first === undefined) return []
    // A machine may have a reservation in each of several subnets.
    const isElsewhere = code !== 'DHCP_IP_TAKEN' && first.scope !== reservation.scope
    const message = `reservation ${nameOf(reservation)} has the ${what} ${value} of reservation ${nameOf(first)} (${at(where(first.node))})`
    return [
      {severity: isElsewhere ? 'warning' : 'error', code, message, ...where(reservation.node), suggestion: 'remove or correct one of them'},
    ]
  })
}

function addressFindings({declarations, where}: Checked): Finding[] {
  return declarations.reservations.flatMap((reservation): Finding[] => {
    const {ip} = reservation.address ?? {}
    const problem = ip === undefined ? undefined : findAddressProblem(ip, declarations, where)
    if (problem === undefined) return []
    const {severity, code, message, suggestion} = problem
    return [{severity, code, message: `reservation ${nameOf(reservation)}: ${message}`, ...where(reservation.node), suggestion}]
  })
}

/** Reservations that Kea is told not to look at. */
function unusedFindings({declarations, where, document, dhcp4}: Checked): Finding[] {
  const unused = [declarations.global, ...declarations.subnets].filter(
    ({isUsed, reservations}) => !isUsed && elementsOf(reservations).length > 0,
  )
  const findings = unused.flatMap(({reservations, subnet}): Finding[] => {
    if (reservations === undefined) return []
    const key = subnet === undefined ? 'reservations-global' : 'reservations-in-subnet'
    const message = `Kea does not look at these reservations: "${key}" is false here`
    return [{severity: 'warning', code: 'DHCP_RESERVATIONS_UNUSED', message, ...where(reservations), suggestion: `set "${key}": true`}]
  })
  const identifiers = findMember(dhcp4, 'host-reservation-identifiers')
  if (identifiers === undefined || listOf(valueOf(document, identifiers)).includes('hw-address')) return findings
  const message = 'Kea is told not to look for reservations by MAC address, so it will not find those of pxectl'
  const suggestion = 'add "hw-address" to "host-reservation-identifiers"'
  return [...findings, {severity: 'error', code: 'DHCP_RESERVATIONS_UNUSED', message, ...where(identifiers), suggestion}]
}

function disagreements({declarations, where}: Checked, expected: readonly Reservation[]): Finding[] {
  const byName = new Map(declarations.reservations.map((reservation) => [reservation.hostname?.text.toLowerCase(), reservation]))
  const wanted = new Set(expected.map(({name}) => name.toLowerCase()))
  const code = 'DHCP_DISAGREES'
  const suggestion = 'pxectl dhcp diff, then pxectl dhcp apply'
  const findings = expected.flatMap(({name, mac, ip}): Finding[] => {
    const found = byName.get(name.toLowerCase())
    if (found === undefined)
      return [{severity: 'error', code, message: `host ${name} (${mac}, ${ip}) of the host database has no reservation`, suggestion}]
    if (found.identifier?.mac === mac && found.address?.ip === ip) return []
    const has = `${found.identifier?.text ?? 'no identifier'}, ${found.address?.text ?? 'no address'}`
    return [
      {
        severity: 'error',
        code,
        message: `the reservation ${name} has ${has}; the host database says ${mac}, ${ip}`,
        ...where(found.node),
        suggestion,
      },
    ]
  })
  const stray = declarations.reservations.filter(
    (reservation) => reservation.managed && !wanted.has(reservation.hostname?.text.toLowerCase() ?? ''),
  )
  const messageOfStray = (reservation: KeaReservation): string =>
    `the reservation ${nameOf(reservation)} is marked as pxectl's, but is not in the host database`
  return [
    ...findings,
    ...stray.map((reservation): Finding => ({
      severity: 'warning',
      code,
      message: messageOfStray(reservation),
      ...where(reservation.node),
      suggestion,
    })),
  ]
}

function bootFindings({declarations, document, where, dhcp4}: Checked): Finding[] {
  const text = (node: Node, key: string): string => findText(document, findMember(node, key)) ?? ''
  const {classes, reservations, global, subnets} = declarations
  // Looked at after all others, and only where a subnet or pool asks for them; the second is its name in Kea 3.0.
  const isAdditional = (node: Node): boolean =>
    ['only-if-required', 'only-in-additional-list'].some((key) => recordOf(valueOf(document, node))?.[key] === true)
  const findings: Finding[] = []
  const firstOwn = classes.findIndex((node) => text(node, 'name').startsWith(CLASS_PREFIX))
  classes.forEach((node, index) => {
    const name = text(node, 'name')
    const file = text(node, 'boot-file-name')
    if (file === '') return
    if (index < firstOwn && !isAdditional(node)) {
      const message = `the class ${name} gives its clients ${file} before the classes of pxectl can`
      findings.push({
        severity: 'warning',
        code: 'DHCP_CLASS_ORDER',
        message,
        ...where(node),
        suggestion: 'move it behind them, if that is not what is meant',
      })
    }
    const options = listOf(recordOf(valueOf(document, node))?.['option-data']).map(recordOf)
    const isEchoed = options.some((option) => option?.['name'] === 'vendor-class-identifier' || option?.['code'] === 60)
    if (text(node, 'test').includes('HTTPClient') && !isEchoed) {
      const message = `the class ${name} does not send option 60 (vendor-class-identifier) HTTPClient back: firmware that boots by HTTP asks for ever`
      const suggestion = '"option-data": [{"name": "vendor-class-identifier", "data": "HTTPClient", "always-send": true}]'
      findings.push({severity: 'warning', code: 'DHCP_HTTPCLIENT_MISSING', message, ...where(node), suggestion})
    }
  })
  if (firstOwn >= 0) {
    for (const {node, hostname} of reservations.filter((reservation) => text(reservation.node, 'boot-file-name') !== '')) {
      const message = `the reservation ${hostname?.text ?? ''} has a boot-file-name, which goes before the classes of pxectl: iPXE would load itself again and again`
      findings.push({severity: 'warning', code: 'DHCP_FILENAME_DECLARED', message, ...where(node), suggestion: 'remove its boot-file-name'})
    }
  }
  const isDeclared = [...classes, global.node, ...subnets.map(({node}) => node)].some((node) => text(node, 'boot-file-name') !== '')
  if (isDeclared) return findings
  const message = 'no boot-file-name is declared: clients get an address and nothing to boot'
  return [
    ...findings,
    {
      severity: 'warning',
      code: 'DHCP_BOOT_OPTIONS_MISSING',
      message,
      ...where(dhcp4),
      suggestion: 'pxectl dhcp apply --boot-options global',
    },
  ]
}

/** Is what the daemon runs with what the file says? */
async function daemonFindings(checked: Checked, {ask, config}: KeaCheckOptions): Promise<Finding[]> {
  const dhcp4 = dhcp4Value(checked)
  const socket = findControlSocket(dhcp4)
  if (socket === undefined) {
    const message = 'the configuration names no control socket, so pxectl cannot see whether Kea has taken a change'
    const suggestion = '"control-socket": {"socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket"}'
    return [{severity: 'warning', code: 'DHCP_NOT_ASKED', message, file: config, suggestion}]
  }
  try {
    const {arguments: got} = await ask(socket, 'config-get')
    const difference = findDifference(stateOf(dhcp4), stateOf(recordOf(got['Dhcp4']) ?? {}))
    if (difference === undefined) return []
    const message = `kea-dhcp4 runs with another configuration than that of the file: ${difference}`
    return [{severity: 'error', code: 'DHCP_NOT_RELOADED', message, file: config, suggestion: 'pxectl dhcp restart'}]
  } catch (error) {
    if (!(error instanceof PxectlError)) throw error
    const message = isUnreachable(error)
      ? `kea-dhcp4 does not run, or may not be asked: ${error.message}`
      : `kea-dhcp4 did not answer: ${error.message}`
    return [{severity: 'warning', code: 'DHCP_NOT_ASKED', message, file: config, suggestion: 'start it: systemctl start kea-dhcp4-server'}]
  }
}
