// The lint behind `pxectl dhcp check`: what dhcpd says, what it does not say, and where file and database disagree.
import {parseDhcpdConf} from '../dhcpd-conf/parse.js'
import {findHosts} from '../dhcpd-conf/find-hosts.js'
import {childrenOf, isWord, lineCounter, spanOf} from '../dhcpd-conf/tree.js'
import {findHostsRegion} from '../dhcpd-conf/edit.js'
import {PxectlError} from '../errors.js'
import type {Exec} from '../system/exec.js'
import {findBytes} from '../system/files.js'
import {dhcpdWords, runDhcpdTest} from './dhcpd-test.js'
import {findAddressProblem} from './isc-conflicts.js'
import {readConfiguration, type ConfFile, type Configuration} from './isc-load.js'
import type {Reservation} from './reservation.js'
import type {Finding} from './server.js'

export type IscCheckOptions = {readonly config: string; readonly exec: Exec; readonly leases?: string}

/** A declared host with its place, looked up once for all checks. */
type Entry = {
  readonly name: string
  readonly mac: string | undefined
  readonly ips: readonly string[]
  readonly file: string
  readonly line: number
  readonly managed: boolean
}

export async function checkIscConfiguration(expected: readonly Reservation[], options: IscCheckOptions): Promise<Finding[]> {
  let configuration: Configuration
  try {
    configuration = await readConfiguration(options.config)
  } catch (error) {
    if (!(error instanceof PxectlError)) throw error
    return [
      {
        severity: 'error',
        code: error.code,
        message: error.message,
        file: options.config,
        ...(error.suggestions[0] === undefined ? {} : {suggestion: error.suggestions[0]}),
      },
    ]
  }
  const {files} = configuration
  const entries = files.flatMap(entriesOf)
  return [
    ...files.flatMap(syntaxFindings),
    ...(await dhcpdFindings(options)),
    ...duplicates(entries, 'DHCP_NAME_TAKEN', 'host name', ({name}) => [name]),
    ...duplicates(entries, 'DHCP_MAC_TAKEN', 'MAC address', ({mac}) => (mac === undefined ? [] : [mac])),
    ...duplicates(entries, 'DHCP_IP_TAKEN', 'address', ({ips}) => ips),
    ...addressFindings(files),
    ...disagreements(entries, expected),
    ...bootFindings(configuration),
    ...(await tombstones(entries, options.leases ?? '/var/lib/dhcp/dhcpd.leases')),
  ]
}

function entriesOf({path, tree, declarations}: ConfFile): Entry[] {
  const line = lineCounter(tree.bytes)
  const region = findHostsRegion(tree)
  return declarations.hosts.map((host) => {
    const token = tree.statements.first[host.statement]!
    return {
      name: host.name.text,
      mac: host.hardware?.mac,
      ips: host.fixedAddress?.values.map(({text}) => text) ?? [],
      file: path,
      line: line(spanOf(tree, host.statement).start),
      managed: region?.end !== undefined && token > region.begin && token < region.end,
    }
  })
}

function syntaxFindings({path, tree}: ConfFile): Finding[] {
  return tree.problems.map(({line, severity, message}) => ({severity, code: 'DHCPD_CONF_BROKEN', message, file: path, line}))
}

async function dhcpdFindings({config, exec}: IscCheckOptions): Promise<Finding[]> {
  const finished = await runDhcpdTest(config, exec)
  if (finished === undefined)
    return [
      {
        severity: 'warning',
        code: 'PROGRAM_MISSING',
        message: 'dhcpd is not installed here, so it was not asked',
        suggestion: 'apt-get install isc-dhcp-server',
      },
    ]
  if (finished.exitCode === 0) return []
  const said = dhcpdWords(finished.stderr)
  const place = /^(\S+) line (\d+): /.exec(said)
  const message =
    finished.signal === undefined
      ? `dhcpd -t rejects the configuration: ${said}`
      : `dhcpd -t crashes on the configuration (${finished.signal})`
  return [
    {severity: 'error', code: 'DHCPD_REFUSED', message, file: place?.[1] ?? config, ...(place === null ? {} : {line: Number(place[2])})},
  ]
}

function duplicates(entries: readonly Entry[], code: string, what: string, valuesOf: (entry: Entry) => readonly string[]): Finding[] {
  const seen = new Map<string, Entry>()
  const findings: Finding[] = []
  for (const entry of entries) {
    for (const value of valuesOf(entry)) {
      const first = seen.get(value)
      if (first === undefined) seen.set(value, entry)
      else
        findings.push({
          severity: 'error',
          code,
          message: `host ${entry.name} has the ${what} ${value} of host ${first.name} (${first.file}:${first.line})`,
          file: entry.file,
          line: entry.line,
          suggestion: 'remove or correct one of them',
        })
    }
  }
  return findings
}

function addressFindings(files: readonly ConfFile[]): Finding[] {
  return files.flatMap((file) => {
    const line = lineCounter(file.bytes)
    return file.declarations.hosts.flatMap((host) =>
      (host.fixedAddress?.values ?? []).flatMap(({ip}): Finding[] => {
        const problem = ip === undefined ? undefined : findAddressProblem(ip, files)
        if (problem === undefined) return []
        const {code, message, suggestion} = problem
        return [
          {
            severity: 'error',
            code,
            message: `host ${host.name.text}: ${message}`,
            file: file.path,
            line: line(spanOf(file.tree, host.statement).start),
            suggestion,
          },
        ]
      }),
    )
  })
}

function disagreements(entries: readonly Entry[], expected: readonly Reservation[]): Finding[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry]))
  const wanted = new Set<string>(expected.map(({name}) => name))
  const code = 'DHCP_DISAGREES'
  const suggestion = 'pxectl dhcp diff, then pxectl dhcp apply'
  const findings = expected.flatMap(({name, mac, ip}): Finding[] => {
    const entry = byName.get(name)
    if (entry === undefined)
      return [{severity: 'error', code, message: `host ${name} (${mac}, ${ip}) of the host database is not declared`, suggestion}]
    if (entry.mac === mac && entry.ips.includes(ip)) return []
    const message = `host ${name} is declared with ${entry.mac ?? 'no MAC'}, ${entry.ips.join(' ') || 'no address'}; the host database says ${mac}, ${ip}`
    return [{severity: 'error', code, message, file: entry.file, line: entry.line, suggestion}]
  })
  const stray = entries.filter((entry) => entry.managed && !wanted.has(entry.name))
  return [
    ...findings,
    ...stray.map(({name, file, line}): Finding => ({
      severity: 'warning',
      code,
      message: `host ${name} stands in the region of pxectl but not in the host database`,
      file,
      line,
      suggestion,
    })),
  ]
}

function bootFindings({main, files}: Configuration): Finding[] {
  const boot = files.flatMap((file) => file.declarations.boot)
  const missing = (['next-server', 'filename'] as const).filter((keyword) => !boot.some((declaration) => declaration.keyword === keyword))
  if (missing.length === 0) return []
  return [
    {
      severity: 'warning',
      code: 'DHCP_BOOT_OPTIONS_MISSING',
      message: `no ${missing.join(' and no ')} is declared: clients get an address and nothing to boot`,
      file: main.path,
      suggestion: 'pxectl dhcp apply --boot-options subnet',
    },
  ]
}

/** OMAPI's `remove` on a host of dhcpd.conf leaves `host NAME { deleted; }` in the lease file, and the host stays dead. */
async function tombstones(entries: readonly Entry[], path: string): Promise<Finding[]> {
  const bytes = await findBytes(path).catch(() => undefined)
  if (bytes === undefined || !bytes.includes('deleted')) return []
  const tree = parseDhcpdConf(bytes)
  const declared = new Map(entries.map((entry) => [entry.name, entry]))
  const line = lineCounter(bytes)
  return findHosts(tree).flatMap(({statement, name}): Finding[] => {
    const entry = declared.get(name.text)
    const deleted = [...childrenOf(tree, statement)].some((child) => isWord(tree, tree.statements.first[child]!, 'deleted'))
    if (entry === undefined || !deleted) return []
    const message = `host ${name.text} is declared (${entry.file}:${entry.line}), but the lease file marks it as deleted: dhcpd ignores it`
    return [
      {
        severity: 'error',
        code: 'DHCP_TOMBSTONE',
        message,
        file: path,
        line: line(spanOf(tree, statement).start),
        suggestion: `stop dhcpd, remove that block from ${path}, start dhcpd`,
      },
    ]
  })
}
