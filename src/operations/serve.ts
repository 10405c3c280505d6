// Serves a lab: TFTP and HTTP from the TFTP root, and, if wanted, DHCP (serve-dhcp.ts).
import type {BootFileSource} from '../bootfiles/boot-file.js'
import {openTree} from '../bootfiles/resolve.js'
import {loadHttpFront, type OpenFront} from '../http/front.js'
import {startHttpServer} from '../http/server.js'
import type {Lab} from '../lab/open-lab.js'
import {requireSetting} from '../lab/require-setting.js'
import {messageOf} from '../errors.js'
import {findMtu, listInterfaceAddresses} from '../system/network.js'
import {giveFiles} from '../system/privileges.js'
import type {BootEvent} from '../timeline/boot-event.js'
import {loadBatchPort} from '../tftp/batch-port.js'
import {limitsFor} from '../tftp/options.js'
import {startTftpServer, type TftpServerOptions} from '../tftp/server.js'
import type {OpenUdpPort} from '../tftp/udp-port.js'
import {clientFiles} from './client-files.js'
import {METRICS_PATH, metricsPage, readProcessFacts} from './metrics-page.js'
import {refreshBootFiles} from './refresh-boot-files.js'
import {type DhcpMode, type ServedDhcp, startDhcp} from './serve-dhcp.js'
import type {ServedTransfer, ServeEvent} from './serve-event.js'
import {createServeMetrics} from './serve-metrics.js'
import {openTimeline} from './serve-timeline.js'
import {SECRET_PATH, secretPlaces} from './host-token.js'
import {secretPage} from './secret-page.js'
import {findServePlace, noPlace, type ServePlace, withPlace} from './serve-place.js'
import {countServeTotals, type ServeTotals} from './serve-totals.js'
import {serveAsUser} from './serve-user.js'
import {UP_PATH, upPage} from './up-page.js'

export type {ServeEvent} from './serve-event.js'

export type ServeOptions = {
  readonly dhcp: DhcpMode
  /** Start a full DHCP server though another one answers on the wire; no by default. */
  readonly allowOtherDhcp?: boolean
  readonly http: boolean
  /** Serve /metrics; the version is told there. */
  readonly metrics?: {readonly version: string}
  /** Become this user once the ports are bound. */
  readonly user?: string
  /** Descriptors of sockets that are bound already, as systemd hands them over. */
  readonly sockets?: {readonly tftp?: number; readonly http?: number}
  readonly onEvent: (event: ServeEvent) => void
  /** Told once a second of what was written to the timeline, with owners of addresses found out. */
  readonly onRecorded?: (events: readonly BootEvent[]) => void
  /** What went wrong with a menu while serving; told once until it is over. */
  readonly onWarning?: (message: string) => void
}

export type Serving = {
  readonly warnings: readonly string[]
  /** What listens where, e.g. {tftp: '192.168.56.1:69'}. */
  readonly listening: Readonly<Record<string, string>>
  /** Which DHCP runs, and where; undefined with `off`. */
  readonly dhcp: ServedDhcp | undefined
  /** `batched` with the native parts, of which the first lets many TFTP datagrams travel by one system call; else `plain`. */
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
export async function serveLab(given: Lab, options: ServeOptions): Promise<Serving> {
  const place = placeFor(given.settings, options.dhcp)
  const lab = place === undefined ? given : withPlace(given, place)
  const warnings = [...(await renewBootFiles(lab))]
  const running = new Map<string, Running>()
  // Opens the database, so it comes before the privilege to do so is given up.
  const files = clientFiles(lab, openTree(lab.settings.lab.tftpRoot), {
    readSettings: lab.readSettings,
    ...(options.onWarning === undefined ? {} : {onWarning: options.onWarning}),
  })
  const {engine, ...native} = chooseEngine(lab.settings)
  const timeline = await openTimeline(lab, options)
  const active = (): ServedTransfer[] => [...running.values()].flatMap((server) => server.active?.() ?? [])
  const close: Serving['close'] = async (how = {}) => {
    await Promise.all([...running.values()].map((server) => server.close(how)))
    await timeline.close()
    await files.close()
  }
  const count = countServeTotals()
  const metrics = options.metrics === undefined ? undefined : createServeMetrics(options.metrics.version)
  const onEvent = (event: ServeEvent): void => {
    count.record(event)
    metrics?.record(event)
    timeline.record(event)
    options.onEvent(event)
  }
  const page = {
    [UP_PATH]: upPage(timeline.add, Date.now),
    ...(metrics === undefined ? {} : {[METRICS_PATH]: metricsPage(() => metrics.render(active(), readProcessFacts()))}),
  }
  let dhcp: ServedDhcp | undefined
  try {
    const secrets = secretPage({places: secretPlaces(lab), now: () => new Date(), onWarning: options.onWarning ?? (() => undefined)})
    await startServers(lab, {...options, ...native, onEvent, page, secrets, files}, running)
    if (options.dhcp !== 'off' && place !== undefined) {
      const started = await startDhcp(lab, {
        mode: options.dhcp,
        place,
        allowOther: options.allowOtherDhcp === true,
        onEvent,
        onWarning: options.onWarning ?? (() => undefined),
      })
      running.set('dhcp', started.server)
      dhcp = started.dhcp
      warnings.push(...started.warnings)
    }
    if (options.user !== undefined) await becomeUser(lab, options.user)
  } catch (error) {
    await close()
    throw error
  }
  const listening = Object.fromEntries([...running].map(([name, server]) => [name, `${server.address}:${server.port}`]))
  return {warnings, listening, dhcp, engine, active, totals: count.totals, close}
}

/** The timeline goes on: its files are that user's from now on. */
async function becomeUser(lab: Lab, user: string): Promise<void> {
  await giveFiles(user, [lab.eventsPath, `${lab.eventsPath}-journal`])
  await serveAsUser(user, lab.settings.lab.tftpRoot)
}

/** Only DHCP must know its interface; the others can do with an address. */
function placeFor(settings: Lab['settings'], dhcp: DhcpMode): ServePlace | undefined {
  const {network, serve} = settings
  if (dhcp === 'off' && (network.server ?? serve.listen) !== undefined) return undefined
  const here = listInterfaceAddresses()
  const place = findServePlace(settings, here)
  if (place === undefined) throw noPlace(here)
  return place
}

type StartOptions = ServeOptions & {
  readonly page: Readonly<Record<string, ReturnType<typeof metricsPage>>>
  readonly secrets: ReturnType<typeof secretPage>
  readonly files: BootFileSource
} & Omit<Engine, 'engine'>

async function startServers(lab: Lab, options: StartOptions, running: Map<string, Running>): Promise<void> {
  const {network, serve} = lab.settings
  const {files, onEvent, sockets = {}} = options
  const address = serve.listen ?? requireSetting(network.server, 'network.server')
  const same = {address, files, onEvent}
  running.set('tftp', await startTftp(lab, {...same, ...handedOver(sockets.tftp), openPort: options.openPort}))
  if (options.http) {
    const {openFront} = options
    const front = openFront === undefined ? {} : {openFront}
    running.set('http', await startHttpServer({...same, ...front, port: serve.httpPort, ...handedOver(sockets.http), ...pagesOf(options)}))
  }
}

function pagesOf({page, secrets}: StartOptions): Pick<Parameters<typeof startHttpServer>[0], 'routes' | 'routeFolders'> {
  return {routes: page, routeFolders: {[SECRET_PATH]: secrets}}
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

type Engine = {readonly engine: 'batched' | 'plain'; readonly openPort?: OpenUdpPort; readonly openFront?: OpenFront}

/** The native parts where they were built and are wanted; else the plain way, which does the same. */
function chooseEngine({serve}: Lab['settings']): Engine {
  if (serve.engine !== 'auto') return {engine: 'plain'}
  const batched = loadBatchPort()
  const front = loadHttpFront()
  return {
    ...(batched.kind === 'loaded' ? {engine: 'batched', openPort: batched.openUdpPort} : {engine: 'plain'}),
    ...(front.kind === 'loaded' ? {openFront: front.openFront} : {}),
  }
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
