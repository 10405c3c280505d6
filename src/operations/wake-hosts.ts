// Wakes hosts by Wake-on-LAN, and waits until they are seen where that is wanted.
import {setTimeout as pause} from 'node:timers/promises'
import {PxectlError} from '../errors.js'
import type {Host} from '../hosts/host.js'
import type {Lab} from '../lab/open-lab.js'
import {broadcastOf, type Ipv4, parseIpv4} from '../net/ipv4.js'
import {exec as execProgram, type Exec} from '../system/exec.js'
import {listInterfaceAddresses} from '../system/network.js'
import {sendAll} from '../wake/client.js'
import {magicPacket, parseWakePassword} from '../wake/magic-packet.js'
import {clientKeys, clientOfHost} from './client-of.js'
import {hostsByName} from './hosts-by-name.js'
import {ping} from './ping-hosts.js'

export type WakeOptions = {
  /** Where the packets go; by default to everybody on the lab's wire, and to the broadcast address of its subnet. */
  readonly broadcast?: string
  /** UDP port; default 9 (discard), the usual one. */
  readonly port?: number
  /** The SecureOn password of the cards: six bytes as a MAC address, or four as an IPv4 address. */
  readonly password?: string
  /** Wait at most so long until each host was seen: by our servers, or answering. 0, the default: do not wait. */
  readonly waitMs?: number
  readonly onSeen?: (seen: {readonly name: string; readonly seen: string}) => void
  readonly exec?: Exec
}

export type WokenHost = {
  readonly name: string
  readonly mac: string
  /** Where packets went, e.g. 192.168.56.255:9. */
  readonly sentTo: readonly string[]
  /** How it was seen: `dhcp`, `tftp`, `http`, `nfs`, `call` or `ping`; null: not seen, or nobody waited. */
  readonly seen: string | null
}

export type WakeAnswer = {readonly hosts: readonly WokenHost[]; readonly warnings: readonly string[]}

const DISCARD_PORT = 9
/** A packet may get lost, and nobody answers. */
const COPIES = 3
const EVERYBODY = '255.255.255.255' as Ipv4
const LOOK_MS = 1000

/** Throws HOST_NOT_FOUND before anything is sent, WAKE_FAILED, and for a password or an address that is none. */
export async function wakeHosts(lab: Lab, names: readonly string[], options: WakeOptions = {}): Promise<WakeAnswer> {
  const {port = DISCARD_PORT, waitMs = 0} = options
  const hosts = await hostsByName(lab, names)
  const password = options.password === undefined ? new Uint8Array() : parseWakePassword(options.password)
  const targets = targetsOf(lab, options.broadcast)
  const store = await lab.openEvents()
  const lastId = store.read({limit: 1}).at(-1)?.id ?? 0
  const sendings = hosts.flatMap(({mac}) => targets.map((address) => ({packet: magicPacket(mac, password), address, port})))
  const from = ownAddress(lab)
  for (let copy = 0; copy < COPIES; copy++) await sendAll(sendings, from)
  const seen = waitMs === 0 ? new Map<string, string>() : await waitForHosts(lab, hosts, {...options, waitMs, lastId})
  return {
    hosts: hosts.map(({name, mac}) => ({name, mac, sentTo: targets.map((address) => `${address}:${port}`), seen: seen.get(name) ?? null})),
    warnings: from === undefined ? [NO_ADDRESS] : [],
  }
}

const NO_ADDRESS =
  'this machine has no address of the lab (network.server): the packets left by the default route; name the network with --broadcast'

function targetsOf({settings: {network}}: Lab, broadcast: string | undefined): Ipv4[] {
  if (broadcast !== undefined) return [parseIpv4(broadcast)]
  return network.subnet === undefined ? [EVERYBODY] : [EVERYBODY, broadcastOf(network.subnet)]
}

function ownAddress({settings: {network}}: Lab): Ipv4 | undefined {
  return listInterfaceAddresses().some(({address}) => address === network.server) ? network.server : undefined
}

type Waiting = WakeOptions & {readonly waitMs: number; readonly lastId: number}

/** By name, how each was seen. */
async function waitForHosts(lab: Lab, hosts: readonly Host[], options: Waiting): Promise<Map<string, string>> {
  const {waitMs, lastId, onSeen, exec = execProgram} = options
  const store = await lab.openEvents()
  const seen = new Map<string, string>()
  const endMs = performance.now() + waitMs
  const look = async (host: Host): Promise<void> => {
    const [event] = store.read({clients: clientKeys(clientOfHost(host)), afterId: lastId, limit: 1})
    const how = event?.source ?? ((await isAnswering(host, exec)) ? 'ping' : undefined)
    if (how === undefined) return
    seen.set(host.name, how)
    onSeen?.({name: host.name, seen: how})
  }
  for (;;) {
    const missing = hosts.filter(({name}) => !seen.has(name))
    await Promise.all(missing.map(look))
    if (seen.size === hosts.length || performance.now() >= endMs) return seen
    await pause(Math.min(LOOK_MS, Math.max(0, endMs - performance.now())))
  }
}

/** Without a ping program, what our servers see is all there is. */
async function isAnswering({ip}: Host, exec: Exec): Promise<boolean> {
  try {
    return (await ping(ip, LOOK_MS, exec)) !== undefined
  } catch (error) {
    if (error instanceof PxectlError) return false
    throw error
  }
}
