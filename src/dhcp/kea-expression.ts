// Boolean expressions of dhcpd.conf (dhcp-eval(5)) as client class tests of Kea (Administrator Reference Manual, "Client
// Classification"). What Kea cannot say gives undefined; nothing is guessed.
import type {Word} from '../dhcpd-conf/words.js'
import {findHexBytes} from './hex-list.js'
import {standardOptions} from './standard-options.js'

/** A Kea expression, or undefined. `definitions`: codes of options that the configuration defines itself, by name. */
export function keaTestOf(words: readonly Word[], definitions: ReadonlyMap<string, number>): string | undefined {
  const reader = new Reader(words, definitions)
  try {
    const test = reader.readOr()
    return reader.isAtEnd() ? test : undefined
  } catch (error) {
    if (error instanceof Unsayable) return undefined
    throw error
  }
}

/** A string or hex constant of Kea: printable text in quotes, anything else as 0x…. */
export function keaString(text: string): string {
  if (/^[\x20-\x26\x28-\x7e]*$/.test(text)) return `'${text}'`
  return `0x${Buffer.from(text, 'latin1').toString('hex')}`
}

class Unsayable extends Error {}

/** Data, and whether it is the client's hardware address, which dhcpd gives with a type byte before it. */
type Data = {readonly text: string; readonly isHardware?: boolean; readonly hex?: string}

class Reader {
  private at = 0
  private readonly words: readonly Word[]
  private readonly definitions: ReadonlyMap<string, number>

  constructor(words: readonly Word[], definitions: ReadonlyMap<string, number>) {
    this.words = words
    this.definitions = definitions
  }

  isAtEnd(): boolean {
    return this.at === this.words.length
  }

  /** `and` binds closer than `or`, `not` closer than both. */
  readOr(): string {
    const parts = [this.readAnd()]
    while (this.take('or')) parts.push(this.readAnd())
    return parts.join(' or ')
  }

  private readAnd(): string {
    const parts = [this.readNot()]
    while (this.take('and')) parts.push(this.readNot())
    return parts.join(' and ')
  }

  private readNot(): string {
    if (this.take('not')) return `not (${this.readNot()})`
    if (this.take('exists')) return `${this.option()}.exists`
    if (this.take('known')) return "member('KNOWN')"
    const mark = this.at
    if (this.take('(')) {
      // A parenthesis may hold a condition, or only begin one.
      const inner = this.readOr()
      if (this.take(')') && !this.isComparison()) return `(${inner})`
      this.at = mark
    }
    return this.readComparison()
  }

  private isComparison(): boolean {
    const next = this.words[this.at]
    return next?.kind === 'mark' && ['=', '!', '~'].includes(next.text)
  }

  private readComparison(): string {
    const left = this.readData()
    const isNot = this.take('!')
    if (!this.take('=')) throw new Unsayable()
    const right = this.readData()
    return `${bare(left, right)} ${isNot ? '!=' : '=='} ${bare(right, left)}`
  }

  private readData(): Data {
    const word = this.words[this.at++]
    if (word === undefined) throw new Unsayable()
    if (word.kind === 'string') return {text: keaString(word.text)}
    // One byte without a colon as well, as dhcpd takes it.
    const hex = findHexBytes(word.text)?.join('')
    if (hex !== undefined) return {text: `0x${hex}`, hex}
    switch (word.text.toLowerCase()) {
      case 'option':
        return {text: `${this.optionNamed()}.hex`}
      case 'hardware':
        return {text: 'pkt4.mac', isHardware: true}
      case 'substring':
        return this.readSubstring()
      case 'concat':
        return this.readConcat()
      default:
        throw new Unsayable()
    }
  }

  private readSubstring(): Data {
    this.expect('(')
    const of = this.readData()
    this.expect(',')
    const start = this.readNumber()
    this.expect(',')
    const length = this.readNumber()
    this.expect(')')
    if (of.isHardware !== true) return {text: `substring(${of.text},${start},${length})`}
    // Byte 0 is the hardware type, which Kea's pkt4.mac does not have.
    if (start === 0) throw new Unsayable()
    return {text: `substring(pkt4.mac,${start - 1},${length})`}
  }

  private readConcat(): Data {
    this.expect('(')
    const parts = [this.readData()]
    while (this.take(',')) parts.push(this.readData())
    this.expect(')')
    if (parts.some(({isHardware}) => isHardware)) throw new Unsayable()
    return parts.reduce((all, part) => ({text: `concat(${all.text},${part.text})`}))
  }

  private readNumber(): number {
    const word = this.words[this.at++]
    if (word === undefined || !/^\d+$/.test(word.text)) throw new Unsayable()
    return Number(word.text)
  }

  private option(): string {
    this.take('option')
    return this.optionNamed()
  }

  private optionNamed(): string {
    const name = this.words[this.at++]?.text.toLowerCase() ?? ''
    if (name === 'agent.circuit-id') return 'relay4[1]'
    if (name === 'agent.remote-id') return 'relay4[2]'
    const code = this.definitions.get(name) ?? standardOptions.get(name)?.code
    if (code === undefined) throw new Unsayable()
    return `option[${code}]`
  }

  private take(text: string): boolean {
    const word = this.words[this.at]
    if (word === undefined || word.kind === 'string' || word.text.toLowerCase() !== text) return false
    this.at++
    return true
  }

  private expect(text: string): void {
    if (!this.take(text)) throw new Unsayable()
  }
}

/** `hardware = 1:52:54:…`: the type byte goes from both sides. */
function bare(data: Data, other: Data): string {
  if (data.isHardware === true) {
    if (other.hex?.length !== 14 || !other.hex.startsWith('01')) throw new Unsayable()
    return 'pkt4.mac'
  }
  return other.isHardware === true ? `0x${data.hex?.slice(2) ?? ''}` : data.text
}
