// Named values that a client sent, in a JSON body or a query: what is there, of which kind, and nothing else beside.
import {PxectlError} from '../errors.js'
import {findNearest} from '../net/nearest.js'

export type Fields = {
  text(name: string): string | undefined
  /** Throws FIELD_MISSING. */
  needText(name: string): string
  flag(name: string): boolean | undefined
  /** A whole number from 0 on. */
  number(name: string, most: number): number | undefined
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined
  /** Throws FIELD_UNKNOWN for what was sent and never asked for: a typing mistake must not be a silent no. */
  checkUnasked(): void
}

/** Fields of a parsed JSON object. */
export function jsonFields(values: Readonly<Record<string, unknown>>): Fields {
  return fields(values, (value) => value)
}

/** Fields of a query: all is text there. */
export function queryFields(query: URLSearchParams): Fields {
  const values = Object.fromEntries(query)
  return fields(values, (value, kind) => {
    if (kind === 'flag' && (value === 'true' || value === 'false')) return value === 'true'
    return kind === 'number' && typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  })
}

type Kind = 'text' | 'flag' | 'number'

const MOST_SHOWN = 100

function fields(values: Readonly<Record<string, unknown>>, read: (value: unknown, kind: Kind) => unknown): Fields {
  const asked = new Set<string>()
  const get = (name: string, kind: Kind): unknown => {
    asked.add(name)
    const value = Object.hasOwn(values, name) ? read(values[name], kind) : undefined
    return value === null ? undefined : value
  }
  const text = (name: string): string | undefined => {
    const value = get(name, 'text')
    if (value === undefined || typeof value === 'string') return value
    throw invalid(name, value, 'a text')
  }
  return {
    text,
    needText(name) {
      const value = text(name)
      if (value !== undefined) return value
      throw new PxectlError(`"${name}" is missing`, {code: 'FIELD_MISSING', kind: 'usage', details: {name}})
    },
    flag(name) {
      const value = get(name, 'flag')
      if (value === undefined || typeof value === 'boolean') return value
      throw invalid(name, value, 'true or false')
    },
    number(name, most) {
      const value = get(name, 'number')
      if (value === undefined) return undefined
      if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value
      throw invalid(name, value, `a whole number from 0 to ${most}`)
    },
    choice(name, choices) {
      const value = text(name)
      const found = choices.find((choice) => choice === value)
      if (value === undefined || found !== undefined) return found
      throw invalid(name, value, `one of ${choices.join(', ')}`)
    },
    checkUnasked() {
      const unknown = Object.keys(values).find((name) => !asked.has(name))
      if (unknown === undefined) return
      const nearest = findNearest(unknown, asked)
      throw new PxectlError(`"${unknown.slice(0, MOST_SHOWN)}" means nothing here`, {
        code: 'FIELD_UNKNOWN',
        kind: 'usage',
        details: {name: unknown.slice(0, MOST_SHOWN), known: [...asked]},
        suggestions: nearest === undefined ? [] : [`did you mean ${nearest}?`],
      })
    },
  }
}

function invalid(name: string, value: unknown, expected: string): PxectlError {
  const shown = JSON.stringify(value).slice(0, MOST_SHOWN)
  return new PxectlError(`"${name}" is ${shown}, and should be ${expected}`, {
    code: 'FIELD_INVALID',
    kind: 'usage',
    details: {name, value: shown, expected},
  })
}
