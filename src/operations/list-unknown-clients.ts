// Machines that knock and are no hosts of the lab.
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {parseHostMac, type Mac} from '../net/mac.js'
import {macDistance} from '../timeline/rules-unseen.js'
import {timeJson} from './event-json.js'

export type UnknownClientJson = {
  readonly mac: string
  /** The address it has, or had, where that is known. */
  readonly ip: string | null
  readonly firstSeen: string
  readonly lastSeen: string
  /** How many events are kept of it. */
  readonly events: number
  /** The number of its firmware in option 93, and the machine's UUID. */
  readonly architecture: number | null
  readonly uuid: string | null
  /** What it did last: a DHCP message, or the name of a file. */
  readonly last: string
  /** A host that was never seen, and whose MAC address differs from this one by a digit or two: a mistyped one? */
  readonly nearestHost: string | null
}

/** More than a person reads; the newest are kept. */
const MOST_CLIENTS = 200
const MOST_EVENTS = 50

/** Last seen first. */
export async function listUnknownClients(lab: Lab): Promise<{clients: UnknownClientJson[]}> {
  const hosts = await lab.store.list()
  const known = new Map<string, string>(hosts.map(({mac, name}) => [mac, name]))
  const store = await lab.openEvents()
  const seen = store.clients(MOST_CLIENTS + known.size)
  const unknown = seen.filter(({mac}) => !known.has(mac))
  // A host that was seen has its right address.
  const unseen = [...known.keys()].filter((mac) => !seen.some((client) => client.mac === mac))
  return {
    clients: unknown.slice(0, MOST_CLIENTS).map(({mac, firstMs, lastMs, count}) => {
      const events = store.read({clients: [mac], limit: MOST_EVENTS})
      const asked = events.findLast(({details}) => details.architecture !== undefined)
      const nearest = nearestMac(mac, unseen)
      return {
        mac,
        ip: events.findLast(({ip}) => ip !== undefined)?.ip ?? null,
        firstSeen: timeJson(firstMs) ?? '',
        lastSeen: timeJson(lastMs) ?? '',
        events: count,
        architecture: asked?.details.architecture ?? null,
        uuid: events.findLast(({details}) => details.uuid !== undefined)?.details.uuid ?? null,
        last: events.at(-1)?.name ?? '',
        nearestHost: nearest === undefined ? null : (known.get(nearest) ?? null),
      }
    }),
  }
}

/** A mistyped digit or two swapped ones; addresses of one hypervisor differ in more. */
function nearestMac(mac: string, candidates: readonly string[]): string | undefined {
  const near = candidates.filter((candidate) => macDistance(mac, candidate) <= 2)
  return near.toSorted((a, b) => macDistance(mac, a) - macDistance(mac, b))[0]
}

/** The MAC address of a machine that was seen. Throws CLIENT_UNKNOWN where it was not, with the nearest one that was. */
export async function getUnknownClient(lab: Lab, text: string): Promise<Mac> {
  const mac = parseHostMac(text)
  const seen = (await lab.openEvents()).clients(MOST_CLIENTS * 10).map((client) => client.mac)
  if (seen.includes(mac)) return mac
  const nearest = nearestMac(mac, seen)
  throw new PxectlError(`no machine with the MAC address ${mac} was seen`, {
    code: 'CLIENT_UNKNOWN',
    kind: 'notFound',
    details: {mac},
    suggestions: [
      ...(nearest === undefined ? [] : [`did you mean ${nearest}?`]),
      'those that were seen: pxectl host list --unknown',
      `add it unseen: pxectl add-host NAME --mac ${mac}`,
    ],
  })
}
