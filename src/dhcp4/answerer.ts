// From datagram to reply, for every mode of the server: decode, tell, decide, address, send, tell. Owns no socket.
import {messageOf} from '../errors.js'
import type {Subnet} from '../net/ipv4.js'
import type {Decision} from './decision.js'
import {decisionEvent, type Dhcp4Event, failureEvent, requestEvent} from './event.js'
import {decodePacket, type Dhcp4Packet, encodePacket} from './packet.js'
import {type Arrival, type Endpoint, replyAddress} from './reply-address.js'

export type AnswerOptions = {
  /** Requests from elsewhere are ignored, and no reply leaves it. */
  readonly subnet: Subnet
  readonly decide: (request: Dhcp4Packet, arrival: Arrival) => Decision | Promise<Decision>
  /** Which requests are any of our business; the others are counted and not even told. All by default. */
  readonly concerns?: (request: Dhcp4Packet) => boolean
  /** Must not throw. */
  readonly onEvent?: (event: Dhcp4Event) => void
}

/** Datagrams since the start. */
export type Dhcp4Counters = {readonly received: number; readonly malformed: number; readonly answered: number}

export type Answerer = {
  /** Never throws; what goes wrong becomes an event. */
  take(bytes: Uint8Array, arrival: Arrival, send: (bytes: Uint8Array, to: Endpoint) => Promise<void>): Promise<void>
  tellTrouble(error: Error): void
  counters(): Dhcp4Counters
  /** After this nothing is sent and nothing told. */
  stop(): void
}

export function createAnswerer(options: AnswerOptions): Answerer {
  const {subnet, decide, concerns = () => true} = options
  const onEvent = options.onEvent ?? (() => undefined)
  const count = {received: 0, malformed: 0, answered: 0}
  let stopped = false
  return {
    take: async (bytes, arrival, send) => {
      count.received++
      const decoded = decodePacket(bytes)
      if (decoded.kind === 'malformed') {
        count.malformed++
        return
      }
      const request = decoded.packet
      try {
        if (!concerns(request)) return
        onEvent(requestEvent(request))
        const decision = addressed(await decide(request, arrival), arrival, subnet)
        if (stopped) return
        if (decision.kind === 'reply') {
          await send(encodePacket(decision.packet), decision.to)
          count.answered++
        }
        onEvent(decisionEvent(request, decision))
      } catch (error) {
        onEvent(failureEvent(request, messageOf(error)))
      }
    },
    tellTrouble: (error) => onEvent({protocol: 'dhcp', kind: 'failed', message: messageOf(error)}),
    counters: () => ({...count}),
    stop: () => {
      stopped = true
    },
  }
}

/** The decision with its destination; a reply that has none within the lab becomes an `ignore`. */
function addressed(decision: Decision, arrival: Arrival, subnet: Subnet) {
  if (decision.kind !== 'reply') return decision
  const to = replyAddress(decision.packet, arrival, subnet)
  if (to === undefined) return {kind: 'ignore', reason: `it came from ${arrival.from.address}, outside the lab network`} as const
  return {...decision, to}
}
