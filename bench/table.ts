// The rows for people: as text with aligned columns, and as a Markdown table. Both have the same cells.
import type {Limit, Measured, Row, Unit} from './contest.js'

const HEADER = ['work', 'engine', 'against', 'ours', 'theirs', 'ratio', '(min-max)', 'CPU', 'floor', 'goal', 'meets']

export function renderTable(rows: readonly Row[]): string {
  const lines = [HEADER, ...measuredOf(rows).map(cellsOf)]
  const widths = HEADER.map((_, column) => Math.max(...lines.map((cells) => cells[column]!.length)))
  const table = lines.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
  return [...table, ...othersOf(rows)].join('\n')
}

/** `head` are the lines about the machine. */
export function renderMarkdown(rows: readonly Row[], head: readonly string[]): string {
  const lineOf = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`
  const table = [lineOf(HEADER), lineOf(HEADER.map(() => '---')), ...measuredOf(rows).map((row) => lineOf(cellsOf(row)))]
  const others = othersOf(rows).map((line) => `- ${line}`)
  return [...head, '', ...table, ...(others.length === 0 ? [] : ['', ...others]), ''].join('\n')
}

function measuredOf(rows: readonly Row[]): Measured[] {
  return rows.filter((row) => row.kind === 'measured')
}

/** One line for all rows of one work that have the same reason. */
function othersOf(rows: readonly Row[]): string[] {
  const lines = new Map<string, {readonly reason: string; readonly against: string[]}>()
  for (const row of rows) {
    if (row.kind === 'measured') continue
    const engine = row.engine === undefined ? '' : ` (${row.engine})`
    const reason = `${row.kind}: ${row.reason.trim().replaceAll(/\s*\n\s*/g, '; ')}`
    const key = `${row.work}${engine}: ${reason}`
    const line = lines.get(key) ?? {reason: key, against: []}
    if (row.peer !== undefined) line.against.push(row.peer)
    lines.set(key, line)
  }
  return [...lines.values()].map(({reason, against}) => (against.length === 0 ? reason : `against ${against.join(', ')}: ${reason}`))
}

function cellsOf({work, engine, peer, unit, ours, against, floor, goal, meets}: Measured): string[] {
  return [
    work,
    engine ?? '',
    peer ?? '',
    renderValue(ours, unit),
    against === undefined ? '' : renderValue(against.theirs, unit),
    against === undefined ? '' : `${against.ratio.toFixed(2)} x`,
    against === undefined ? '' : `(${against.ratios.map((ratio) => ratio.toFixed(2)).join('-')})`,
    against?.cpuRatio === undefined ? '' : `${against.cpuRatio.toFixed(2)} x`,
    renderLimit(floor),
    renderLimit(goal),
    meets === 'neither' ? 'NO' : (meets ?? ''),
  ]
}

function renderValue(value: number, unit: Unit): string {
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} ${unit}`
}

function renderLimit(limit: Limit | undefined): string {
  if (limit === undefined) return ''
  return 'atLeast' in limit ? `>= ${limit.atLeast}` : `<= ${limit.atMost}`
}
