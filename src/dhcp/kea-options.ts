// Option values of dhcpd.conf as option-data of Kea.
import type {Word} from '../dhcpd-conf/words.js'
import {findHexBytes} from './hex-list.js'
import {type OptionValue, standardOptions} from './standard-options.js'

export type KeaOption = {
  readonly name?: string
  readonly code?: number
  readonly data: string
  readonly 'csv-format'?: boolean
  readonly 'always-send'?: boolean
}

/** An option that the configuration defines (`option arch code 93 = unsigned integer 16;`). */
export type OptionDefinition = {readonly code: number; readonly type: string; readonly isArray: boolean}

/** The types of simple definitions, as Kea calls them. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['ip-address', 'ipv4-address'],
  ['text', 'string'],
  ['string', 'binary'],
  ['boolean', 'boolean'],
  ['unsigned integer 8', 'uint8'],
  ['unsigned integer 16', 'uint16'],
  ['unsigned integer 32', 'uint32'],
  ['integer 8', 'int8'],
  ['integer 16', 'int16'],
  ['integer 32', 'int32'],
])

/** Reads `option NAME code N = TYPE`, or `array of TYPE`. undefined: not a definition, or not a simple one. */
export function definitionOf(words: readonly Word[]): ({readonly name: string} & OptionDefinition) | undefined {
  const [, name, code, number, equals, ...rest] = words.map(({text}) => text)
  if (name === undefined || code?.toLowerCase() !== 'code' || equals !== '=' || !/^\d+$/.test(number ?? '')) return undefined
  const isArray = rest[0]?.toLowerCase() === 'array' && rest[1]?.toLowerCase() === 'of'
  const type = TYPES.get((isArray ? rest.slice(2) : rest).join(' ').toLowerCase())
  return type === undefined ? undefined : {name: name.toLowerCase(), code: Number(number), type, isArray}
}

/** `option NAME VALUE …` as option-data. undefined: an option or a value that has no plain counterpart. */
export function keaOptionOf(words: readonly Word[], definitions: ReadonlyMap<string, OptionDefinition>): KeaOption | undefined {
  const [, nameWord, ...values] = words
  const name = nameWord?.text.toLowerCase() ?? ''
  // `option NAME = EXPRESSION`
  if (values[0]?.text === '=' && values[0].kind === 'mark') return undefined
  const standard = standardOptions.get(name)
  if (standard !== undefined) {
    const data = dataOf(values, standard.value)
    if (data === undefined) return undefined
    return {name: standard.kea ?? name, data: data.text, ...(data.isHex ? {'csv-format': false} : {})}
  }
  const defined = definitions.get(name)
  if (defined === undefined) return undefined
  const data = dataOf(values, valueOfType(defined.type))
  return data === undefined ? undefined : {code: defined.code, data: data.text, ...(data.isHex ? {'csv-format': false} : {})}
}

function valueOfType(type: string): OptionValue {
  if (type === 'ipv4-address') return 'addresses'
  if (type === 'string') return 'text'
  if (type === 'boolean') return 'flag'
  return type === 'binary' ? 'bytes' : 'number'
}

type Data = {readonly text: string; readonly isHex?: boolean}

function dataOf(values: readonly Word[], kind: OptionValue): Data | undefined {
  const parts = values.filter(({kind: word, text}) => !(word === 'mark' && text === ','))
  if (parts.length === 0 || parts.some(({kind: word}) => word === 'mark')) return undefined
  const texts = parts.map(({text}) => text)
  switch (kind) {
    case 'addresses':
      return texts.every((text) => /^\d+(\.\d+){3}$/.test(text)) ? {text: texts.join(', ')} : undefined
    case 'number':
      return texts.every((text) => /^-?\d+$/.test(text)) ? {text: texts.join(', ')} : undefined
    case 'flag':
      return /^(true|on|false|off)$/i.test(texts[0] ?? '') ? {text: String(/^(true|on)$/i.test(texts[0] ?? ''))} : undefined
    case 'domains':
      return {text: texts.join(', ')}
    case 'text':
      return parts.length === 1 ? {text: (texts[0] ?? '').replaceAll(/[\\,]/g, String.raw`\$&`)} : undefined
    case 'bytes':
      return parts.length === 1 ? {text: hexOf(parts[0]), isHex: true} : undefined
  }
}

function hexOf(word: Word | undefined): string {
  const bytes = word?.kind === 'word' ? findHexBytes(word.text) : undefined
  return bytes?.join('') ?? Buffer.from(word?.text ?? '', 'latin1').toString('hex')
}
