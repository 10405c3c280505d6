// A lease as a line of the lease file:
//
//     {"ip":"192.168.56.100","mac":"52:54:00:12:34:56","state":"leased","until":"2026-03-01T12:00:00.000Z"}
import {findIpv4} from '../net/ipv4.js'
import {findMac} from '../net/mac.js'
import type {PoolLease} from './lease-table.js'

/** The states that outlive the server; an offer and what a probe saw are made again. */
const LASTING = ['leased', 'released', 'declined'] as const

export function isLasting({state}: PoolLease): boolean {
  return LASTING.some((lasting) => lasting === state)
}

/** The line, its newline included. */
export function renderLeaseLine({ip, mac, state, untilMs}: PoolLease): string {
  return `${JSON.stringify({ip, mac, state, until: new Date(untilMs).toISOString()})}\n`
}

/** The lease in a line, or undefined where it is none: torn by a crash, or written by somebody else. */
export function parseLeaseLine(line: string): PoolLease | undefined {
  const read = parseJson(line)
  const ip = findIpv4(String(read['ip']))
  const mac = findMac(String(read['mac']))
  const state = LASTING.find((lasting) => lasting === read['state'])
  const untilMs = Date.parse(String(read['until']))
  return ip === undefined || mac === undefined || state === undefined || Number.isNaN(untilMs) ? undefined : {ip, mac, state, untilMs}
}

function parseJson(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? {...value} : {}
  } catch {
    return {}
  }
}
