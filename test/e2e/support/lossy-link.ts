// A client behind a cable that can be made bad: taps in both namespaces, and lossy-link.c between them.
//
//     namespace of the network                              namespace of the client
//     br0 192.168.56.1 ── tapN ── lossy-link (C) ── lossy0 192.168.56.50
import {fileURLToPath} from 'node:url'
import {join} from 'node:path'
import type {Client, Network} from './network.js'
import {mustRun, until} from './programs.js'

const SOURCE = fileURLToPath(new URL('lossy-link.c', import.meta.url))

export const LOSSY_CLIENT = '192.168.56.50'

/** What goes wrong each way, in percent of the packets; `delayMs` each way, `holdMs` more for a packet that is reordered. */
export type LinkFaults = {
  readonly loss?: number
  readonly duplicate?: number
  readonly reorder?: number
  readonly delayMs?: number
  readonly holdMs?: number
  readonly seed?: number
}

/** Frames of one direction. `exempt`: no IPv4, never harmed. `largest`: bytes of the longest frame, Ethernet header included. */
export type LinkCounts = {
  readonly frames: number
  readonly bytes: number
  readonly exempt: number
  readonly lost: number
  readonly duplicated: number
  readonly reordered: number
  readonly overflowed: number
  readonly refused: number
  readonly largest: number
}

export type LinkStatistics = {readonly toClient: LinkCounts; readonly toServer: LinkCounts}

export type LossyLink = {
  readonly client: Client
  /** Plugs the cable in with these faults while `work` runs; gives what passed. */
  readonly during: (faults: LinkFaults, work: () => Promise<void>) => Promise<LinkStatistics>
}

/** Makes the client and its taps. Frames pass only within `during`. */
export async function openLossyLink(network: Network): Promise<LossyLink> {
  const program = join(network.folder, 'lossy-link')
  await mustRun(['cc', '-O2', '-Wall', '-Wextra', '-Werror', '-o', program, SOURCE])
  const tap = await network.addTap()
  const client = await network.addClient('52:54:00:00:00:50')
  // The cable that every client has would be a way around the bad one: Linux answers ARP on any device.
  await client.mustRun(['ip', 'link', 'delete', 'eth0'])
  await client.mustRun(['ip', 'tuntap', 'add', 'dev', 'lossy0', 'mode', 'tap'])
  await client.mustRun(['ip', 'address', 'add', `${LOSSY_CLIENT}/24`, 'brd', '+', 'dev', 'lossy0'])
  // A tap keeps 1,000 frames for whoever reads it; a thousand clients send more at once.
  await network.mustRun(['ip', 'link', 'set', tap, 'txqueuelen', '20000'])
  await client.mustRun(['ip', 'link', 'set', 'lossy0', 'txqueuelen', '20000', 'up'])

  const during: LossyLink['during'] = async (faults, work) => {
    const places = ['--left', `${network.namespace}/${tap}`, '--right', `${client.namespace}/lossy0`]
    const link = network.start([program, ...places, ...wordsOf(faults)])
    await until('the lossy link to be ready', 10_000, () => {
      if (!link.isRunning()) throw new Error(`lossy-link ended: ${link.stderr()}`)
      return link.stdout().startsWith('ready\n')
    })
    try {
      await work()
    } finally {
      await link.stop()
    }
    const {leftToRight, rightToLeft} = JSON.parse(link.stdout().split('\n')[1] ?? '') as Record<string, LinkCounts>
    if (leftToRight === undefined || rightToLeft === undefined) throw new Error(`lossy-link printed no counts: ${link.stdout()}`)
    return {toClient: leftToRight, toServer: rightToLeft}
  }
  return {client, during}
}

function wordsOf({loss = 0, duplicate = 0, reorder = 0, delayMs = 0, holdMs = 10, seed = 1}: LinkFaults): string[] {
  return Object.entries({loss, duplicate, reorder, delay: delayMs, hold: holdMs, seed}).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ])
}
