// What `GET /metrics` tells: counts of what was served. It records events and renders them; it reads no clock and opens no
// socket. No client address and no file name becomes a label: clients choose both, and each would be a series for ever.
import type {ActiveTransfer, TransferEvent} from '../bootfiles/transfer-event.js'
import type {Dhcp4Event} from '../dhcp4/event.js'
import {renderFamilies, type Family, type Labels, type Sample} from './prometheus-text.js'
import type {ServeEvent} from './serve-event.js'
import {reasonOf, transferReasons} from './serve-reason.js'

/** What the process knows of itself when it is asked. */
export type ProcessFacts = {
  /** Unix time of the start, in seconds. */
  readonly startSeconds: number
  readonly residentBytes: number
  readonly cpuSeconds: number
}

export type ServeMetrics = {
  record(event: ServeEvent): void
  /** The text of the page. */
  render(active: readonly ActiveTransfer[], facts: ProcessFacts): string
}

const PROTOCOLS = ['http', 'tftp'] as const
const OUTCOMES = ['done', 'failed', 'refused'] as const
const REQUESTS = ['decline', 'discover', 'inform', 'release', 'request'] as const
const REPLIES = ['ack', 'nak', 'offer'] as const
const UNANSWERED = ['failed', 'ignored'] as const

/** Seconds: a menu takes a millisecond, an initrd over a busy lab line minutes. */
const BOUNDS = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600]

type Protocol = TransferEvent['protocol']
type Durations = {readonly counts: number[]; sum: number}

/** Every series exists from the start, at 0: only then does a first failure show as an increase. */
export function createServeMetrics(version: string): ServeMetrics {
  const counts = new Map<string, number>()
  const add = (key: string, amount: number): void => void counts.set(key, (counts.get(key) ?? 0) + amount)
  const durations: Record<Protocol, Durations> = {http: newDurations(), tftp: newDurations()}

  const recordTransfer = (event: TransferEvent): void => {
    const {protocol, kind} = event
    if (kind === 'start') return
    add(`transfer ${protocol} ${kind}`, 1)
    add(`bytes ${protocol}`, event.bytes)
    add('retransmits', event.retransmits ?? 0)
    if (kind === 'done') observe(durations[protocol], event.durationMs / 1000)
    else add(`error ${protocol} ${reasonOf(event)}`, 1)
  }
  // Only the event of a request carries the firmware; a note repeats the kind of its request.
  const recordDhcp = (event: Dhcp4Event): void => {
    if (event.firmware !== undefined) add(`request ${event.kind}`, 1)
    else add(`answer ${event.kind}`, 1)
  }
  const series = (kind: string, names: readonly string[], label: string): Sample[] =>
    names.map((name) => ({labels: {[label]: name}, value: counts.get(`${kind} ${name}`) ?? 0}))
  const perProtocol = (kind: string, names: readonly string[], label: string): Sample[] =>
    PROTOCOLS.flatMap((protocol) =>
      series(`${kind} ${protocol}`, names, label).map(({labels, value}) => ({labels: {protocol, ...labels}, value})),
    )

  return {
    record: (event) => (event.protocol === 'dhcp' ? recordDhcp(event) : recordTransfer(event)),
    render: (active, facts) =>
      renderFamilies([
        gauge('pxectl_build_info', 'The version that is running; always 1.', [{labels: {version}, value: 1}]),
        counter(
          'pxectl_transfers_total',
          'Transfers that ended, and requests that were refused.',
          perProtocol('transfer', OUTCOMES, 'outcome'),
        ),
        gauge('pxectl_transfers_active', 'Transfers going on.', activeSamples(active)),
        counter('pxectl_bytes_total', 'Bytes of files sent, of transfers that ended.', series('bytes', PROTOCOLS, 'protocol')),
        counter('pxectl_retransmits_total', 'TFTP packets that had to be sent again.', [{value: counts.get('retransmits') ?? 0}]),
        counter(
          'pxectl_errors_total',
          'Transfers that failed or were refused, by reason.',
          perProtocol('error', transferReasons, 'reason'),
        ),
        {
          kind: 'histogram',
          name: 'pxectl_transfer_duration_seconds',
          help: 'How long the transfers took that ended whole.',
          samples: PROTOCOLS.map((protocol) => ({labels: {protocol}, bounds: BOUNDS, ...durations[protocol]})),
        },
        counter('pxectl_dhcp_requests_total', 'DHCP messages of clients.', series('request', REQUESTS, 'kind')),
        counter('pxectl_dhcp_replies_total', 'DHCP replies sent.', series('answer', REPLIES, 'kind')),
        counter(
          'pxectl_dhcp_unanswered_total',
          'DHCP requests without a reply: ignored, or failed here.',
          series('answer', UNANSWERED, 'reason'),
        ),
        ...processFamilies(facts),
      ]),
  }
}

function processFamilies({startSeconds, residentBytes, cpuSeconds}: ProcessFacts): Family[] {
  return [
    counter('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.', [{value: cpuSeconds}]),
    gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', [{value: residentBytes}]),
    gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.', [{value: startSeconds}]),
  ]
}

function activeSamples(active: readonly ActiveTransfer[]): Sample[] {
  return PROTOCOLS.map((protocol) => ({
    labels: {protocol} satisfies Labels,
    value: active.filter((transfer) => transfer.protocol === protocol).length,
  }))
}

function newDurations(): Durations {
  return {counts: new Array<number>(BOUNDS.length + 1).fill(0), sum: 0}
}

function observe(durations: Durations, seconds: number): void {
  const found = BOUNDS.findIndex((bound) => seconds <= bound)
  const index = found === -1 ? BOUNDS.length : found
  durations.counts[index] = (durations.counts[index] ?? 0) + 1
  durations.sum += seconds
}

function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return {kind: 'counter', name, help, samples}
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return {kind: 'gauge', name, help, samples}
}
