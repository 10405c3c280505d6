// The rows as text: work, peer, ours, theirs, ratio with its spread, CPU ratio, floor, verdict.
import type {Floor, Measured, Row, Unit} from './contest.js'

const HEADER = ['work', 'peer', 'ours', 'peer', 'ratio', '(min-max)', 'CPU', 'floor', 'meets it']

export function renderTable(rows: readonly Row[]): string {
  const lines = [HEADER, ...rows.flatMap((row) => (row.kind === 'measured' ? [cellsOf(row)] : []))]
  const widths = HEADER.map((_, column) => Math.max(...lines.map((cells) => cells[column]!.length)))
  const table = lines.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
  const others = rows.flatMap((row) => (row.kind === 'measured' ? [] : [`${row.work}: ${row.kind}: ${row.reason}`]))
  return [...table, ...others].join('\n')
}

function cellsOf(row: Measured): string[] {
  const [least, greatest] = row.ratios
  return [
    row.work,
    row.peer,
    renderValue(row.ours, row.unit),
    renderValue(row.theirs, row.unit),
    `${row.ratio.toFixed(2)} x`,
    `(${least.toFixed(2)}-${greatest.toFixed(2)})`,
    row.cpuRatio === undefined ? '' : `${row.cpuRatio.toFixed(2)} x`,
    renderFloor(row.floor),
    row.meets === undefined ? '' : row.meets ? 'yes' : 'NO',
  ]
}

function renderValue(value: number, unit: Unit): string {
  return `${value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${unit}`
}

function renderFloor(floor: Floor | undefined): string {
  if (floor === undefined) return ''
  return 'atLeast' in floor ? `>= ${floor.atLeast}` : `<= ${floor.atMost}`
}
