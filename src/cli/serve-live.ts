// The table of running transfers at the bottom of a terminal, as text. Pure: how it gets there is serve-output.ts.
//
//     2 transfers, 21.4 MB/s
//     CLIENT     FILE                 DONE       RATE  RETRANSMITS
//     10.0.0.21  …/images/tk/vmlinuz   43%  11.2 MB/s            0
import type {ServedTransfer} from '../operations/serve-event.js'
import {escapeControl} from './escape.js'
import {count, renderRate} from './serve-text.js'
import {renderBytes} from './table.js'

/** A transfer with its rate of the last moments. */
export type LiveTransfer = ServedTransfer & {readonly bytesPerSecond: number}

/** Rates since the sample before; a new transfer's is its mean so far. Halved with the rate before, so that it does not jump. */
export function measureRates(before: readonly LiveTransfer[], active: readonly ServedTransfer[]): LiveTransfer[] {
  const known = new Map(before.map((transfer) => [keyOf(transfer), transfer]))
  return active.map((transfer) => {
    const earlier = known.get(keyOf(transfer))
    // The same client, port and name with less behind it is another transfer.
    if (earlier === undefined || earlier.durationMs >= transfer.durationMs || earlier.bytes > transfer.bytes) {
      return {...transfer, bytesPerSecond: perSecond(transfer.bytes, transfer.durationMs)}
    }
    const latest = perSecond(transfer.bytes - earlier.bytes, transfer.durationMs - earlier.durationMs)
    return {...transfer, bytesPerSecond: (latest + earlier.bytesPerSecond) / 2}
  })
}

/** Those that are still going on, with the rates they had. */
export function dropEnded(shown: readonly LiveTransfer[], active: readonly ServedTransfer[]): LiveTransfer[] {
  const keys = new Set(active.map(keyOf))
  return shown.filter((transfer) => keys.has(keyOf(transfer)))
}

export type TerminalSize = {readonly columns: number; readonly rows: number}

/** No more lines than half of the terminal, none wider than it; empty where nothing is going on. */
export function renderLive(active: readonly LiveTransfer[], {columns, rows}: TerminalSize): string[] {
  if (active.length === 0) return []
  // The last column stays free: writing there makes some terminals wrap.
  const width = Math.max(1, columns - 1)
  const total = active.reduce((sum, transfer) => sum + transfer.bytesPerSecond, 0)
  const title = fit(`${count(active.length, 'transfer')}, ${renderRate(total)}`, width)
  const room = Math.floor(rows / 2) - 2
  if (room < 1) return [title]
  const oldest = [...active].sort((one, other) => other.durationMs - one.durationMs || compareText(keyOf(one), keyOf(other)))
  const hidden = oldest.length > room ? oldest.length - room + 1 : 0
  const lines = renderRows(oldest.slice(0, oldest.length - hidden).map(cellsOf), width)
  return [title, ...lines, ...(hidden === 0 ? [] : [fit(`… and ${hidden} more`, width)])]
}

type Cells = {readonly client: string; readonly file: string; readonly numbers: readonly [done: string, rate: string, retransmits: string]}

const HEADER: Cells = {client: 'CLIENT', file: 'FILE', numbers: ['DONE', 'RATE', 'RETRANSMITS']}

/** The file's column must keep this much, or other columns go, the last first. */
const LEAST_FILE_WIDTH = 12
const GAP = '  '

function cellsOf(transfer: LiveTransfer): Cells {
  const {client, name, bytes, sizeBytes, bytesPerSecond, retransmits} = transfer
  // A netascii file has no size, and an empty one no percentage.
  const done = sizeBytes === undefined || sizeBytes === 0 ? renderBytes(bytes) : `${Math.min(100, Math.floor((bytes / sizeBytes) * 100))}%`
  return {client: printable(client), file: printable(name), numbers: [done, renderRate(bytesPerSecond), String(retransmits ?? '-')]}
}

function renderRows(rows: readonly Cells[], width: number): string[] {
  const all = [HEADER, ...rows]
  const clientWidth = Math.max(...all.map(({client}) => widthOf(client)))
  const numberWidths = HEADER.numbers.map((_, column) => Math.max(...all.map(({numbers}) => widthOf(numbers[column] ?? ''))))
  const isRoomFor = (shown: number): boolean => fileWidthWith(shown) >= LEAST_FILE_WIDTH
  const fileWidthWith = (shown: number): number =>
    width - clientWidth - GAP.length - numberWidths.slice(0, shown).reduce((sum, one) => sum + one + GAP.length, 0)
  const shown = [3, 2, 1].find(isRoomFor) ?? 0
  const longest = Math.max(...all.map(({file}) => widthOf(file)))
  const fileWidth = Math.min(longest, Math.max(1, fileWidthWith(shown)))
  return all.map(({client, file, numbers}) => {
    const cells = [pad(client, clientWidth), pad(fitEnd(file, fileWidth), fileWidth)]
    const right = numbers.slice(0, shown).map((text, column) => ' '.repeat((numberWidths[column] ?? 0) - widthOf(text)) + text)
    return fit([...cells, ...right].join(GAP).trimEnd(), width)
  })
}

function printable(text: string): string {
  return escapeControl(text).replaceAll('\t', String.raw`\x09`)
}

/** Columns of a terminal, rather too many: from U+1100 on, wide scripts begin, and what is not wide there is counted as if. */
function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += (character.codePointAt(0) ?? 0) < 0x1100 || character === '…' ? 1 : 2
  return width
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

/** Cut at the end. */
function fit(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let kept = ''
  for (const character of text) {
    if (widthOf(kept + character) > width - 1) break
    kept += character
  }
  return `${kept}…`
}

/** Cut at the beginning: the end of a path says more. */
function fitEnd(text: string, width: number): string {
  return [...fit([...text].reverse().join(''), width)].reverse().join('')
}

function keyOf({protocol, client, port, name}: ServedTransfer): string {
  return `${protocol} ${client} ${port} ${name}`
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other)
}

function perSecond(bytes: number, durationMs: number): number {
  return durationMs <= 0 ? 0 : (bytes * 1000) / durationMs
}
