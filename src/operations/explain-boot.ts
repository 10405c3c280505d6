// Why a machine does not boot: its events and the facts of the lab, put before the rules.
import {hostMenu} from '../boot/menu.js'
import {messageOf, PxectlError} from '../errors.js'
import type {StoredEvent} from '../hosts/event-store.js'
import {type Host, hostJson, type HostJson} from '../hosts/host.js'
import type {Lab} from '../lab/open-lab.js'
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import {explainEvents} from '../timeline/explain.js'
import type {Finding, LabFacts} from '../timeline/finding.js'
import {askServer} from './ask-server.js'
import {bootHostOf, readBootContext} from './boot-context.js'
import {bootExpectation} from './boot-expectation.js'
import {type Client, clientKeys, findClientByText} from './client-of.js'
import {type EventJson, eventJson, type StateJson, stateJson} from './event-json.js'
import {readLoggedEvents} from './read-dhcp-log.js'

export type ExplainOptions = {
  /** Unix time in milliseconds. */
  readonly nowMs: number
  /** Ask the DHCP server as the machine would: takes some seconds, and root. */
  readonly ask?: boolean
}

export type Explanation = {
  /** null for a machine that is no host. */
  readonly host: HostJson | null
  readonly mac: string | null
  readonly ip: string | null
  readonly state: StateJson
  /** The most certain first; none where nothing is wrong, or nothing is known to be. */
  readonly findings: readonly Finding[]
  /** The events of the present boot, oldest first. */
  readonly events: readonly EventJson[]
  readonly warnings: readonly string[]
}

const MOST_EVENTS = 400
const MOST_UNKNOWN = 200

/** Throws HOST_NOT_FOUND for a name that no host has, CLIENT_UNKNOWN for an address of which nothing was seen. */
export async function explainBoot(lab: Lab, text: string, {nowMs, ask = false}: ExplainOptions): Promise<Explanation> {
  const client = await findClientByText(lab, text)
  const store = await lab.openEvents()
  const logged = await readLoggedEvents(lab, nowMs)
  const events = withLogged(store.read({clients: clientKeys(client), limit: MOST_EVENTS}), logged.events, client)
  if (client.host === undefined && events.length === 0) throw clientUnknown(text)
  const warnings = [...logged.warnings]
  const asked = ask
    ? await askServer(lab, client, events).catch((error: unknown) => void warnings.push(`nobody could be asked: ${messageOf(error)}`))
    : undefined
  if (asked?.length === 0) warnings.push(`asked as ${text}, no DHCP server answered; on a bridge without a link nobody hears it`)
  const menu = await readMenu(lab, client.host).catch((error: unknown) => {
    warnings.push(messageOf(error))
    return {bootsLocally: false}
  })
  const {network, dhcp} = lab.settings
  const facts: LabFacts = {
    nowMs,
    host: factsOf(client, events),
    server: network.server,
    backend: dhcp.backend,
    bootsLocally: menu.bootsLocally,
    image: client.host?.image,
    unknown: await unknownClients(lab),
    lastSeenMs: [...store.read({limit: 1}), ...logged.events].reduce<number | undefined>(
      (last, {timeMs}) => Math.max(last ?? 0, timeMs),
      undefined,
    ),
    dhcpServers: asked ?? undefined,
  }
  const expectation = {...bootExpectation(lab.settings, client.host, {events, bootsLocally: menu.bootsLocally}), isAsked: true}
  const explained = explainEvents(events, facts, expectation)
  return {
    host: client.host === undefined ? null : hostJson(client.host),
    mac: client.mac ?? events.find(({mac}) => mac !== undefined)?.mac ?? null,
    ip: client.ip ?? events.findLast(({ip}) => ip !== undefined)?.ip ?? null,
    state: stateJson(explained.state),
    findings: explained.findings,
    events: explained.boot.map((event) => eventJson(event as StoredEvent, client.host?.name)),
    warnings,
  }
}

/** Events of the log have no number of ours; those that a running server has kept already are left out. */
function withLogged(stored: readonly StoredEvent[], logged: readonly Omit<StoredEvent, 'id'>[], {mac, ip}: Client): StoredEvent[] {
  const kept = new Set(stored.filter(({details}) => details.log !== undefined).map(keyOf))
  const own = logged.filter((event) => (event.mac === undefined ? event.ip === ip : event.mac === mac) && !kept.has(keyOf(event)))
  return [...stored, ...own.map((event) => ({...event, id: 0}))].sort((a, b) => a.timeMs - b.timeMs)
}

function keyOf({timeMs, mac, name}: Pick<StoredEvent, 'timeMs' | 'mac' | 'name'>): string {
  return `${timeMs} ${mac} ${name}`
}

function factsOf({host, mac, ip}: Client, events: readonly StoredEvent[]): LabFacts['host'] {
  if (host !== undefined) return {isKnown: true, ...host}
  const seen = mac ?? events.find((event) => event.mac !== undefined)?.mac
  const address = ip ?? events.find((event) => event.ip !== undefined)?.ip
  return {
    isKnown: false,
    name: seen ?? address ?? '',
    mac: seen ?? ('00:00:00:00:00:00' as Mac),
    ip: address ?? ('0.0.0.0' as Ipv4),
    firmware: undefined,
    dhcp: false,
    root: undefined,
  }
}

async function readMenu(lab: Lab, host: Host | undefined): Promise<{bootsLocally: boolean}> {
  if (host === undefined || lab.settings.network.server === undefined) return {bootsLocally: false}
  return {bootsLocally: hostMenu(bootHostOf(host), await readBootContext(lab)).default === 'local'}
}

async function unknownClients(lab: Lab): Promise<LabFacts['unknown']> {
  const [store, hosts] = [await lab.openEvents(), await lab.store.list()]
  const known = new Set(hosts.map(({mac}) => mac))
  return store
    .clients(MOST_UNKNOWN + known.size)
    .filter(({mac}) => !known.has(mac))
    .slice(0, MOST_UNKNOWN)
    .map(({mac, firstMs, lastMs}) => ({mac, firstMs, lastMs, architecture: undefined}))
}

function clientUnknown(text: string): PxectlError {
  return new PxectlError(`no host has the address ${text}, and nothing was seen of it`, {
    code: 'CLIENT_UNKNOWN',
    kind: 'notFound',
    details: {client: text},
    suggestions: ['pxectl host list', 'machines that knock: pxectl host list --unknown'],
  })
}
