// New values as text. Bytes are written one character each (Latin-1), as splices want them.
export type JsonObject = {readonly [key: string]: JsonValue}
export type JsonValue = string | number | boolean | readonly JsonValue[] | JsonObject

/** `{"a": 1, "b": [true]}`, on one line. */
export function renderInline(value: JsonValue): string {
  if (isObject(value)) return `{${renderMembers(value).join(', ')}}`
  return Array.isArray(value) ? `[${(value as readonly JsonValue[]).map(renderInline).join(', ')}]` : renderScalar(value as string)
}

export function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && !Array.isArray(value)
}

/** An object with each of its members on a line of its own; what is in them stays on that line. */
export function renderLines(value: JsonObject, indent: string, unit: string, lineEnd: string): string {
  const members = renderMembers(value).map((member) => `${indent}${unit}${member}`)
  return `{${lineEnd}${members.join(`,${lineEnd}`)}${lineEnd}${indent}}`
}

function renderMembers(value: JsonObject): string[] {
  return Object.entries(value).map(([key, member]) => `${renderScalar(key)}: ${renderInline(member)}`)
}

/** A string, number or boolean. Text beyond ASCII is UTF-8 (Kea reads `\u` escapes only up to \u00ff). */
export function renderScalar(value: string | number | boolean): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('latin1')
}
