// The kernel's table of neighbours: which hardware address a machine on one of our wires answers with (ARP, RFC 826).
//
//   IP address       HW type     Flags       HW address            Mask     Device      /proc/net/arp, Linux
//   192.168.56.21    0x1         0x2         08:00:27:12:34:56     *        eth0
//
//   ? (192.168.56.21) at 8:0:27:12:34:56 on en0 ifscope [ethernet]                      arp -an, elsewhere
import {exec as execProgram, type Exec} from './exec.js'
import {readBytes} from './files.js'
import {shareNext} from './share-next.js'

export type Neighbours = {
  /** The hardware address of an IPv4 address as the system writes it, or undefined where it knows none or cannot be asked. */
  findMac(ip: string): Promise<string | undefined>
}

export type NeighboursOptions = {
  readonly platform?: NodeJS.Platform
  /** Linux's table. */
  readonly path?: string
  readonly exec?: Exec
  /** A clock that never goes back, in milliseconds. */
  readonly now?: () => number
}

/** What is known counts this long: cards seldom change their addresses. */
const FRESH_MS = 500

/** Starting a program for every stranger would be a gift to whoever sends many requests. */
const PROGRAM_PAUSE_MS = 250

/**
 * Looks into the table; nothing is sent. A client that has just sent us something over its own wire is in it, but hardly
 * in what was read before: a miss needs a reading that begins after the question.
 */
export function openNeighbours(options: NeighboursOptions = {}): Neighbours {
  const {platform = process.platform, now = () => performance.now()} = options
  const pauseMs = platform === 'linux' ? 0 : PROGRAM_PAUSE_MS
  let known: {readonly atMs: number; readonly table: ReadonlyMap<string, string>} = {atMs: -Infinity, table: new Map()}
  const renew = shareNext(async () => {
    const atMs = now()
    known = {atMs, table: await readTable(platform, options)}
  })
  return {
    findMac: async (ip) => {
      const mac = known.table.get(ip)
      const ageMs = now() - known.atMs
      if (mac !== undefined && ageMs <= FRESH_MS) return mac
      if (ageMs < pauseMs) return undefined
      await renew()
      return known.table.get(ip)
    },
  }
}

/** The table as it is now: hardware addresses by IPv4 address. */
export function listNeighbours(): Promise<ReadonlyMap<string, string>> {
  return readTable(process.platform, {})
}

/** A system without such a table, or without the program, knows no neighbours; that is no trouble worth a word. */
async function readTable(platform: NodeJS.Platform, options: NeighboursOptions): Promise<ReadonlyMap<string, string>> {
  try {
    if (platform === 'linux') {
      return parseProcArp((await readBytes(options.path ?? '/proc/net/arp')).toString('latin1'))
    }
    const {stdout} = await (options.exec ?? execProgram)({file: 'arp', args: ['-an'], timeoutMs: 2000})
    return parseArpProgram(stdout)
  } catch {
    return new Map()
  }
}

/** ATF_COM, "completed entry": without it the address is the zeros of a question nobody has answered (linux/if_arp.h). */
const COMPLETE = 2

/** Ethernet entries that are complete, by IPv4 address. */
export function parseProcArp(text: string): Map<string, string> {
  const lines = text.split('\n').map((line) => line.split(/\s+/))
  const known = lines.filter(([, type = '', flags = '']) => Number(type) === 1 && (Number(flags) & COMPLETE) !== 0)
  return new Map(known.flatMap(([ip, , , mac]) => (ip === undefined || mac === undefined ? [] : [[ip, mac]])))
}

/** `arp -an` of the BSDs, macOS and net-tools; what is not known stands there as `(incomplete)` or `<incomplete>`. */
export function parseArpProgram(text: string): Map<string, string> {
  const entries = text.matchAll(/^\S+ \(([\d.]+)\) at ([0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5})\b/gim)
  return new Map(Array.from(entries, ([, ip = '', mac = '']) => [ip, mac]))
}
