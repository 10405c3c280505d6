// Timelines, states and explanations as people read them. Everything from clients is escaped.
import type {EventJson, StateJson} from '../operations/event-json.js'
import type {Explanation} from '../operations/explain-boot.js'
import type {UnknownClientJson} from '../operations/list-unknown-clients.js'
import {stepText} from '../operations/step-text.js'
import type {ScreenFinding} from '../operations/explain-screen.js'
import {escapeControl} from './escape.js'
import {renderBytes, renderTable} from './table.js'

/** `14:03:09 tk2 tftp loader ipxe.efi 1.1 MB in 80 ms` */
export function renderEvent(event: EventJson): string {
  const {host, mac, ip, source, step, name, result} = event
  const who = host ?? mac ?? ip ?? '-'
  const what = step === 'other' ? '' : ` ${step}`
  return escapeControl(
    `${localTime(event.time)} ${who} ${source}${what} ${name}${resultText(event)}${result === 'done' ? '' : ` ${result}`}${messageText(event)}`,
  )
}

function resultText({
  details: {bytes, sizeBytes, durationMs, blksize, architecture, filename, server},
  result,
  ip,
  source,
}: EventJson): string {
  if (source === 'dhcp') {
    const parts = [
      ...(ip === null ? [] : [ip]),
      ...(architecture === undefined ? [] : [`architecture ${architecture}`]),
      ...(server === undefined ? [] : [`server ${server}`]),
      ...(filename === undefined || filename === '' ? [] : [`file ${filename}`]),
    ]
    return parts.length === 0 ? '' : ` ${parts.join(', ')}`
  }
  if (result === 'begun') return ` ${renderBytes(sizeBytes ?? 0)}`
  if (result === 'refused' || bytes === undefined) return ''
  const size = result === 'failed' && sizeBytes !== undefined ? `${renderBytes(bytes)} of ${renderBytes(sizeBytes)}` : renderBytes(bytes)
  return ` ${size}${durationMs === undefined ? '' : ` in ${durationMs} ms`}${blksize === undefined ? '' : `, blksize ${blksize}`}`
}

function messageText({details: {message}}: EventJson): string {
  return message === undefined ? '' : `: ${message}`
}

/** Local time; with the day where it is another one than today. */
function localTime(time: string): string {
  const at = new Date(time)
  const two = (number: number): string => String(number).padStart(2, '0')
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
  const isToday = at.toDateString() === new Date().toDateString()
  return isToday ? clock : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock}`
}

/** `stuck: fetched its menu, since 14:03:09` */
export function renderState(state: StateJson): string {
  const {condition, step, since, running} = state
  const when = since === null ? '' : `, at ${localTime(since)}`
  const transfer =
    running === null ? '' : `; reading ${running.name}${running.sizeBytes === null ? '' : ` (${renderBytes(running.sizeBytes)})`}`
  return escapeControl(`${CONDITIONS[condition]}${step === null ? '' : `: it ${stepText(step)}${when}`}${transfer}`)
}

const CONDITIONS: Readonly<Record<StateJson['condition'], string>> = {
  unseen: 'never seen',
  booting: 'booting',
  stuck: 'stuck',
  'handed-over': 'has all that it asks for; whether its system runs cannot be seen from here',
  up: 'up',
}

export function renderExplanation({host, mac, ip, state, findings, events}: Explanation): string {
  const name = host === null ? (mac ?? ip ?? '') : `${host.name} (${host.mac}, ${host.ip})`
  const parts = [`${name}: ${renderState(state)}`]
  if (events.length > 0)
    parts.push(
      shorten(events.map(renderEvent))
        .map((line) => `  ${line}`)
        .join('\n'),
    )
  parts.push(findings.length === 0 ? 'nothing is wrong, as far as can be seen from here' : findings.map(renderFinding).join('\n\n'))
  return parts.join('\n\n')
}

/** The first and the last lines tell most. */
const MOST_LINES = 30

function shorten(lines: readonly string[]): readonly string[] {
  if (lines.length <= MOST_LINES) return lines
  const [head, tail] = [lines.slice(0, 8), lines.slice(-(MOST_LINES - 9))]
  return [...head, `… ${lines.length - head.length - tail.length} more: pxectl events --host HOST`, ...tail]
}

function renderFinding({code, certainty, seen, cause, remedies, screen}: Explanation['findings'][number]): string {
  const lines = [
    `${certainty}: ${code}`,
    `  seen:   ${seen}`,
    `  cause:  ${cause}`,
    ...remedies.map((remedy) => `  * ${remedy}`),
    ...(screen.length === 0 ? [] : [`  screen: ${screen.map((text) => `"${text}"`).join(', ')}`]),
  ]
  return lines.map((line) => escapeControl(line)).join('\n')
}

export function renderScreenFindings(findings: readonly ScreenFinding[]): string {
  if (findings.length === 0) return 'no machine is known to show this; every text that is known: pxectl help why, docs/why.md'
  return findings
    .map(({code, title, cause, remedies, screen}) =>
      [
        `${code}: ${title}`,
        `  cause:  ${cause}`,
        ...remedies.map((remedy) => `  * ${remedy}`),
        `  screen: ${screen.map((text) => `"${text}"`).join(', ')}`,
      ].join('\n'),
    )
    .join('\n\n')
}

export function renderUnknownClients(clients: readonly UnknownClientJson[]): string {
  if (clients.length === 0) return 'no unknown machine was seen'
  const rows = clients.map(({mac, ip, architecture, lastSeen, last, nearestHost}) => [
    mac,
    ip ?? '-',
    architecture === null ? '-' : String(architecture),
    localTime(lastSeen),
    `${escapeControl(last)}${nearestHost === null ? '' : ` (is it ${nearestHost}, mistyped?)`}`,
  ])
  return `${renderTable(['MAC', 'IP', 'ARCH', 'LAST SEEN', 'LAST'], rows)}\nadopt one: pxectl add-host NAME --from MAC`
}
