// Host lists as JSON or YAML values: `{"hosts": [{"name": …}]}`, as `host list --json` prints them, or the bare list.
import {findField, unknownColumn} from './host-columns.js'
import {checkRows, type HostProblem, type HostRows, type SourceRow} from './host-rows.js'

/** Throws where the value is no list of hosts at all. */
export function keyedRows(value: unknown): HostRows {
  const hosts = Array.isArray(value) ? value : isObject(value) ? value['hosts'] : undefined
  if (!Array.isArray(hosts)) throw new Error('it must be a list of hosts, or have one under "hosts"')
  const problems: HostProblem[] = []
  const sources = hosts.map((host: unknown, index): SourceRow => {
    const row = index + 1
    if (isObject(host)) return {fields: readFields(host, (column, message) => problems.push({row, column, message}))}
    problems.push({row, value: JSON.stringify(host), message: 'a host must have keys and values, for example {"name": "tk2"}'})
    return {fields: {}}
  })
  const checked = checkRows(sources)
  // What is no object has been reported already; its missing name, address and MAC are no news.
  const news = checked.problems.filter(({row = 0}) => isObject(hosts[row - 1]))
  return {rows: checked.rows, problems: [...problems, ...news].sort((a, b) => (a.row ?? 0) - (b.row ?? 0))}
}

function readFields(host: Record<string, unknown>, report: (column: string, message: string) => void): SourceRow['fields'] {
  const fields: Record<string, unknown> = {}
  for (const [column, value] of Object.entries(host)) {
    const field = findField(column)
    if (field === undefined) report(column, unknownColumn(column))
    else if (Object.hasOwn(fields, field)) report(column, `"${column}" means ${field}, which is there already`)
    else fields[field] = value
  }
  return fields
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
