// Starts the VMs that a lab file made or changed: in its order and pace.
import {setTimeout} from 'node:timers/promises'
import {PxectlError} from '../errors.js'
import {examineDhcpService, examineServers} from './examine-servers.js'
import {stopIfAborted, type PartChange, type PartMeans} from './lab-part.js'
import {runVms} from './run-vms.js'

/** A server on this machine answers at once. */
const SERVER_MS = 3000

/** Some at a time, each after those that it waits for. */
export async function startVms(means: PartMeans, changes: readonly PartChange[]): Promise<readonly string[]> {
  const {lab, spec, now, signal, onProgress, mark} = means
  const wanted = spec.vms.filter(({name, start}) => start && changes.some((change) => change.name === name && change.action !== 'remove'))
  if (wanted.length === 0) return []
  const warnings = [...(await unservedWarnings(lab))]
  const started = new Set<string>()
  while (started.size < wanted.length) {
    stopIfAborted(signal)
    const isWaiting = (name: string): boolean => wanted.some((other) => other.name === name) && !started.has(name)
    const next = wanted.filter(({name, after}) => !started.has(name) && !after.some(isWaiting)).map(({name}) => name)
    const ran = await runVms(
      lab,
      {names: next, machine: {}, foreign: false},
      {kind: 'start', display: 'headless'},
      {
        all: false,
        parallel: spec.start.parallel,
        delayMs: spec.start.delaySeconds * 1000,
        dryRun: false,
        now,
        sleep: (ms) => sleep(ms, signal),
        onProgress,
      },
    )
    for (const name of next) started.add(name)
    warnings.push(...ran.warnings)
    for (const {name} of ran.failures) for (const change of changes) if (change.name === name) mark(change, 'failed')
    if (ran.failures.length > 0) throw startFailed(ran.failures)
  }
  return warnings
}

/** Ends early where the user has had enough. */
async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await setTimeout(ms, undefined, {signal}).catch(() => stopIfAborted(signal))
}

/** Firmware that finds nobody gives up after a minute or so. */
async function unservedWarnings(lab: PartMeans['lab']): Promise<string[]> {
  if (lab.settings.network.server === undefined) return []
  const parts = [await examineServers(lab, {timeoutMs: SERVER_MS})]
  if (lab.settings.dhcp.backend === 'builtin') parts.push(await examineDhcpService(lab, {timeoutMs: SERVER_MS}))
  const findings = parts.flatMap((part) => part.findings)
  if (findings.length === 0) return []
  const what = findings.map(({message}) => message).join('; ')
  return [
    `the VMs find nothing to boot yet: ${what}. Serve the lab (${findings[0]?.suggestion ?? 'pxectl serve'}), then: pxectl vm reset --all`,
  ]
}

function startFailed(failures: readonly {readonly name: string; readonly error: PxectlError}[]): PxectlError {
  const [first] = failures
  return new PxectlError(failures.map(({name, error}) => `${name} did not start: ${error.message}`).join('; '), {
    code: first?.error.code ?? 'HYPERVISOR_FAILED',
    kind: first?.error.kind ?? 'external',
    details: {vms: failures.map(({name}) => name)},
    suggestions: first?.error.suggestions ?? [],
  })
}
