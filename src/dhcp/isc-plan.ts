// A change as new bytes for dhcpd.conf and its includes. Reads files, writes none.
import {isAbsolute} from 'node:path'
import {addInclude, editHosts, removeInclude} from '../dhcpd-conf/edit.js'
import {applySplices, type Splice} from '../dhcpd-conf/splice.js'
import {quoteString} from '../dhcpd-conf/string.js'
import {PxectlError} from '../errors.js'
import {renderSubnet, type Ipv4, type Subnet} from '../net/ipv4.js'
import {findBytes} from '../system/files.js'
import {planBootOptions} from './isc-boot.js'
import {conflict} from './isc-conflicts.js'
import {iscFirmwareText, planFirmware} from './isc-firmware.js'
import {atRootOf, decideHosts, subnetPlace, type Place} from './isc-hosts.js'
import {parseConfFile, readConfiguration, refuseBroken, type ConfFile, type Configuration} from './isc-load.js'
import type {DhcpChange, DhcpPlan, FileChange} from './server.js'

export type IscPlacement = 'region' | 'subnet' | 'include'

export type IscPlanOptions = {
  readonly config: string
  readonly placement: IscPlacement
  /** The file for new hosts with placement `include`. */
  readonly include?: string
  /** undefined: boot options are never declared. */
  readonly bootOptionsScope?: 'subnet' | 'global' | undefined
  readonly subnet?: Subnet
}

export async function planIscChange(change: DhcpChange, options: IscPlanOptions): Promise<DhcpPlan> {
  const configuration = await readConfiguration(options.config)
  const separate = await readSeparateInclude(configuration, options)
  const files = separate === undefined ? configuration.files : [...configuration.files, separate.file]
  for (const file of files) refuseBroken(file)
  const placeOf = (ip: Ipv4): Place => placeFor(ip, files, configuration.main, options)
  const {splices, warnings} = hostSplices(change, files, placeOf, options)
  for (const [file, more] of bootSplices(change, files, configuration.main, options)) splices.get(file)?.push(...more)

  const changes: FileChange[] = []
  const main = splices.get(configuration.main)!
  let removal: FileChange | undefined
  for (const file of files.slice(1)) {
    const after = spliced(file, splices.get(file)!)
    const isSeparate = file.path === options.include
    const before = isSeparate && separate?.exists === false ? undefined : file.bytes
    const line = isSeparate && after.length === 0 && !after.equals(file.bytes) ? findOwnInclude(configuration.main, file.path) : undefined
    if (line !== undefined) {
      main.push(line)
      removal = {path: file.path, before, after: undefined}
    } else if (!after.equals(file.bytes)) {
      if (file === separate?.file) main.push(addInclude(configuration.main.tree, quoteString(file.path)))
      changes.push({path: file.path, before, after})
    }
  }
  const mainAfter = spliced(configuration.main, main)
  if (!mainAfter.equals(configuration.main.bytes))
    changes.push({path: configuration.main.path, before: configuration.main.bytes, after: mainAfter})
  // An include stands before the line that names it, and goes after it.
  if (removal !== undefined) changes.push(removal)
  const problems = files.flatMap((file) => file.tree.problems.map((problem) => `${file.path}:${problem.line}: ${problem.message}`))
  return {files: changes, warnings: [...configuration.warnings, ...problems, ...warnings], needsRestart: changes.length > 0}
}

function hostSplices(
  change: DhcpChange,
  files: readonly ConfFile[],
  placeOf: (ip: Ipv4) => Place,
  {bootOptionsScope}: IscPlanOptions,
): {splices: Map<ConfFile, Splice[]>; warnings: readonly string[]} {
  const {bootOptions} = change
  const isOurs = bootOptions === 'remove' || (bootOptions !== undefined && bootOptionsScope !== undefined)
  const text = isOurs && bootOptions !== 'remove' ? iscFirmwareText(bootOptions) : undefined
  const hosts = decideHosts(files, change, placeOf, text)
  const warnings = [...hosts.warnings]
  const splices = new Map<ConfFile, Splice[]>()
  for (const file of files) {
    const edits = hosts.edits.get(file) ?? {update: [], remove: [], add: []}
    const firmware = isOurs ? planFirmware(file, edits, text) : undefined
    warnings.push(...(firmware?.warnings ?? []))
    splices.set(file, [...editHosts(file.tree, edits), ...(firmware?.splices ?? [])])
  }
  return {splices, warnings}
}

function spliced(file: ConfFile, splices: readonly Splice[]): Buffer {
  return splices.length === 0 ? file.bytes : applySplices(file.bytes, splices)
}

/** The include file of our own, where no line names it yet; what is in it counts, because the line will bring it in. */
async function readSeparateInclude(
  configuration: Configuration,
  options: IscPlanOptions,
): Promise<{file: ConfFile; exists: boolean} | undefined> {
  if (options.placement !== 'include') return undefined
  if (options.include === undefined || !isAbsolute(options.include)) {
    throw new PxectlError('new hosts are to go into an include file, but dhcp.include does not name one by its full path', {
      code: 'DHCP_INCLUDE_UNSET',
      kind: 'usage',
      suggestions: ['pxectl config set dhcp.include /etc/dhcp/pxectl-hosts.conf'],
    })
  }
  if (configuration.files.some(({path}) => path === options.include)) return undefined
  const bytes = await findBytes(options.include)
  return {file: parseConfFile(options.include, bytes ?? Buffer.alloc(0)), exists: bytes !== undefined}
}

function findOwnInclude(main: ConfFile, path: string): Splice | undefined {
  const line = main.declarations.includes.find((include) => include.path === path)
  return line === undefined ? undefined : removeInclude(main.tree, line.statement)
}

function placeFor(ip: Ipv4, files: readonly ConfFile[], main: ConfFile, options: IscPlanOptions): Place {
  switch (options.placement) {
    case 'region':
      return atRootOf(main)
    case 'include':
      return atRootOf(files.find(({path}) => path === options.include) ?? main)
    case 'subnet': {
      const place = subnetPlace(files, ip)
      if (place !== undefined) return place
      throw conflict('DHCP_IP_OFF_SUBNET', `no subnet of ${ip} is declared in ${main.path}`, {ip}, [
        `declare the subnet in ${main.path} first`,
      ])
    }
  }
}

function bootSplices(change: DhcpChange, files: readonly ConfFile[], main: ConfFile, options: IscPlanOptions): Map<ConfFile, Splice[]> {
  const {bootOptions} = change
  if (bootOptions === undefined) return new Map()
  if (bootOptions === 'remove' || options.bootOptionsScope === 'global') return planBootOptions(files, atRootOf(main), bootOptions)
  if (options.bootOptionsScope === undefined) return new Map()
  return planBootOptions(files, bootSubnet(files, main, options.subnet), bootOptions)
}

/** The subnet of the settings; without one, the only subnet there is. */
function bootSubnet(files: readonly ConfFile[], main: ConfFile, subnet: Subnet | undefined): Place {
  const declared = files.flatMap((file) =>
    file.declarations.subnets.map((found): Place & {subnet: Subnet} => ({file, into: found.statement, subnet: found.subnet})),
  )
  const wanted = subnet === undefined ? declared : declared.filter((found) => renderSubnet(found.subnet) === renderSubnet(subnet))
  const place = wanted[0]
  if (place !== undefined && wanted.length === 1) return place
  const known = declared.map((found) => renderSubnet(found.subnet)).join(', ') || 'none'
  throw conflict(
    'DHCP_SUBNET_UNDECLARED',
    subnet === undefined
      ? `which subnet gets the boot options is not said (declared: ${known})`
      : `the subnet ${renderSubnet(subnet)} is not declared once in ${main.path} (declared: ${known})`,
    {subnet: subnet === undefined ? null : renderSubnet(subnet)},
    [
      'name one of them: pxectl config set network.subnet 192.168.56.0/24',
      'or declare the boot options for all: pxectl config set dhcp.boot-options global',
    ],
  )
}
