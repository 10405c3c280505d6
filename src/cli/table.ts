// Columns for people. Nothing is cut off and no line is drawn: the output stays greppable.

/** What the last column must keep of a terminal's width: its cells may be long texts, which the terminal wraps. */
const LEAST_LAST_WIDTH = 16

/**
 * Rows under a header, columns two spaces apart; the last column is not padded. On a terminal that is too narrow for it, each row
 * is a block of `TITLE  cell` lines. `width`: in columns; what is no terminal has no width.
 */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width: number = process.stdout.columns || Infinity,
): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const needed = widths.reduce((sum, one, column) => sum + (column < widths.length - 1 ? one + 2 : Math.min(one, LEAST_LAST_WIDTH)), 0)
  if (needed > width) return rows.map((row) => renderPairs(header.map((title, column) => [title, row[column] ?? '']))).join('\n\n')
  const renderRow = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [header, ...rows].map(renderRow).join('\n')
}

/** `name  value` lines. */
export function renderPairs(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')
}

/** 1234567 bytes as `1.2 MB`: decimal units, as network speeds are given. */
export function renderBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB']
  let unit = 0
  let value = bytes
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}
