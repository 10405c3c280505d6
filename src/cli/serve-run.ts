// The life of `pxectl serve`: sockets from the service manager, servers, "ready", lines, the first signal, the time of grace,
// the second signal, the account.
import {setTimeout} from 'node:timers/promises'
import type {Lab} from '../lab/open-lab.js'
import type {DhcpMode} from '../operations/serve-dhcp.js'
import type {ServeEvent} from '../operations/serve-event.js'
import {serveLab, type Serving} from '../operations/serve.js'
import {exec} from '../system/exec.js'
import {isRoot} from '../system/privileges.js'
import {assignListenSockets, notifyServiceManager, takeListenSockets} from '../system/service-manager.js'
import {escapeControl} from './escape.js'
import {renderEventJson, renderNoteJson, type ServeNote} from './serve-json.js'
import {openServeOutput, type ServeOutput} from './serve-output.js'
import {type OpenedWeb, openWeb, type WebOptions} from './serve-web.js'
import {count, renderServedDhcp, renderServeEvent, renderServeTotals} from './serve-text.js'
import {watchSignals, type SignalWatch} from './until-signal.js'

export type RunServeOptions = {
  readonly dhcp: DhcpMode
  readonly allowOtherDhcp: boolean
  readonly http: boolean
  readonly metrics?: {readonly version: string}
  readonly user?: string
  readonly web?: WebOptions
  readonly format: 'text' | 'json'
  /** The table of transfers, where there is a terminal. */
  readonly live: boolean
  readonly graceSeconds: number
}

/** Serves until a signal ends it. */
export async function runServe(lab: Lab, options: RunServeOptions): Promise<void> {
  const {format, ...wanted} = options
  const {warnings: unused, ...sockets} = assignListenSockets(await takeListenSockets(process.env, process.pid))
  const isLive = options.live && format === 'text' && process.env['TERM'] !== 'dumb'
  const output = await openServeOutput({stdout: process.stdout, stderr: process.stderr, live: isLive})
  const tell = teller(output, format)
  let web: OpenedWeb | undefined
  try {
    const startedMs = performance.now()
    // First, for whoever may not have it as it is set up is told so before any machine is answered.
    web = options.web === undefined ? undefined : await openWeb(lab, options.web)
    const serving = await serveLab(lab, {...wanted, sockets, onEvent: tell.event, onWarning: tell.warning})
    const signals = watchSignals()
    let unheeded: NodeJS.Signals | undefined
    try {
      const warnings = [...unused, ...unusedHttp(sockets, options), ...(web?.warnings ?? []), ...serving.warnings]
      for (const warning of warnings) if (format === 'text') output.note(escapeControl(`Warning: ${warning}`, {keepNewlines: true}))
      const {engine, dhcp} = serving
      const listening = {...serving.listening, ...web?.listening}
      tell.note(
        {kind: 'ready', listening, ...(dhcp === undefined ? {} : {dhcp}), engine, warnings},
        readyText(lab, {serving, listening}, options),
      )
      output.watch(serving.active)
      web?.watch(serving.active)
      await notify(output, {READY: '1', STATUS: `serving ${placesOf(listening)}`})
      unheeded = await stopAtSignal({serving, signals, output, tell, graceSeconds: options.graceSeconds})
      const [durationMs, totals] = [performance.now() - startedMs, serving.totals()]
      tell.note({kind: 'stopped', durationMs, ...totals}, renderServeTotals(totals, durationMs))
    } finally {
      signals.close()
      if (unheeded === undefined) await serving.close()
    }
    if (unheeded !== undefined) endBySignal(output, unheeded)
  } finally {
    await web?.close()
    output.close()
  }
}

type Teller = {
  readonly event: (event: ServeEvent) => void
  readonly note: (note: ServeNote, text: string) => void
  readonly warning: (message: string) => void
}

function teller(output: ServeOutput, format: RunServeOptions['format']): Teller {
  const isJson = format === 'json'
  return {
    event: (event) => {
      const at = new Date()
      const line = isJson ? renderEventJson(event, at) : renderServeEvent(event, at)
      if (line !== undefined) output.line(line)
    },
    note: (note, text) => output.line(isJson ? renderNoteJson(note, new Date()) : text),
    warning(message) {
      if (isJson) output.line(renderNoteJson({kind: 'warning', message}, new Date()))
      else output.note(escapeControl(`Warning: ${message}`, {keepNewlines: true}))
    },
  }
}

type Stopping = {
  readonly serving: Serving
  readonly signals: SignalWatch
  readonly output: ServeOutput
  readonly tell: Teller
  readonly graceSeconds: number
}

/** How long the servers may take to drop what is left after a second signal. */
const DROP_MS = 1000

/** The first signal lets running transfers finish, for a while; the second ends them. Gives the signal that must end the process still. */
async function stopAtSignal({serving, signals, output, tell, graceSeconds}: Stopping): Promise<NodeJS.Signals | undefined> {
  const signal = await signals.next()
  const active = serving.active().length
  const closed = serving.close({graceMs: graceSeconds * 1000})
  if (active > 0 && graceSeconds > 0) {
    const running = `${count(active, 'transfer')} ${active === 1 ? 'is' : 'are'} running`
    const text = `stopping: ${running}, for ${graceSeconds} s at most; ${signal === 'SIGINT' ? 'Ctrl-C' : signal} again ends them`
    tell.note({kind: 'stopping', signal, active, graceSeconds}, text)
  }
  const told = notify(output, {STOPPING: '1', STATUS: `stopping: ${count(active, 'transfer')}`})
  const second = await Promise.race([closed, signals.next()])
  if (second === undefined) {
    await told
    return undefined
  }
  const dropped = Promise.all([serving.close({graceMs: 0}), closed]).then(() => undefined)
  return Promise.race([dropped, setTimeout(DROP_MS, second, {ref: false})])
}

/** As the system would have ended us without `watchSignals`. */
function endBySignal(output: ServeOutput, signal: NodeJS.Signals): void {
  output.close()
  process.kill(process.pid, signal)
}

async function notify(output: ServeOutput, states: Readonly<Record<string, string>>): Promise<void> {
  const warning = await notifyServiceManager(exec, process.env, states)
  if (warning !== undefined) output.note(escapeControl(`Warning: ${warning}`))
}

type Places = Readonly<Record<string, string>>

function placesOf(listening: Places): string {
  return Object.entries(listening)
    .map(([name, place]) => (name === 'web' ? `web page http://${place}/` : `${name} ${place}`))
    .join(', ')
}

function readyText(lab: Lab, {serving, listening}: {serving: Serving; listening: Places}, {user}: RunServeOptions): string {
  const asRoot = isRoot() && user === undefined ? '; running as root, --user NAME would give that up' : ''
  const dhcp = serving.dhcp === undefined ? '' : `; ${renderServedDhcp(serving.dhcp)}`
  return escapeControl(`serving ${lab.settings.lab.tftpRoot}: ${placesOf(listening)}${dhcp}; stop with Ctrl-C${asRoot}`)
}

function unusedHttp(sockets: {readonly http?: number}, {http}: RunServeOptions): string[] {
  return http || sockets.http === undefined ? [] : ['the socket that was handed over for HTTP is not used: --no-http']
}
