// The lint of the DHCP configuration: what the server's own test does not see, and who else answers on the wire.
import {join} from 'node:path'
import {parseBootPath} from '../bootfiles/safe-path.js'
import {errorFinding} from '../dhcp/error-finding.js'
import type {Reservation} from '../dhcp/reservation.js'
import type {CheckContext, DeclaredHost, DhcpServer, Finding} from '../dhcp/server.js'
import {findDhcpServers, type FindServersOptions, type FoundServer} from '../dhcp4/find-servers.js'
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {findIpv4, type Ipv4} from '../net/ipv4.js'
import {exec} from '../system/exec.js'
import {fileExists} from '../system/files.js'
import {listInterfaceAddresses, lookupAddresses, type InterfaceAddress} from '../system/network.js'
import {desiredBootOptions, getDhcpServer} from './dhcp-desired.js'
import {findMenuName} from './menu-names.js'
import {reservationOf} from './reservations.js'

export type {Finding} from '../dhcp/server.js'

export type CheckOptions = {
  /** Look up names that stand where addresses should. */
  readonly resolve?: boolean
  /** Ask the lab's network who answers there. Needs root. */
  readonly wire?: boolean
  /** Replaced in tests. */
  readonly findServers?: (options: FindServersOptions) => Promise<readonly FoundServer[]>
}

const LOOKUP_TIMEOUT_MS = 2000
const WIRE_TIMEOUT_MS = 2500

/** `ok` where there is no error; warnings and notes may be there. */
export async function checkDhcp(lab: Lab, options: CheckOptions = {}): Promise<{ok: boolean; findings: readonly Finding[]}> {
  const server = await getDhcpServer(lab)
  const expected = (await lab.store.list()).filter((host) => host.dhcp).map(reservationOf)
  const findings = [
    ...(await server.check(expected, contextOf(lab, options))),
    ...(await bootOptionFindings(lab, server)),
    ...(await firmwareFindings(lab, server, expected)),
    ...(options.wire === true ? await wireFindings(lab, options.findServers ?? findDhcpServers) : []),
  ]
  return {ok: findings.every((finding) => finding.severity !== 'error'), findings}
}

function contextOf({settings}: Lab, {resolve}: CheckOptions): CheckContext {
  return {
    server: settings.network.server,
    interface: settings.network.interface,
    hasBootFile: (name) => hasBootFile(settings.lab.tftpRoot, name),
    ...(resolve === false ? {} : {resolve: (name) => lookupAddresses(name, exec, LOOKUP_TIMEOUT_MS)}),
  }
}

/** A file below the TFTP root, or a menu that is made when it is asked for. */
async function hasBootFile(tftpRoot: string, name: string): Promise<boolean> {
  if (findMenuName(name) !== undefined) return true
  const path = parseBootPath(name)
  return 'parts' in path && (await fileExists(join(tftpRoot, ...path.parts)))
}

/** Do the boot options say what the settings say? Where the file cannot be edited, its own findings tell so already. */
async function bootOptionFindings(lab: Lab, server: DhcpServer): Promise<Finding[]> {
  const {bootOptions} = desiredBootOptions(lab)
  if (bootOptions === undefined) return []
  try {
    const {files} = await server.plan({upsert: [], remove: [], bootOptions})
    return files.map(({path}) => ({
      severity: 'warning',
      code: 'DHCP_BOOT_OPTIONS_DIFFER',
      message: 'the boot options are not what the settings of the lab say',
      file: path,
      suggestion: 'pxectl dhcp diff, then pxectl dhcp apply',
    }))
  } catch (error) {
    if (!(error instanceof PxectlError) || !/^DHCP_(?:FILENAME|SUBNET)/.test(error.code)) return []
    return [errorFinding(error)]
  }
}

/** Hosts that are not given the boot file of the firmware that the database knows. Other differences are each back end's to find. */
async function firmwareFindings(lab: Lab, server: DhcpServer, expected: readonly Reservation[]): Promise<Finding[]> {
  if (desiredBootOptions(lab).bootOptions === undefined) return []
  let declared: readonly DeclaredHost[]
  try {
    declared = await server.declared()
  } catch (error) {
    if (error instanceof PxectlError) return []
    throw error
  }
  const wanted = new Map<string, Reservation>(expected.map((reservation) => [reservation.mac, reservation]))
  return declared.flatMap(({name, mac, firmware, file, line}): Finding[] => {
    const reservation = wanted.get(mac ?? '')
    if (reservation === undefined || reservation.firmware === firmware) return []
    const has = firmware === undefined ? 'the boot file that its packets ask for' : `the boot file of ${firmware}`
    const message = `host ${name} is given ${has}; the host database says ${reservation.firmware ?? 'any firmware'}`
    const suggestion = 'pxectl dhcp diff, then pxectl dhcp apply'
    return [{severity: 'warning', code: 'DHCP_FIRMWARE_DIFFERS', message, file, line, suggestion}]
  })
}

/** Every server that answers and is neither the lab's nor this machine. */
async function wireFindings({settings}: Lab, findServers: NonNullable<CheckOptions['findServers']>): Promise<Finding[]> {
  const {server, interface: name} = settings.network
  const here = listInterfaceAddresses()
  const own = new Set<string>([...here.map(({address}) => address), ...(server === undefined ? [] : [server])])
  let found: readonly FoundServer[]
  try {
    const address = ownAddress(here, server, name)
    found = await findServers({address, ...(name === undefined ? {} : {interface: name}), timeoutMs: WIRE_TIMEOUT_MS})
  } catch (error) {
    // A wire that cannot be asked (no carrier, a server that keeps the port to itself) is no reason to keep the rest quiet.
    if (!(error instanceof PxectlError) || error.code === 'PORT_FORBIDDEN') throw error
    const suggestion = error.suggestions[0] ?? `see whether the interface is up: ip -br link show ${name ?? ''}`
    return [{severity: 'warning', code: 'DHCP_WIRE_UNASKED', message: `the wire could not be asked: ${error.message}`, suggestion}]
  }
  return found
    .filter(({serverId}) => !own.has(serverId))
    .map(({serverId, kind, filename, nextServer}) => {
      const boot = filename === undefined ? '' : `, with the file ${filename}${nextServer === undefined ? '' : ` from ${nextServer}`}`
      return {
        severity: kind === 'dhcp' ? 'error' : 'warning',
        code: 'DHCP_SERVER_FOREIGN',
        message: `another ${kind === 'dhcp' ? 'DHCP' : 'proxyDHCP'} server answers ${name === undefined ? 'here' : `on ${name}`}: ${serverId}${boot}`,
        suggestion: `stop it, or keep it off this network; find the machine: ip neigh show ${serverId}`,
      }
    })
}

/** Our address on the lab's network, and on no other: only there do we ask. */
function ownAddress(here: readonly InterfaceAddress[], server: Ipv4 | undefined, name: string | undefined): Ipv4 {
  const there = here.filter((one) => (name === undefined ? one.address === server : one.interface === name))
  const address = findIpv4((there.find((one) => one.address === server) ?? there[0])?.address ?? '')
  if (address !== undefined) return address
  const wanted = name === undefined ? `network.server (${server ?? 'empty'})` : `network.interface (${name})`
  throw new PxectlError(`this machine has no address on the network of the lab, or its interface is down: ${wanted}`, {
    code: 'ADDRESS_NOT_LOCAL',
    kind: 'environment',
    details: {interface: name ?? null, server: server ?? null},
    suggestions: ['see the addresses of this machine: ip -br address', 'pxectl config set network.interface NAME'],
  })
}
