// What is measured of TFTP, and the limits of PRODUCT.md, section Speed, for it. A table, and how a row of it is compared.
import {cpuPerWork, type Comparison, type Limit} from './contest.js'
import {ENGINES} from './serving.js'
import type {PeerName} from './tftp-servers.js'

export type TftpWork = {
  readonly work: string
  readonly files: 'large' | 'middle' | 'small'
  readonly clients: number
  /** Of one run; of a slow peer fewer, so that it does not take all the time. */
  readonly transfers: number
  readonly fewer?: Partial<Record<PeerName, number>>
  readonly blksize: number
  readonly windowsize: number
  readonly peers: Partial<Record<PeerName, {readonly floor?: Limit; readonly goal?: Limit}>>
  /** Compare CPU per GB as well. */
  readonly cpu?: {readonly peer: PeerName; readonly floor: Limit; readonly goal: Limit}
  /** Judge slowest ÷ fastest as well. */
  readonly fairness?: Limit
  readonly maxRounds?: number
}

const BLKSIZE = 1432
const CEILING = {goal: {atLeast: 0.9}}

const single = {files: 'large', clients: 1} as const
const many = {files: 'large', blksize: BLKSIZE, windowsize: 1} as const

export const TFTP_WORK: readonly TftpWork[] = [
  ...[512, BLKSIZE, 1468].map((blksize) => ({
    ...single,
    work: `TFTP, 1 client, lock-step, blksize ${blksize}`,
    transfers: blksize === 512 ? 16 : 32,
    blksize,
    windowsize: 1,
    peers: {'in.tftpd': {floor: {atLeast: 0.95}, goal: {atLeast: 1}}, ...(blksize === BLKSIZE && {'bare C server': CEILING})},
  })),
  {
    ...many,
    work: 'TFTP, 64 clients, lock-step',
    clients: 64,
    transfers: 128,
    peers: {
      'in.tftpd': {floor: {atLeast: 1.5}, goal: {atLeast: 2.3}},
      dnsmasq: {floor: {atLeast: 0.65}, goal: {atLeast: 1.15}},
      'bare C server': CEILING,
    },
    cpu: {peer: 'dnsmasq', floor: {atMost: 1.6}, goal: {atMost: 0.85}},
  },
  {
    ...many,
    work: 'TFTP, 256 clients, lock-step',
    clients: 256,
    transfers: 256,
    peers: {
      'in.tftpd': {floor: {atLeast: 1.2}, goal: {atLeast: 2.8}},
      dnsmasq: {floor: {atLeast: 0.65}, goal: {atLeast: 1.15}},
      'bare C server': CEILING,
    },
  },
  {
    ...many,
    work: 'TFTP, 1,000 clients at once',
    files: 'middle',
    clients: 1000,
    transfers: 1000,
    peers: {'in.tftpd': {goal: {atLeast: 1}}, dnsmasq: {goal: {atLeast: 1}}, atftpd: {goal: {atLeast: 1}}},
    fairness: {atMost: 3},
    maxRounds: 3,
  },
  ...windows(4, 32, {floor: {atLeast: 0.95}, goal: {atLeast: 1.5}}),
  ...windows(16, 64, {floor: {atLeast: 1.4}, goal: {atLeast: 4.5}}),
  ...windows(64, 64, {floor: {atLeast: 1.1}, goal: {atLeast: 6}}),
  {
    work: 'TFTP, storm of 2 KB files, 16 clients',
    files: 'small',
    clients: 16,
    transfers: 10_000,
    fewer: {'in.tftpd': 1000},
    blksize: BLKSIZE,
    windowsize: 1,
    peers: {
      'in.tftpd': {floor: {atLeast: 6}, goal: {atLeast: 10}},
      dnsmasq: {floor: {atLeast: 0.7}, goal: {atLeast: 1}},
      'bare C server': CEILING,
    },
  },
]

function windows(windowsize: number, transfers: number, limits: {readonly floor: Limit; readonly goal: Limit}): TftpWork[] {
  const peers = {atftpd: limits, ...(windowsize > 4 && {'bare C server': CEILING})}
  return [{...single, work: `TFTP, 1 client, windowsize ${windowsize}`, transfers, blksize: BLKSIZE, windowsize, peers}]
}

/** Every row that one piece of work gives. */
export function comparisonsOf({work, files, peers, cpu, fairness}: TftpWork): Comparison[] {
  const unit = files === 'small' ? 'files/s' : 'MB/s'
  return ENGINES.flatMap((engine) => {
    const mine = {work, engine, ours: engine}
    const rows: Comparison[] = Object.entries(peers)
      // Plain Node has no promise about the ceiling.
      .filter(([peer]) => engine === 'native' || peer !== 'bare C server')
      .map(([peer, limits]) => ({...mine, peer, unit, ...limits}))
    if (cpu !== undefined) {
      const {peer, floor, goal} = cpu
      rows.push({...mine, work: `${work}: CPU per GB`, peer, floor, goal, unit: 's/GB', read: cpuPerWork})
    }
    if (fairness !== undefined) {
      const read: Comparison['read'] = ({slowestOverFastest}) => slowestOverFastest
      rows.push({...mine, work: `${work}: slowest ÷ fastest`, unit: 'x', read, floor: fairness, goal: fairness})
    }
    return rows
  })
}
