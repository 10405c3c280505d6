// What systemd, or anything that speaks its protocols, gives a service: bound sockets (sd_listen_fds(3)) and a place to
// report to (sd_notify(3)). Without it, all of this is nothing.
import {readFile, readlink} from 'node:fs/promises'
import {messageOf, PxectlError} from '../errors.js'
import type {Exec} from './exec.js'

type Environment = Record<string, string | undefined>

export type ListenSocket = {
  readonly fd: number
  /** As FileDescriptorName= says; systemd's own default is the name of the socket unit. */
  readonly name: string
  /** undefined: it is no UDP socket and no TCP socket that listens, or /proc cannot tell. */
  readonly kind: 'udp' | 'tcp' | undefined
}

/** SD_LISTEN_FDS_START of sd-daemon.h: after stdin, stdout and stderr. */
const FIRST_FD = 3

/** More than any service is given; a wild number must not be counted up to. */
const MOST_FDS = 256

/**
 * The sockets that were handed over to this very process. Takes the variables out of `environment`, so that no program we
 * start takes our sockets for its own. Numbers that make no sense mean no sockets.
 */
export async function takeListenSockets(environment: Environment, pid: number): Promise<ListenSocket[]> {
  const {LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES} = environment
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete environment[name]
  if (LISTEN_PID !== String(pid) || LISTEN_FDS === undefined || !/^\d{1,4}$/.test(LISTEN_FDS)) return []
  const count = Number(LISTEN_FDS)
  if (count > MOST_FDS) return []
  const names = LISTEN_FDNAMES?.split(':') ?? []
  const sockets: ListenSocket[] = []
  for (let index = 0; index < count; index++) {
    const fd = FIRST_FD + index
    sockets.push({fd, name: names[index] ?? 'unknown', kind: await socketKind(fd)})
  }
  return sockets
}

/** The socket of each purpose, and what could not be made use of. */
export type AssignedSockets = {readonly tftp?: number; readonly http?: number; readonly warnings: readonly string[]}

/** By name where it is `tftp` or `http`, else by kind: TFTP is UDP, HTTP is TCP. Throws where a name and its socket do not fit. */
export function assignListenSockets(sockets: readonly ListenSocket[]): AssignedSockets {
  const assigned: {tftp?: number; http?: number} = {}
  const warnings: string[] = []
  // Named ones first: an unnamed one may not take the place of a named one that comes after it.
  const purposes = sockets.map((socket) => ({socket, purpose: purposeOf(socket)}))
  const byName = purposes.filter(({socket}) => isPurpose(socket.name))
  for (const {socket, purpose} of [...byName, ...purposes.filter((one) => !byName.includes(one))]) {
    if (purpose === undefined)
      warnings.push(`descriptor ${socket.fd} (${socket.name}) is not used: it is no UDP socket, and no TCP socket that listens`)
    else if (assigned[purpose] === undefined) assigned[purpose] = socket.fd
    else
      warnings.push(
        `descriptor ${socket.fd} (${socket.name}) is not used: there is one for ${purpose} already, and one is all that is served`,
      )
  }
  return {...assigned, warnings}
}

type Purpose = 'tftp' | 'http'
const KIND_OF = {tftp: 'udp', http: 'tcp'} as const

function isPurpose(name: string): name is Purpose {
  return name === 'tftp' || name === 'http'
}

function purposeOf({fd, name, kind}: ListenSocket): Purpose | undefined {
  if (!isPurpose(name)) return kind === 'udp' ? 'tftp' : kind === 'tcp' ? 'http' : undefined
  if (kind === KIND_OF[name]) return name
  const directive = name === 'tftp' ? 'ListenDatagram=' : 'ListenStream='
  throw new PxectlError(
    `the socket that was handed over as ${name} (descriptor ${fd}) is ${kind === undefined ? 'none that can be used' : `a ${kind.toUpperCase()} socket`}`,
    {
      code: 'LISTEN_SOCKET_WRONG',
      kind: 'environment',
      details: {fd, name, kind: kind ?? null},
      suggestions: [`the socket unit needs ${directive} for FileDescriptorName=${name}`, 'pxectl serve --print-unit socket'],
    },
  )
}

/** What a descriptor of this process is, from /proc: Node has no getsockopt. */
async function socketKind(fd: number): Promise<ListenSocket['kind']> {
  const inode = /^socket:\[(\d+)\]$/.exec(await readlink(`/proc/self/fd/${fd}`).catch(() => ''))?.[1]
  if (inode === undefined) return undefined
  for (const table of ['udp', 'udp6', 'tcp', 'tcp6'] as const) {
    const lines = (await readFile(`/proc/self/net/${table}`, 'utf8').catch(() => '')).split('\n')
    // Columns as proc(5) names them: sl, local_address, rem_address, st, …; the inode is the tenth. State 0A is LISTEN.
    const columns = lines.map((line) => line.trim().split(/\s+/)).find((fields) => fields[9] === inode)
    if (columns === undefined) continue
    if (table.startsWith('udp')) return 'udp'
    return columns[3] === '0A' ? 'tcp' : undefined
  }
  return undefined
}

const NOTIFY_TIMEOUT_MS = 10_000

/**
 * Tells the service manager, e.g. {READY: '1', STATUS: 'serving'}. Gives a warning where that did not work. Node has no unix
 * datagram sockets, so the program systemd-notify sends it: the unit needs NotifyAccess=all.
 */
export async function notifyServiceManager(
  exec: Exec,
  environment: Environment,
  states: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  if (environment['NOTIFY_SOCKET'] === undefined || environment['NOTIFY_SOCKET'] === '') return undefined
  const args = Object.entries(states).map(([name, text]) => `${name}=${text.replace(/\p{Cc}/gu, ' ')}`)
  try {
    const told = await exec({file: 'systemd-notify', args, timeoutMs: NOTIFY_TIMEOUT_MS})
    return told.exitCode === 0 ? undefined : `the service manager was not told ${args[0]}: ${told.stderr.trim() || 'systemd-notify failed'}`
  } catch (error) {
    return `the service manager was not told ${args[0]}: ${messageOf(error)}`
  }
}
