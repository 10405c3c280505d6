// What this page knows of the lab, kept up to date by the stream of the server. Views look at it and are told of changes.
import {get} from './api.js'

/** Hosts with their states by name; running transfers by key, and the largest of each address. */
export const lab = {hosts: new Map(), transfers: new Map(), transferByIp: new Map(), totalTransfers: 0, isLoaded: false}

const listeners = new Set()

/** Calls `listener({kind, ...})` at each change; gives what ends that. Kinds: hosts, transfers, events, clients, connection. */
export function watch(listener) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function tell(change) {
  for (const listener of listeners) listener(change)
}

let stream
/** States that came while the whole list was under way: they are newer. */
let meanwhile

/** Opens the stream; the browser opens it again by itself when it breaks, and says what it had seen last. */
export function follow() {
  unfollow()
  stream = new EventSource('/api/v1/stream')
  stream.onopen = () => tell({kind: 'connection', isOpen: true})
  stream.onerror = () => tell({kind: 'connection', isOpen: false, isOver: stream.readyState === EventSource.CLOSED})
  on('reset', () => {
    tell({kind: 'clients'})
    tell({kind: 'events', events: [], isReset: true})
    void loadHosts()
  })
  on('changed', ({what}) => {
    if (what === 'hosts') void loadHosts()
    else if (what === 'events') tell({kind: 'events', events: [], isReset: true})
    else tell({kind: what})
  })
  on('states', ({hosts}) => {
    for (const {name, state} of hosts) meanwhile?.set(name, state)
    takeStates(hosts)
  })
  on('events', ({events}) => tell({kind: 'events', events}))
  on('transfers', takeTransfers)
}

export function unfollow() {
  stream?.close()
  stream = undefined
}

function on(name, take) {
  stream.addEventListener(name, ({data}) => take(JSON.parse(data)))
}

/** Reads all hosts with their states anew. */
export async function loadHosts() {
  meanwhile = new Map()
  const {hosts} = await get('/hosts/states')
  lab.hosts = new Map(hosts.map((host) => [host.name, host]))
  takeStates([...meanwhile].map(([name, state]) => ({name, state})))
  meanwhile = undefined
  lab.isLoaded = true
  tell({kind: 'hosts', names: undefined})
}

function takeStates(hosts) {
  const names = hosts.filter(({name}) => lab.hosts.has(name)).map(({name}) => name)
  for (const {name, state} of hosts) {
    const known = lab.hosts.get(name)
    if (known !== undefined) lab.hosts.set(name, {...known, state})
  }
  if (names.length > 0) tell({kind: 'hosts', names})
}

function takeTransfers({transfers, total}) {
  const before = lab.transfers
  lab.transfers = new Map(
    transfers.map((transfer) => {
      const key = `${transfer.protocol} ${transfer.client} ${transfer.port} ${transfer.name}`
      return [key, {...transfer, key, bytesPerSecond: rateOf(before.get(key), transfer)}]
    }),
  )
  lab.transferByIp = new Map()
  for (const transfer of lab.transfers.values()) {
    const largest = lab.transferByIp.get(transfer.client)
    if (largest === undefined || (transfer.sizeBytes ?? 0) > (largest.sizeBytes ?? 0)) lab.transferByIp.set(transfer.client, transfer)
  }
  lab.totalTransfers = total
  tell({kind: 'transfers'})
}

/** The rate of the last moments, halved with the one before so that it does not jump. */
function rateOf(earlier, {bytes, durationMs}) {
  if (earlier === undefined || earlier.durationMs >= durationMs || earlier.bytes > bytes) return perSecond(bytes, durationMs)
  return (perSecond(bytes - earlier.bytes, durationMs - earlier.durationMs) + earlier.bytesPerSecond) / 2
}

function perSecond(bytes, ms) {
  return ms <= 0 ? 0 : (bytes * 1000) / ms
}
