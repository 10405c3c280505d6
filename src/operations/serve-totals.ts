// The account of a whole run of `pxectl serve`, told when it stops.
import type {ServeEvent} from './serve-event.js'

export type ServeTotals = {
  /** Transfers that ended, whole or not. Refused requests are none. */
  readonly transfers: number
  /** Those of them that did not end whole. */
  readonly errors: number
  /** Requests for files that are not there, or not to be given out: loaders try many names. */
  readonly refused: number
  /** Bytes of files, of the transfers that ended. */
  readonly bytes: number
  readonly retransmits: number
  /** Different addresses that transfers went to. */
  readonly clients: number
}

export type ServeTotalsCount = {
  record(event: ServeEvent): void
  totals(): ServeTotals
}

/** More addresses than a lab has: sender addresses of TFTP can be forged, and must not fill the memory. */
const MOST_CLIENTS = 65_536

export function countServeTotals(): ServeTotalsCount {
  const count = {transfers: 0, errors: 0, refused: 0, bytes: 0, retransmits: 0}
  const clients = new Set<string>()
  return {
    record(event) {
      if (event.protocol === 'dhcp' || event.kind === 'start') return
      if (event.kind === 'refused') {
        count.refused += 1
        return
      }
      count.transfers += 1
      if (event.kind === 'failed') count.errors += 1
      count.bytes += event.bytes
      count.retransmits += event.retransmits ?? 0
      if (clients.size < MOST_CLIENTS) clients.add(event.client)
    },
    totals: () => ({...count, clients: clients.size}),
  }
}
