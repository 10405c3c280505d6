// What `GET /metrics` tells: counts of what was served. It records events and renders them; it reads no clock and opens no
// socket. No client address and no file name becomes a label: clients choose both, and each would be a series for ever.
import type {ActiveTransfer, TransferEvent} from '../bootfiles/transfer-event.js'
import type {Dhcp4Event} from '../dhcp4/event.js'
import {renderFamilies, type Family, type Labels, type Sample} from './prometheus-text.js'
import type {ServeEvent} from './serve-event.js'
import {reasonOf, type TransferReason, transferReasons} from './serve-reason.js'

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
type Transfers = {
  readonly ended: Record<(typeof OUTCOMES)[number], number>
  readonly errors: Record<TransferReason, number>
  readonly durations: Durations
  bytes: number
}

/** Every series exists from the start, at 0: only then does a first failure show as an increase. */
export function createServeMetrics(version: string): ServeMetrics {
  const transfers: Record<Protocol, Transfers> = {http: noTransfers(), tftp: noTransfers()}
  const requests = zeros(REQUESTS)
  const answers = zeros([...REPLIES, ...UNANSWERED])
  let retransmits = 0

  const recordTransfer = (event: TransferEvent): void => {
    const {protocol, kind} = event
    if (kind === 'start') return
    const those = transfers[protocol]
    those.ended[kind] += 1
    those.bytes += event.bytes
    retransmits += event.retransmits ?? 0
    if (kind === 'done') observe(those.durations, event.durationMs / 1000)
    else those.errors[reasonOf(event)] += 1
  }
  // Only the event of a request carries the firmware; a note repeats the kind of its request.
  const recordDhcp = ({firmware, kind}: Dhcp4Event): void => {
    const counts: Record<string, number> = firmware === undefined ? answers : requests
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  const series = <Name extends string>(counts: Readonly<Record<Name, number>>, names: readonly Name[], label: string): Sample[] =>
    names.map((name) => ({labels: {[label]: name}, value: counts[name]}))
  const perProtocol = <Name extends string>(
    countsOf: (those: Transfers) => Readonly<Record<Name, number>>,
    names: readonly Name[],
    label: string,
  ): Sample[] =>
    PROTOCOLS.flatMap((protocol) => names.map((name) => ({labels: {protocol, [label]: name}, value: countsOf(transfers[protocol])[name]})))

  return {
    record: (event) => (event.protocol === 'dhcp' ? recordDhcp(event) : recordTransfer(event)),
    render: (active, facts) =>
      renderFamilies([
        gauge('pxectl_build_info', 'The version that is running; always 1.', [{labels: {version}, value: 1}]),
        counter(
          'pxectl_transfers_total',
          'Transfers that ended, and requests that were refused.',
          perProtocol(({ended}) => ended, OUTCOMES, 'outcome'),
        ),
        gauge('pxectl_transfers_active', 'Transfers going on.', activeSamples(active)),
        counter(
          'pxectl_bytes_total',
          'Bytes of files sent, of transfers that ended.',
          series({http: transfers.http.bytes, tftp: transfers.tftp.bytes}, PROTOCOLS, 'protocol'),
        ),
        counter('pxectl_retransmits_total', 'TFTP packets that had to be sent again.', [{value: retransmits}]),
        counter(
          'pxectl_errors_total',
          'Transfers that failed or were refused, by reason.',
          perProtocol(({errors}) => errors, transferReasons, 'reason'),
        ),
        {
          kind: 'histogram',
          name: 'pxectl_transfer_duration_seconds',
          help: 'How long the transfers took that ended whole.',
          samples: PROTOCOLS.map((protocol) => ({labels: {protocol}, bounds: BOUNDS, ...transfers[protocol].durations})),
        },
        counter('pxectl_dhcp_requests_total', 'DHCP messages of clients.', series(requests, REQUESTS, 'kind')),
        counter('pxectl_dhcp_replies_total', 'DHCP replies sent.', series(answers, REPLIES, 'kind')),
        counter(
          'pxectl_dhcp_unanswered_total',
          'DHCP requests without a reply: ignored, or failed here.',
          series(answers, UNANSWERED, 'reason'),
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

function noTransfers(): Transfers {
  const durations = {counts: new Array<number>(BOUNDS.length + 1).fill(0), sum: 0}
  return {ended: zeros(OUTCOMES), errors: zeros(transferReasons), durations, bytes: 0}
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>
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
