// The log of a DHCP server that is not ours, and of the NFS server: what it says of booting machines. From the journal of systemd,
// or from the end of a file.
import {messageOf} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {exec as execProgram, type Exec} from '../system/exec.js'
import {openReader, peekFile} from '../system/file-reader.js'
import type {BootEvent} from '../timeline/boot-event.js'
import {parseLogLine, timeOfLogLine} from '../timeline/log-line.js'

export type LogRead = {readonly events: readonly BootEvent[]; readonly warnings: readonly string[]}

/** Reads what came since the last call; the first call reads what came since `sinceMs`. Never throws. */
export type DhcpLog = {read(nowMs: number): Promise<LogRead>}

const NOTHING: LogRead = {events: [], warnings: []}

/** So much of a file is looked at, at most, and so many lines of the journal. */
const MOST_BYTES = 512 * 1024
const MOST_LINES = 5000

/** `why` looks so far back. */
const DAY_MS = 24 * 3_600_000

/** The day's events by the log, for those that no running server has kept. */
export async function readLoggedEvents(lab: Lab, nowMs: number): Promise<LogRead> {
  const log = openDhcpLog(lab.settings.dhcp, {sinceMs: nowMs - DAY_MS})
  return log === undefined ? NOTHING : log.read(nowMs)
}

type LogSettings = Pick<Lab['settings']['dhcp'], 'backend' | 'log'>

/** undefined where there is no log to read: our own server tells more itself, and a log can be switched off. */
export function openDhcpLog(
  {backend, log}: LogSettings,
  {sinceMs, exec = execProgram}: {readonly sinceMs: number; readonly exec?: Exec},
): DhcpLog | undefined {
  if (log === 'none' || (log === undefined && !['isc', 'kea', 'dnsmasq'].includes(backend))) return undefined
  return log === undefined || log === 'journal' ? journalLog(exec, sinceMs, log === 'journal') : fileLog(log, sinceMs)
}

/** SYSLOG_IDENTIFIER of the daemons on Debian, Ubuntu, Fedora and Arch. */
const IDENTIFIERS = ['dhcpd', 'dnsmasq-dhcp', 'kea-dhcp4', 'rpc.mountd']

/** `isWanted`: the user asked for it, so that its absence is worth a word. */
function journalLog(exec: Exec, sinceMs: number, isWanted: boolean): DhcpLog {
  let cursor: string | undefined
  let isAbsent = false
  return {
    read: async () => {
      if (isAbsent) return NOTHING
      const from = cursor === undefined ? [`--since=@${Math.floor(sinceMs / 1000)}`] : [`--after-cursor=${cursor}`]
      const args = [
        '--output=json',
        '--quiet',
        '--no-pager',
        `--lines=${MOST_LINES}`,
        ...from,
        ...IDENTIFIERS.map((name) => `--identifier=${name}`),
      ]
      try {
        const {exitCode, stdout, stderr} = await exec({file: 'journalctl', args, timeoutMs: 10_000})
        if (exitCode !== 0) throw new Error(stderr.trim() || `journalctl ended with status ${exitCode}`)
        const lines = stdout.split('\n').flatMap(readJournalLine)
        cursor = lines.at(-1)?.cursor ?? cursor
        return {events: lines.flatMap(({text, timeMs}) => parseLogLine(text, timeMs) ?? []), warnings: []}
      } catch (error) {
        isAbsent = true
        return isWanted ? {events: [], warnings: [`the journal cannot be read: ${messageOf(error)}`]} : NOTHING
      }
    },
  }
}

/** One line of `journalctl --output=json` (systemd.journal-fields(7)): a text that is no UTF-8 is a list of bytes. */
function readJournalLine(line: string): {text: string; timeMs: number; cursor: string}[] {
  if (line === '') return []
  try {
    const {
      MESSAGE: message,
      SYSLOG_IDENTIFIER: program,
      __REALTIME_TIMESTAMP: time,
      __CURSOR: cursor,
    } = JSON.parse(line) as Record<string, unknown>
    if (typeof message !== 'string') return []
    return [{text: `${String(program)}: ${message}`, timeMs: Math.floor(Number(time) / 1000), cursor: String(cursor)}]
  } catch {
    return []
  }
}

/** A file that grows; one that became shorter was begun anew. Lines without a time count as of now, where they have just come. */
function fileLog(path: string, sinceMs: number): DhcpLog {
  let offset: number | undefined
  let rest = ''
  const read = async (nowMs: number): Promise<LogRead> => {
    const isFirst = offset === undefined
    const size = peekFile(path)?.sizeBytes
    if (size === undefined) throw new Error('it is not there, or cannot be looked at')
    if (offset === undefined || size < offset || size - offset > MOST_BYTES) {
      offset = sinceMs >= nowMs ? size : Math.max(0, size - MOST_BYTES)
      rest = ''
    }
    if (size === offset) return NOTHING
    const reader = await openReader(path)
    if (reader === undefined) throw new Error('it is no regular file')
    const bytes = await reader.read(offset, size - offset).finally(() => reader.close())
    offset += bytes.length
    const lines = (rest + Buffer.from(bytes).toString('latin1')).split('\n')
    rest = lines.pop() ?? ''
    const events = lines.flatMap((line) => {
      const timeMs = timeOfLogLine(line, nowMs) ?? (isFirst && sinceMs < nowMs ? undefined : nowMs)
      return timeMs === undefined || timeMs < sinceMs ? [] : (parseLogLine(line, timeMs) ?? [])
    })
    return {events, warnings: []}
  }
  return {
    read: (nowMs) =>
      read(nowMs).catch((error: unknown) => ({events: [], warnings: [`the log ${path} cannot be read: ${messageOf(error)}`]})),
  }
}
