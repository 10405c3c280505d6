// Serves a lab: TFTP and HTTP from the TFTP root, and, if wanted, DHCP for the hosts of the database.
import {filenameFor} from '../boot/firmware.js'
import type {BootFileSource} from '../bootfiles/boot-file.js'
import {openTree} from '../bootfiles/resolve.js'
import type {ClientFirmware} from '../dhcp4/client-firmware.js'
import {decideReply} from '../dhcp4/decide.js'
import type {Dhcp4Event} from '../dhcp4/event.js'
import {startDhcp4Server} from '../dhcp4/server.js'
import {startHttpServer} from '../http/server.js'
import type {Lab} from '../lab/open-lab.js'
import {requireSetting} from '../lab/require-setting.js'
import {messageOf} from '../errors.js'
import {findMtu} from '../system/network.js'
import {loadBatchPort} from '../tftp/batch-port.js'
import {limitsFor} from '../tftp/options.js'
import {startTftpServer, type TftpServerOptions} from '../tftp/server.js'
import type {OpenUdpPort} from '../tftp/udp-port.js'
import {filenameSettings} from './boot-options.js'
import {clientFiles} from './client-files.js'
import {METRICS_PATH, metricsPage, readProcessFacts} from './metrics-page.js'
import {refreshBootFiles} from './refresh-boot-files.js'
import type {ServedTransfer, ServeEvent} from './serve-event.js'
import {createServeMetrics} from './serve-metrics.js'
import {countServeTotals, type ServeTotals} from './serve-totals.js'
import {serveAsUser} from './serve-user.js'

export type {ServeEvent} from './serve-event.js'

export type ServeOptions = {
  /** Answer DHCP for the hosts of the database. */
  readonly dhcp: boolean
  readonly http: boolean
  /** Serve /metrics; the version is told there. */
  readonly metrics?: {readonly version: string}
  /** Become this user once the ports are bound. */
  readonly user?: string
  /** Descriptors of sockets that are bound already, as systemd hands them over. */
  readonly sockets?: {readonly tftp?: number; readonly http?: number}
  readonly onEvent: (event: ServeEvent) => void
  /** What went wrong with a menu while serving; told once until it is over. */
  readonly onWarning?: (message: string) => void
}

export type Serving = {
  readonly warnings: readonly string[]
  /** What listens where, e.g. {tftp: '192.168.56.1:69'}. */
  readonly listening: Readonly<Record<string, string>>
  /** How TFTP datagrams travel: many for a system call, or one by one. */
  readonly engine: 'batched' | 'plain'
  active(): readonly ServedTransfer[]
  totals(): ServeTotals
  /** Takes nothing new and lets running transfers finish for at most `graceMs` (default 0); then frees the ports. */
  close(options?: {readonly graceMs?: number}): Promise<void>
}

type Running = {
  readonly address: string
  readonly port: number
  active?(): readonly ServedTransfer[]
  close(options?: {readonly graceMs?: number}): Promise<void>
}

/** Starts all servers, or none: if one cannot start, those before it are stopped again. */
export async function serveLab(lab: Lab, options: ServeOptions): Promise<Serving> {
  const warnings = await renewBootFiles(lab)
  const running = new Map<string, Running>()
  // Opens the database, so it comes before the privilege to do so is given up.
  const files = clientFiles(lab, openTree(lab.settings.lab.tftpRoot), {
    readSettings: lab.readSettings,
    ...(options.onWarning === undefined ? {} : {onWarning: options.onWarning}),
  })
  const {engine, openPort} = chooseEngine(lab.settings)
  const active = (): ServedTransfer[] => [...running.values()].flatMap((server) => server.active?.() ?? [])
  const close: Serving['close'] = async (how = {}) => {
    await Promise.all([...running.values()].map((server) => server.close(how)))
    await files.close()
  }
  const count = countServeTotals()
  const metrics = options.metrics === undefined ? undefined : createServeMetrics(options.metrics.version)
  const onEvent = (event: ServeEvent): void => {
    count.record(event)
    metrics?.record(event)
    options.onEvent(event)
  }
  const page = metrics === undefined ? {} : {[METRICS_PATH]: metricsPage(() => metrics.render(active(), readProcessFacts()))}
  try {
    await startServers(lab, {...options, onEvent, page, files, openPort}, running)
    if (options.user !== undefined) await serveAsUser(options.user, lab.settings.lab.tftpRoot)
  } catch (error) {
    await close()
    throw error
  }
  const listening = Object.fromEntries([...running].map(([name, server]) => [name, `${server.address}:${server.port}`]))
  return {warnings, listening, engine, active, totals: count.totals, close}
}

type StartOptions = ServeOptions & {
  readonly page: Readonly<Record<string, ReturnType<typeof metricsPage>>>
  readonly files: BootFileSource
  readonly openPort: OpenUdpPort | undefined
}

async function startServers(lab: Lab, options: StartOptions, running: Map<string, Running>): Promise<void> {
  const {network, serve} = lab.settings
  const {files, onEvent, sockets = {}} = options
  const address = serve.listen ?? requireSetting(network.server, 'network.server')
  const same = {address, files, onEvent}
  running.set('tftp', await startTftp(lab, {...same, ...handedOver(sockets.tftp), openPort: options.openPort}))
  if (options.http) {
    running.set('http', await startHttpServer({...same, port: serve.httpPort, ...handedOver(sockets.http), routes: options.page}))
  }
  if (options.dhcp) running.set('dhcp', await startDhcp(lab, onEvent))
}

type TftpPlace = Pick<TftpServerOptions, 'address' | 'fd' | 'files' | 'onEvent'> & {readonly openPort: OpenUdpPort | undefined}

async function startTftp({settings: {serve}}: Lab, {openPort, ...place}: TftpPlace): Promise<Running> {
  const fitting = limitsFor(await findMtu(place.address))
  const limits = serve.maxBlksize === undefined ? fitting : {...fitting, maxBlksize: serve.maxBlksize}
  return startTftpServer({
    ...place,
    port: serve.tftpPort,
    limits,
    singlePort: serve.singlePort,
    ...(openPort === undefined ? {} : {openPort}),
  })
}

/** The native part where it was built and is wanted; else the plain way, which does the same. */
function chooseEngine({serve}: Lab['settings']): {readonly engine: 'batched' | 'plain'; readonly openPort?: OpenUdpPort} {
  const batched = serve.engine === 'auto' ? loadBatchPort() : undefined
  return batched?.kind === 'loaded' ? {engine: 'batched', openPort: batched.openUdpPort} : {engine: 'plain'}
}

function handedOver(fd: number | undefined): {fd?: number} {
  return fd === undefined ? {} : {fd}
}

/** Serving goes on with the files that are there where they may not be written. */
async function renewBootFiles(lab: Lab): Promise<readonly string[]> {
  try {
    return await refreshBootFiles(lab)
  } catch (error) {
    return [`the boot files were not renewed: ${messageOf(error)}`]
  }
}

async function startDhcp(lab: Lab, onEvent: (event: Dhcp4Event) => void): Promise<Running> {
  const {network, serve} = lab.settings
  const names = filenameSettings(lab.settings)
  const wire = {
    server: names.server,
    subnet: requireSetting(network.subnet, 'network.subnet'),
    gateway: network.gateway,
    dns: network.dns,
    domain: network.domain,
    filenameFor: (firmware: ClientFirmware) => filenameFor(firmware, names),
  }
  return startDhcp4Server({
    address: wire.server,
    port: serve.dhcpPort,
    subnet: wire.subnet,
    onEvent,
    decide: async (request) => {
      const host = await lab.store.findByMac(request.mac)
      return decideReply(request, wire, host?.dhcp === true ? host : undefined)
    },
  })
}
