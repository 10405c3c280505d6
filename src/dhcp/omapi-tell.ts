// Tells a running dhcpd by OMAPI what has changed in its files, where that is sound: it runs with the files as they were,
// only hosts change, and it knows those hosts as the files had them. Everything else is left to a restart, with the reason.
import {messageOf} from '../errors.js'
import {findHosts} from '../dhcpd-conf/find-hosts.js'
import {realPath} from '../system/files.js'
import type {PortHolder} from '../system/port-holders.js'
import type {DaemonProbe} from './daemon.js'
import {readConfiguration, type ConfFile, type Configuration} from './isc-load.js'
import {findOmapiPlace, readOmapiConfiguration} from './omapi-conf.js'
import {findUnknown, noteKnown, type Known} from './omapi-known.js'
import type {OmapiPlace, OmapiSession, OpenOmapi} from './omapi-session.js'
import {planOmapiSteps, type OmapiStep} from './omapi-steps.js'
import type {FileChange} from './server.js'
import type {Tell} from './tell.js'

export type OmapiParts = Known & {
  readonly open: OpenOmapi
  readonly probe: DaemonProbe
  /** Who listens at a TCP port; nobody where that cannot be seen. */
  readonly listeners: (port: number) => Promise<readonly PortHolder[]>
}

/** To be called while the old files are in place. undefined: dhcpd.conf names no OMAPI port with a key. Never throws. */
export async function findOmapiTell(files: readonly FileChange[], parts: OmapiParts): Promise<Tell | undefined> {
  const configuration = await readOmapiConfiguration(parts.config)
  const place = configuration === undefined ? undefined : findOmapiPlace(configuration.files)
  if (configuration === undefined || place === undefined) return undefined
  const ready = await prepare(files, configuration, place, parts).catch((error: unknown) => messageOf(error))
  const run = async (work: (ready: Ready) => Promise<readonly string[]>): ReturnType<Tell['tell']> => {
    if (typeof ready === 'string') return {kind: 'untold', reason: ready}
    return work(ready).then(
      (warnings) => ({kind: 'told', warnings}),
      (error: unknown) => ({kind: 'untold', reason: messageOf(error)}),
    )
  }
  return {
    way: `OMAPI (${place.host} port ${place.port})`,
    preview: () => run(({steps}) => withTargets(place, steps, parts.open, async () => [])),
    tell: () =>
      run(async ({steps, pid}) => {
        await withTargets(place, steps, parts.open, (session, targets) => carryOut(session, targets))
        return rememberTold(parts, pid)
      }),
  }
}

type Ready = {readonly steps: readonly OmapiStep[]; readonly pid: number}

/** What is to be told and to whom, or why nothing can be. */
async function prepare(
  files: readonly FileChange[],
  configuration: Configuration,
  place: OmapiPlace,
  parts: OmapiParts,
): Promise<Ready | string> {
  const plan = planOmapiSteps(files, await hostsElsewhere(files, configuration.files))
  if (plan.kind === 'restart') return plan.reason
  // The hosts of a file that a group includes have the options of the group.
  const isNested = configuration.files.some(({declarations, tree}) =>
    declarations.includes.some(({statement}) => (tree.statements.parent[statement] ?? -1) !== -1),
  )
  if (isNested) return 'a file is included within a block'
  const [pid, ...others] = await parts.probe()
  if (pid === undefined) return 'dhcpd is not running'
  if (others.length > 0) return 'several dhcpd run with this file'
  const listeners = await parts.listeners(place.port)
  const other = listeners.some((holder) => holder.pid === pid) ? undefined : listeners[0]
  if (other !== undefined) return `TCP port ${place.port} belongs to another program, ${other.program} (process ${other.pid})`
  return (await findUnknown(parts, pid, configuration.files)) ?? {steps: plan.steps, pid}
}

async function hostsElsewhere(files: readonly FileChange[], all: readonly ConfFile[]): Promise<ReturnType<typeof findHosts>> {
  const follow = (path: string): Promise<string> => realPath(path).catch(() => path)
  const changed = new Set(await Promise.all(files.map(({path}) => follow(path))))
  const paths = await Promise.all(all.map(({path}) => follow(path)))
  return all.filter((_, index) => !changed.has(paths[index] ?? '')).flatMap(({declarations}) => declarations.hosts)
}

type Target = {readonly step: OmapiStep; readonly handle: number | undefined}

/** Looks at everything that is to change before anything does. */
async function withTargets<T>(
  place: OmapiPlace,
  steps: readonly OmapiStep[],
  open: OpenOmapi,
  work: (session: OmapiSession, targets: readonly Target[]) => Promise<T>,
): Promise<T> {
  const session = await open(place)
  try {
    const targets: Target[] = []
    for (const step of steps) targets.push({step, handle: await findTarget(session, step)})
    return await work(session, targets)
  } finally {
    session.close()
  }
}

/** The handle of the host that a step is about; undefined where there is nothing to do for it, or it is to be made. */
async function findTarget(session: OmapiSession, step: OmapiStep): Promise<number | undefined> {
  const found = await session.find(step.name)
  if (step.kind === 'create') {
    if (found !== undefined) throw new Error(`dhcpd knows a host ${step.name} already`)
    return undefined
  }
  if (found === undefined && step.kind === 'remove') return undefined
  if (found === undefined) throw new Error(`dhcpd does not know the host ${step.name}`)
  if (found.mac !== step.mac) throw new Error(`dhcpd knows the host ${step.name} with another MAC address`)
  return found.handle
}

async function carryOut(session: OmapiSession, targets: readonly Target[]): Promise<void> {
  for (const {step, handle} of targets) {
    if (step.kind === 'create') await session.create(step)
    else if (handle !== undefined && step.kind === 'move') await session.move(handle, step.ip)
    else if (handle !== undefined) await session.remove(handle)
  }
}

/** dhcpd has been told; that this cannot be written down is no failure. */
async function rememberTold(parts: OmapiParts, pid: number): Promise<string[]> {
  try {
    await noteKnown(parts, pid, (await readConfiguration(parts.config)).files)
    return []
  } catch (error) {
    return [`the next change will restart dhcpd, because what it was told could not be noted: ${messageOf(error)}`]
  }
}
