// What happens in the lab while somebody looks: events and changes of hosts as they are recorded, whoever recorded them, and
// the transfers of our own servers. Nobody looking costs nothing.
import type {Lab} from '../lab/open-lab.js'
import {readEvents} from '../operations/read-events.js'
import {readStates} from '../operations/read-states.js'
import type {ServedTransfer} from '../operations/serve-event.js'
import {createFeed, type Message} from './feed.js'
import type {EventSink} from './web-request.js'

export type LiveLabOptions = {
  readonly lab: Lab
  readonly runId: string
  readonly nowMs: () => number
}

/** One page: its connection, what it saw last, and whether it may look still. */
export type Viewer = {readonly sink: EventSink; readonly lastEventId: string | undefined; readonly isAllowed: () => Promise<boolean>}

export type LiveLab = {
  /** Where the running transfers are known, from now on. */
  watch(active: () => readonly ServedTransfer[]): void
  /** Looks for news; throws TOO_MANY_READERS where one more page would be too many. */
  prepare(): Promise<void>
  join(viewer: Viewer): void
  transfers(): TransfersJson
  close(): void
}

export type TransfersJson = {readonly transfers: readonly ServedTransfer[]; readonly total: number}

const LOOK_MS = 500
const CHECK_MS = 5000
/** News of one look. More than that, and everybody reads all anew. */
const MOST_EVENTS = 500
/** More rows than a person reads; hundreds of machines may boot at once. */
const MOST_TRANSFERS = 250

export function createLiveLab({lab, runId, nowMs}: LiveLabOptions): LiveLab {
  const feed = createFeed({runId, state: () => [transfersMessage()], nowMs})
  const viewers = new Set<Viewer>()
  let active: () => readonly ServedTransfer[] = () => []
  let lastId: number | undefined
  let lastTransaction: string | undefined
  let states = new Map<string, {readonly text: string; readonly isMoving: boolean}>()
  let looking: Promise<void> | undefined
  let wasIdle = false

  const transfers = (): TransfersJson => {
    const all = active()
    return {transfers: all.slice(0, MOST_TRANSFERS).map(transferJson), total: all.length}
  }
  const transfersMessage = (): Message => ({event: 'transfers', value: transfers()})

  const lookAtHosts = async (): Promise<boolean> => {
    const transaction = await lab.store.lastTransaction()
    if (transaction === lastTransaction) return false
    lastTransaction = transaction
    return true
  }
  const lookAtEvents = async (): Promise<{readonly names: ReadonlySet<string>; readonly isMuch: boolean}> => {
    if (lastId === undefined) {
      lastId = (await readEvents(lab, {limit: 1})).lastId
      return {names: new Set(), isMuch: true}
    }
    const {events, lastId: newest} = await readEvents(lab, {afterId: lastId, limit: MOST_EVENTS})
    lastId = newest
    const isMuch = events.length === MOST_EVENTS
    if (events.length > 0) feed.publish(isMuch ? {event: 'changed', value: {what: 'events'}} : {event: 'events', value: {events}})
    if (events.some(({host, mac}) => host === null && mac !== null)) feed.publish({event: 'changed', value: {what: 'clients'}})
    return {names: new Set(events.flatMap(({host}) => (host === null ? [] : [host]))), isMuch}
  }
  const lookAtStates = async (names: ReadonlySet<string> | undefined): Promise<void> => {
    const {hosts} = await readStates(lab, nowMs(), names)
    const changed = hosts.filter(({name, state}) => states.get(name)?.text !== JSON.stringify(state))
    for (const {name, state} of changed) {
      // A state that only time can change: a boot that goes silent is stuck.
      states.set(name, {text: JSON.stringify(state), isMoving: state.condition === 'booting'})
    }
    if (changed.length > 0) feed.publish({event: 'states', value: {hosts: changed.map(({name, state}) => ({name, state}))}})
  }
  const look = async (): Promise<void> => {
    const isChanged = await lookAtHosts()
    const {names, isMuch} = await lookAtEvents()
    if (isChanged) {
      states = new Map()
      feed.publish({event: 'changed', value: {what: 'hosts'}})
    }
    const moving = [...states].filter(([, {isMoving}]) => isMoving).map(([name]) => name)
    const wanted = isMuch || isChanged ? undefined : new Set([...names, ...moving])
    if (wanted === undefined || wanted.size > 0) await lookAtStates(wanted)
  }
  /** One look at a time. A database that is busy is looked at again soon. */
  const lookOnce = (): Promise<void> => {
    looking ??= look()
      .catch(() => undefined)
      .finally(() => (looking = undefined))
    return looking
  }

  const looks = setInterval(() => {
    if (feed.readers() === 0) return
    void lookOnce()
    const isIdle = active().length === 0
    // Nothing is told once, and then not again.
    if (!isIdle || !wasIdle) feed.flash(transfersMessage())
    wasIdle = isIdle
  }, LOOK_MS)
  const checks = setInterval(() => {
    feed.check()
    // Who has logged out must not look on.
    for (const {isAllowed, sink} of viewers) void isAllowed().then((yes) => (yes ? undefined : sink.destroy()))
  }, CHECK_MS)

  return {
    watch: (transfersNow) => (active = transfersNow),
    transfers,
    async prepare() {
      feed.checkRoom()
      // What happened while nobody looked is missed by those who come back: it is published now.
      await lookOnce()
    },
    join(viewer) {
      viewers.add(viewer)
      viewer.sink.onClose(() => viewers.delete(viewer))
      feed.join(viewer.sink, viewer.lastEventId)
    },
    close() {
      clearInterval(looks)
      clearInterval(checks)
      feed.close()
    },
  }
}

function transferJson({protocol, client, port, name, sizeBytes, bytes, durationMs, retransmits}: ServedTransfer): ServedTransfer {
  return {
    protocol,
    client,
    port,
    name,
    bytes,
    durationMs: Math.round(durationMs),
    ...(sizeBytes === undefined ? {} : {sizeBytes}),
    ...(retransmits === undefined ? {} : {retransmits}),
  }
}
