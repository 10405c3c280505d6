// Host lists as CSV: a line of column names, then a host per line. Commas, semicolons or tabs; lines with # are comments.
//
//     name,ip,mac,image
//     tk2,192.168.56.21,08:00:27:12:34:56,debian12
import {parse} from 'csv-parse/sync'
import {findField, unknownColumn} from './host-columns.js'
import {checkRows, type HostField, type HostProblem, type HostRows, type SourceRow} from './host-rows.js'

/** What csv-parse gives with `info`; `lines` is the line on which the record ends. */
type Parsed = {readonly record: readonly string[]; readonly info: {readonly lines: number}}

/** Throws where the quotes of the file do not match. */
export function parseCsvRows(text: string): HostRows {
  const [header, ...records] = parse(text, {
    delimiter: findDelimiter(text),
    comment: '#',
    comment_no_infix: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    trim: true,
  }) as unknown as Parsed[]
  if (header === undefined) return {rows: [], problems: []}
  const fields = header.record.map(findField)
  const problems = findHeaderProblems(header, fields)
  if (problems.length > 0) return {rows: [], problems}
  const tooLong = records.flatMap((parsed, index) => findExcess(parsed, {row: index + 1, columns: fields.length}))
  const checked = checkRows(
    records.map((parsed) => sourceRow(parsed, fields)),
    {bootArgs: 'boot-args'},
  )
  return {rows: checked.rows, problems: [...tooLong, ...checked.problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))}
}

/** The one of the usual separators that the first line with text has most of. */
function findDelimiter(text: string): string {
  const header = text.split(/\r\n|\r|\n/).find((line) => line.trim() !== '' && !line.startsWith('#')) ?? ''
  const count = (delimiter: string): number => header.split(delimiter).length
  return [',', ';', '\t'].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best))
}

function findHeaderProblems({record, info}: Parsed, fields: readonly (HostField | undefined)[]): HostProblem[] {
  const line = info.lines
  if (fields.every((field) => field === undefined)) {
    return [{line, value: record.join(', '), message: 'the first line must name the columns, for example name,ip,mac,image'}]
  }
  return record.flatMap((column, index) => {
    const field = fields[index]
    if (field === undefined) return [{line, column, message: unknownColumn(column)}]
    return fields.indexOf(field) < index ? [{line, column, message: `the column "${column}" is there twice`}] : []
  })
}

function findExcess({record, info}: Parsed, {row, columns}: {row: number; columns: number}): HostProblem[] {
  const value = record.slice(columns).find((cell) => cell !== '')
  return value === undefined ? [] : [{line: info.lines, row, value, message: `the line has ${record.length} values for ${columns} columns`}]
}

function sourceRow({record, info}: Parsed, fields: readonly (HostField | undefined)[]): SourceRow {
  return {fields: Object.fromEntries(fields.map((field, index) => [field, record[index]])), line: info.lines}
}
