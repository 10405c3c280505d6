// A restart after which dhcpd has what dhcpd.conf says, although OMAPI left records in its lease file (see omapi-leases.ts for
// what they do). Some are gone after a second start; the others are taken back by OMAPI itself.
import {messageOf} from '../errors.js'
import {findHosts, type HostDeclaration} from '../dhcpd-conf/find-hosts.js'
import {parseDhcpdConf} from '../dhcpd-conf/parse.js'
import type {Tree} from '../dhcpd-conf/tree.js'
import {findBytes} from '../system/files.js'
import type {PortHolder} from '../system/port-holders.js'
import {findLeaseFile} from './isc-leases.js'
import type {Configuration} from './isc-load.js'
import {findOmapiPlace, readOmapiConfiguration} from './omapi-conf.js'
import {readHostRecords, type HostRecord} from './omapi-leases.js'
import type {OmapiSession, OpenOmapi} from './omapi-session.js'
import {carriedHost} from './omapi-steps.js'
import type {FileChange} from './server.js'
import type {Restart} from './transaction.js'

export type SettlingParts = {
  readonly config: string
  readonly leases: string | undefined
  readonly holders: () => Promise<readonly PortHolder[]>
  readonly open: OpenOmapi
  readonly restart: Restart
}

/** Gives warnings; throws what the restart throws. */
export async function restartAndSettle(files: readonly FileChange[], parts: SettlingParts): Promise<string[]> {
  const configuration = await readOmapiConfiguration(parts.config)
  if (configuration === undefined) return [...(await parts.restart(files))]
  const lease = await findLeaseFile(configuration, {leases: parts.leases, holders: await parts.holders()})
  // dhcpd ends before it starts anew, and writes down no host while it ends.
  const bytes = await findBytes(lease.path).catch(() => undefined)
  const records = bytes === undefined ? new Map<string, HostRecord>() : readHostRecords(bytes)
  const declared = declaredByName(configuration)
  const warnings = [...(await parts.restart(files))]
  const overrules = [...records].some(([name, {kind, wasDeleted}]) => kind === 'alive' && wasDeleted && declared.has(name))
  if (overrules) warnings.push(...(await parts.restart(files)))
  return [...warnings, ...(await takeBack(touchedNames(files), records, declared, lease.path, {configuration, open: parts.open}))]
}

type Declared = ReadonlyMap<string, {readonly tree: Tree; readonly host: HostDeclaration}>

function declaredByName({files}: Configuration): Declared {
  return new Map(files.flatMap(({tree, declarations}) => declarations.hosts.map((host) => [host.name.text, {tree, host}] as const)))
}

/** Only hosts of these files are ours to take back: others may have been made or removed by OMAPI on purpose. */
function touchedNames(files: readonly FileChange[]): Set<string> {
  const texts = files.map(({before, after}) => [before, after].map((bytes) => hostTexts(bytes ?? Buffer.alloc(0))))
  const names = new Set<string>()
  for (const [before = new Map<string, string>(), after = new Map<string, string>()] of texts)
    for (const name of [...before.keys(), ...after.keys()]) if (before.get(name) !== after.get(name)) names.add(name)
  return names
}

function hostTexts(bytes: Buffer): Map<string, string> {
  const tree = parseDhcpdConf(bytes)
  return new Map(findHosts(tree).map(({name, hardware, fixedAddress}) => [name.text, `${hardware?.mac} ${fixedAddress?.values[0]?.text}`]))
}

/** Hosts that the lease file keeps dead are made again, those that it keeps alive are removed. */
async function takeBack(
  names: ReadonlySet<string>,
  records: ReadonlyMap<string, HostRecord>,
  declared: Declared,
  leases: string,
  {configuration, open}: {readonly configuration: Configuration; readonly open: OpenOmapi},
): Promise<string[]> {
  const wrong = [...records]
    .filter(([name, {kind}]) => names.has(name) && (kind === 'deleted') === declared.has(name))
    .map(([name]) => name)
  if (wrong.length === 0) return []
  const place = findOmapiPlace(configuration.files)
  const problem = (name: string, reason: string): string =>
    `dhcpd ${declared.has(name) ? 'ignores' : 'still knows'} the host ${name}, because OMAPI left a record in its lease file (${reason}): ` +
    `stop dhcpd, remove the blocks "host ${name}" from ${leases}, start dhcpd`
  if (place === undefined) return wrong.map((name) => problem(name, 'dhcpd.conf names no key for OMAPI'))
  const session = await open(place).catch((error: unknown) => messageOf(error))
  if (typeof session === 'string') return wrong.map((name) => problem(name, session))
  const warnings: string[] = []
  for (const name of wrong) {
    await takeBackOne(session, name, declared).catch((error: unknown) => warnings.push(problem(name, messageOf(error))))
  }
  session.close()
  return warnings
}

async function takeBackOne(session: OmapiSession, name: string, declared: Declared): Promise<void> {
  const found = await session.find(name)
  const wanted = declared.get(name)
  if (wanted === undefined) {
    if (found !== undefined) await session.remove(found.handle)
    return
  }
  if (found !== undefined) return
  const host = carriedHost(wanted.tree, wanted.host)
  if (host.kind === 'refused') throw new Error(host.reason)
  await session.create({name, ...host})
}
