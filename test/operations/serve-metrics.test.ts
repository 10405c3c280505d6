import {describe, expect, test} from 'vitest'
import {renderFamilies} from '../../src/operations/prometheus-text.js'
import type {ServeEvent, ServedTransfer} from '../../src/operations/serve-event.js'
import {createServeMetrics} from '../../src/operations/serve-metrics.js'
import {reasonOf, type TransferReason} from '../../src/operations/serve-reason.js'
import {countServeTotals} from '../../src/operations/serve-totals.js'
import {parseMac} from '../../src/net/mac.js'
import {readExposition} from './exposition.js'

type Transfer = Exclude<ServeEvent, {protocol: 'dhcp'}>
const FACTS = {startSeconds: 1_700_000_000.123, residentBytes: 50_000_000, cpuSeconds: 1.5}

const transfer = (changes: Partial<Transfer> = {}): Transfer => ({
  protocol: 'tftp',
  kind: 'done',
  client: '10.0.0.21',
  port: 2070,
  name: 'pxelinux.0',
  bytes: 1000,
  durationMs: 8,
  ...changes,
})

/** The samples of a page after these events. */
function samplesAfter(events: readonly ServeEvent[], active: readonly ServedTransfer[] = []): ReadonlyMap<string, number> {
  const metrics = createServeMetrics('1.2.3')
  for (const event of events) metrics.record(event)
  return readExposition(metrics.render(active, FACTS)).samples
}

describe('the metrics page', () => {
  test('has every series from the start, at 0', () => {
    const samples = samplesAfter([])
    for (const protocol of ['http', 'tftp']) {
      for (const outcome of ['done', 'failed', 'refused']) {
        expect(samples.get(`pxectl_transfers_total{protocol="${protocol}",outcome="${outcome}"}`)).toBe(0)
      }
      expect(samples.get(`pxectl_transfers_active{protocol="${protocol}"}`)).toBe(0)
      expect(samples.get(`pxectl_transfer_duration_seconds_count{protocol="${protocol}"}`)).toBe(0)
    }
    expect(samples.get('pxectl_build_info{version="1.2.3"}')).toBe(1)
    expect(samples.get('process_start_time_seconds')).toBe(FACTS.startSeconds)
    expect(samples.get('process_resident_memory_bytes')).toBe(FACTS.residentBytes)
  })

  test('counts transfers, bytes and retransmits', () => {
    const samples = samplesAfter([
      transfer({kind: 'start', bytes: 0}),
      transfer({retransmits: 2}),
      transfer({kind: 'failed', bytes: 300, retransmits: 5, message: 'no answer to block 3, sent 6 times'}),
      transfer({protocol: 'http', kind: 'refused', bytes: 0, status: 404, message: 'no such boot file: x'}),
    ])
    expect(samples.get('pxectl_transfers_total{protocol="tftp",outcome="done"}')).toBe(1)
    expect(samples.get('pxectl_transfers_total{protocol="tftp",outcome="failed"}')).toBe(1)
    expect(samples.get('pxectl_transfers_total{protocol="http",outcome="refused"}')).toBe(1)
    expect(samples.get('pxectl_bytes_total{protocol="tftp"}')).toBe(1300)
    expect(samples.get('pxectl_retransmits_total')).toBe(7)
    expect(samples.get('pxectl_errors_total{protocol="tftp",reason="no_answer"}')).toBe(1)
    expect(samples.get('pxectl_errors_total{protocol="http",reason="not_found"}')).toBe(1)
  })

  test('a duration on a bound falls under it, and buckets add up', () => {
    const samples = samplesAfter([5, 5.001, 700_000].map((durationMs) => transfer({durationMs})))
    const bucket = (le: string): number | undefined => samples.get(`pxectl_transfer_duration_seconds_bucket{protocol="tftp",le="${le}"}`)
    expect([bucket('0.005'), bucket('0.025'), bucket('600'), bucket('+Inf')]).toEqual([1, 2, 2, 3])
    expect(samples.get('pxectl_transfer_duration_seconds_count{protocol="tftp"}')).toBe(3)
    expect(samples.get('pxectl_transfer_duration_seconds_sum{protocol="tftp"}')).toBeCloseTo(700.010001)
  })

  test('shows what is going on now', () => {
    const {protocol, client, port, name, bytes, durationMs} = transfer()
    expect(samplesAfter([], [{protocol, client, port, name, bytes, durationMs}]).get('pxectl_transfers_active{protocol="tftp"}')).toBe(1)
  })

  test('counts DHCP requests and replies, and a note about a request not as another one', () => {
    const mac = parseMac('080027123456')
    const said = {protocol: 'dhcp', mac, message: ''} as const
    const firmware = {kind: 'unknown'} as never
    const samples = samplesAfter([
      {...said, kind: 'discover', firmware},
      {...said, kind: 'offer'},
      {...said, kind: 'release', firmware},
      {...said, kind: 'release'},
      {...said, kind: 'ignored'},
    ])
    expect(samples.get('pxectl_dhcp_requests_total{kind="discover"}')).toBe(1)
    expect(samples.get('pxectl_dhcp_requests_total{kind="release"}')).toBe(1)
    expect(samples.get('pxectl_dhcp_replies_total{kind="offer"}')).toBe(1)
    expect(samples.get('pxectl_dhcp_unanswered_total{reason="ignored"}')).toBe(1)
  })

  test('grows by no series, whatever clients send', () => {
    const before = samplesAfter([]).size
    const hostile = ['a', 'b"\n\\', 'c{}'].flatMap((text, port) =>
      (['done', 'failed', 'refused'] as const).map((kind) =>
        transfer({kind, client: text, name: text, message: text, port, status: 700 + port}),
      ),
    )
    expect(samplesAfter(hostile).size).toBe(before)
  })
})

test('the exposition format escapes what it must', () => {
  const text = renderFamilies([
    {kind: 'gauge', name: 'a', help: 'back\\slash\nand line', samples: [{labels: {l: 'say "hi"\\\n'}, value: 0.5}]},
  ])
  expect(text).toBe('# HELP a back\\\\slash\\nand line\n# TYPE a gauge\na{l="say \\"hi\\"\\\\\\n"} 0.5\n')
})

describe('reasons', () => {
  const check = (event: Pick<Transfer, 'kind' | 'message' | 'status'>, expected: TransferReason): void =>
    expect(reasonOf(event)).toBe(expected)

  test('come from the status where HTTP refused', () => {
    check({kind: 'refused', status: 404}, 'not_found')
    check({kind: 'refused', status: 403}, 'forbidden')
    check({kind: 'refused', status: 405}, 'read_only')
    check({kind: 'refused', status: 416}, 'bad_request')
    check({kind: 'refused', status: 503, message: 'too many connections'}, 'busy')
    check({kind: 'refused', status: 500, message: 'EMFILE'}, 'server_error')
  })
  test('come from the words of our own messages', () => {
    check({kind: 'refused', message: 'no such boot file: too many transfers'}, 'not_found')
    check({kind: 'refused', message: 'refused to serve ../x: the name contains ".."'}, 'forbidden')
    check({kind: 'refused', message: 'too many transfers at once'}, 'busy')
    check({kind: 'failed', message: 'the client ended it: error 8 User aborted the transfer'}, 'client_ended')
    check({kind: 'failed', message: 'the client started over'}, 'client_gone')
    check({kind: 'failed', status: 200, message: 'the client went away'}, 'client_gone')
    check({kind: 'failed', status: 200, message: 'the client stood still for 60 s'}, 'client_slow')
    check({kind: 'failed', message: 'no answer, and others are waiting'}, 'no_answer')
    check({kind: 'failed', message: 'the server is stopping'}, 'server_stopping')
    check({kind: 'failed', message: 'vmlinuz changed while it was being sent; the transfer was ended'}, 'file_changed')
    check({kind: 'failed', message: 'something else'}, 'other')
    check({kind: 'failed'}, 'other')
  })
})

test('the account of a run counts what ended, and each client once', () => {
  const count = countServeTotals()
  const mac = parseMac('080027123456')
  for (const event of [
    transfer({kind: 'start', bytes: 0}),
    transfer({retransmits: 2}),
    transfer({port: 2071, protocol: 'http'}),
    transfer({client: '10.0.0.22', kind: 'failed', bytes: 10, retransmits: 1}),
    transfer({client: '10.0.0.99', kind: 'refused', bytes: 0}),
    {protocol: 'dhcp', kind: 'ack', mac, message: ''} as const,
  ])
    count.record(event)
  expect(count.totals()).toEqual({transfers: 3, errors: 1, refused: 1, bytes: 2010, retransmits: 3, clients: 2})
})
