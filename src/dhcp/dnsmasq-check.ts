// The lint behind `pxectl dhcp check` for dnsmasq: what `dnsmasq --test` says, and what it does not say.
import {PxectlError} from '../errors.js'
import {errorFinding} from './error-finding.js'
import {rangeHas} from '../net/ipv4.js'
import type {Exec} from '../system/exec.js'
import {disagreementFindings, duplicateFindings} from './declared-checks.js'
import {findAnchorFile} from './dnsmasq-anchor.js'
import {readDnsmasq, type DnsmasqConfiguration} from './dnsmasq-load.js'
import {findOffSubnet, type DnsmasqPlanOptions} from './dnsmasq-plan.js'
import {readFirmware} from './dnsmasq-boot.js'
import {ownPlaces, type OwnPlaces} from './dnsmasq-places.js'
import {testDnsmasqFiles} from './dnsmasq-test.js'
import type {Reservation} from './reservation.js'
import type {DeclaredHost, Finding} from './server.js'

export async function checkDnsmasq(expected: readonly Reservation[], options: DnsmasqPlanOptions & {exec: Exec}): Promise<Finding[]> {
  let configuration: DnsmasqConfiguration
  try {
    configuration = await readDnsmasq(options)
  } catch (error) {
    if (error instanceof PxectlError) return [errorFinding(error, options.config)]
    throw error
  }
  const declared = declaredHosts(configuration, ownPlaces(options))
  return [
    ...(await programFindings(options)),
    ...lineFindings(configuration),
    ...duplicateFindings(declared),
    ...addressFindings(configuration, options),
    ...disagreementFindings(declared, expected),
    ...bootFindings(configuration, options),
    ...anchorFindings(configuration, options),
  ]
}

/** One entry for each card: a line may name several. */
export function declaredHosts({hosts, files}: DnsmasqConfiguration, own: OwnPlaces): DeclaredHost[] {
  const known = readFirmware(files.find(({path}) => path === own.boot)?.bytes)
  return hosts.flatMap(({name, macs, ips, file, line, managed}) => {
    const each = macs.length === 0 ? [undefined] : macs
    return each.map((mac) => {
      const firmware = mac === undefined ? undefined : known.get(mac)
      const host = {name: name ?? mac ?? ips[0] ?? '', mac, addresses: ips, file, line, managed}
      return firmware === undefined ? host : {...host, firmware}
    })
  })
}

async function programFindings(options: DnsmasqPlanOptions & {exec: Exec}): Promise<Finding[]> {
  try {
    const warnings = await testDnsmasqFiles([], options, options.exec)
    return warnings.map((): Finding => ({
      severity: 'warning',
      code: 'PROGRAM_MISSING',
      message: 'dnsmasq is not installed here, so it was not asked',
      suggestion: 'apt-get install dnsmasq',
    }))
  } catch (error) {
    if (!(error instanceof PxectlError && error.code === 'DHCPD_REFUSED')) throw error
    const said = String(error.details['stderr'] ?? '')
    const place = /at line (\d+) of (\S+)/.exec(said)
    const message = `dnsmasq --test rejects the configuration: ${said}`
    return [
      {
        severity: 'error',
        code: 'DHCPD_REFUSED',
        message,
        file: place?.[2] ?? options.config,
        ...(place === null ? {} : {line: Number(place[1])}),
        suggestion: 'mend that line; dnsmasq would not start again with it',
      },
    ]
  }
}

/** `dnsmasq --test` accepts any line of a host file. */
function lineFindings({hosts, ranges, files}: DnsmasqConfiguration): Finding[] {
  const findings = hosts.flatMap(({name, macs, ips, setsTag, file, line, managed}): Finding[] => {
    if (managed && (name === undefined || macs.length !== 1 || ips.length !== 1)) {
      const message = 'this line is not MAC,NAME,ADDRESS, as pxectl writes it; dnsmasq takes it for something else, or ignores it'
      return [{severity: 'error', code: 'DHCP_HOST_UNREADABLE', message, file, line, suggestion: 'mend it or remove it'}]
    }
    if (!managed || !setsTag) return []
    const message = 'a `set:` tag in a hosts folder: dnsmasq 2.90 aborts at SIGHUP once that host has asked'
    return [
      {severity: 'warning', code: 'DHCP_TAG_CRASHES', message, file, line, suggestion: 'put the line into dnsmasq.conf as dhcp-host=…'},
    ]
  })
  if (ranges.length > 0) return findings
  const message = 'no dhcp-range is declared: dnsmasq answers no DHCP at all'
  const suggestion = 'add one, for example dhcp-range=192.168.56.100,192.168.56.199,255.255.255.0,1h (or …,static)'
  return [...findings, {severity: 'error', code: 'DHCP_SUBNET_UNDECLARED', message, ...(files[0] ? {file: files[0].path} : {}), suggestion}]
}

function addressFindings(configuration: DnsmasqConfiguration, {subnet}: DnsmasqPlanOptions): Finding[] {
  const {hosts, ranges} = configuration
  const off = hosts.flatMap(({name, ips, file, line}) =>
    ips.flatMap((ip): Finding[] => {
      const problem = findOffSubnet(ip, configuration, subnet)
      if (problem === undefined) return []
      const suggestion = 'choose another address, or add a dhcp-range for it'
      return [{severity: 'error', code: 'DHCP_IP_OFF_SUBNET', message: `host ${name ?? ip}: ${problem}`, file, line, suggestion}]
    }),
  )
  const inside = hosts.filter(({ips}) =>
    ips.some((ip) => ranges.some(({first, last}) => last !== undefined && rangeHas({first, last}, ip))),
  )
  const [one] = inside
  if (one === undefined) return off
  const names = inside.slice(0, 5).map(({name, ips}) => name ?? ips[0])
  const message = `${inside.length} fixed addresses lie inside a dynamic range (${names.join(', ')}); dnsmasq keeps them for their hosts, but a machine that has one leased already must give it back first`
  const suggestion = 'nothing must be done; a shorter dhcp-range keeps the two apart'
  return [...off, {severity: 'warning', code: 'DHCP_IP_DYNAMIC', message, file: one.file, line: one.line, suggestion}]
}

function bootFindings({files}: DnsmasqConfiguration, options: DnsmasqPlanOptions): Finding[] {
  const own = ownPlaces(options)
  const boots = files.flatMap(({path, lines}) => lines.filter(({key}) => key === 'dhcp-boot').map((line) => ({path, ...line})))
  const foreign = boots.filter(({path, fields}) => path !== own.boot && !fields.some((field) => /^(?:tag|net):/.test(field)))
  if (boots.length === 0) {
    const message = 'no dhcp-boot is declared: clients get an address and nothing to boot'
    const suggestion = 'pxectl dhcp apply --boot-options subnet'
    return [{severity: 'warning', code: 'DHCP_BOOT_OPTIONS_MISSING', message, file: options.config, suggestion}]
  }
  return foreign.map(({path, line, fields}): Finding => {
    const message = `this dhcp-boot=${fields.join(',')} has no tag: firmware that no other dhcp-boot is for gets it, whatever its kind`
    return {severity: 'warning', code: 'DHCP_BOOT_FOREIGN', message, file: path, line, suggestion: 'remove it, or give it a tag'}
  })
}

/** Our host files are there, and no line makes dnsmasq read them. */
function anchorFindings(configuration: DnsmasqConfiguration, options: DnsmasqPlanOptions): Finding[] {
  const own = ownPlaces(options)
  const isRead = configuration.files.some(({lines}) => lines.some(({key, fields}) => key === 'dhcp-hostsdir' && fields[0] === own.hosts))
  if (isRead || !configuration.hosts.some(({managed}) => managed)) return []
  const file = findAnchorFile(configuration, options.config) ?? options.config
  const message = `no line makes dnsmasq read ${own.hosts}: the hosts of pxectl are not known to it`
  return [{severity: 'error', code: 'DHCP_HOSTS_UNREAD', message, file, suggestion: 'pxectl dhcp apply'}]
}
