// Groups tokens into statements: `tokens ;` or `tokens { statement* }`, with the few exceptions dhcpd's grammar has.
// One pass with a list instead of recursion: input may nest as deep as it is long.
import {tokenKind, type LexProblem, type Tokens} from './lexer.js'

/** Statement n covers tokens first[n] up to, not including, end[n]. Statements are numbered by their first tokens. */
export type Statements = {
  readonly count: number
  readonly first: Uint32Array
  readonly end: Uint32Array
  /** The token of its `{`, or -1. */
  readonly open: Int32Array
  /** The statement it stands in, or ROOT. */
  readonly parent: Int32Array
  /** The next statement that does not stand in it. */
  readonly after: Uint32Array
}

/** The parent of the outermost statements. */
export const ROOT = -1

const OPEN = 0x7b
const CLOSE = 0x7d
const SEMICOLON = 0x3b
const LESS = 0x3c
const EQUALS = 0x3d
const PERCENT = 0x25

export function buildStatements(bytes: Buffer, tokens: Tokens, report: (problem: LexProblem) => void): Statements {
  const {kinds, ends} = tokens
  const size = countSignificant(tokens)
  const first = new Uint32Array(size)
  const end = new Uint32Array(size)
  const open = new Int32Array(size)
  const parent = new Int32Array(size)
  const after = new Uint32Array(size)
  let count = 0
  /** The block we are in, and the statement whose tokens are being collected; -1 for none. */
  let block = ROOT
  let current = -1
  /** Braces of a record type (`option x code 1 = { integer 8, text };`): part of the statement, no block. */
  let recordDepth = 0
  /** The significant token before this one. */
  let previous = -1

  const startOf = (token: number): number => (token === 0 ? 0 : ends[token - 1]!)
  const error = (token: number, message: string): void => report({offset: startOf(token), severity: 'error', message})
  const begin = (token: number): number => {
    first[count] = token
    open[count] = -1
    parent[count] = block
    return count++
  }
  const finish = (statement: number, endToken: number): void => {
    end[statement] = endToken
    after[statement] = count
  }
  /** The last finished statement of this block, if it is `key NAME { … }`: the only block that a `;` may follow. */
  const isKeyBefore = (): boolean => {
    if (previous < 0 || count === 0 || bytes[startOf(previous)] !== CLOSE || kinds[previous] !== tokenKind.mark) return false
    let statement = count - 1
    while (parent[statement]! !== block && statement >= 0) statement = parent[statement]!
    return (
      statement >= 0 &&
      end[statement] === previous + 1 &&
      /^key$/i.test(bytes.toString('latin1', startOf(first[statement]!), ends[first[statement]!]))
    )
  }
  const isRecord = (): boolean => {
    if (current < 0 || previous < 0 || !/^option$/i.test(bytes.toString('latin1', startOf(first[current]!), ends[first[current]!])))
      return false
    const before = bytes.toString('latin1', startOf(previous), ends[previous])
    return bytes[startOf(previous)] === EQUALS || /^of$/i.test(before)
  }

  for (let token = 0; token < tokens.count; token++) {
    const kind = kinds[token]!
    if (kind <= tokenKind.comment) continue
    const mark = kind === tokenKind.mark ? bytes[startOf(token)]! : 0
    const next = mark === OPEN || mark === LESS ? bytes[ends[token]!] : undefined
    if ((mark === OPEN && (next === OPEN || next === PERCENT)) || (mark === LESS && next === PERCENT)) {
      error(token, `this looks like a template ("${String.fromCharCode(mark, next)}"); edit what it is made from`)
    }
    if (recordDepth > 0 && (mark === OPEN || mark === CLOSE)) {
      recordDepth += mark === OPEN ? 1 : -1
    } else if (mark === OPEN && isRecord()) {
      recordDepth = 1
    } else if (mark === OPEN) {
      if (current < 0) current = begin(token)
      open[current] = token
      block = current
      current = -1
    } else if (mark === CLOSE) {
      if (current >= 0) {
        error(first[current]!, 'a ";" is missing at the end of this statement')
        finish(current, previous + 1)
        current = -1
      }
      if (block === ROOT) {
        error(token, 'this "}" closes nothing')
        finish(begin(token), token + 1)
      } else {
        finish(block, token + 1)
        block = parent[block]!
      }
    } else if (mark === SEMICOLON && recordDepth === 0) {
      if (current < 0 && isKeyBefore()) {
        let statement = count - 1
        while (parent[statement]! !== block) statement = parent[statement]!
        end[statement] = token + 1
      } else {
        if (current < 0) {
          report({offset: startOf(token), severity: 'warning', message: 'dhcpd accepts no ";" here'})
          current = begin(token)
        }
        finish(current, token + 1)
      }
      current = -1
    } else if (current < 0) {
      current = begin(token)
    }
    previous = token
  }
  if (current >= 0) {
    const isDead = kinds[first[current]!] === tokenKind.dead
    if (!isDead)
      error(first[current]!, recordDepth > 0 ? 'a brace of this statement is never closed' : 'the file ends within this statement')
    finish(current, previous + 1)
  }
  for (; block !== ROOT; block = parent[block]!) {
    error(open[block]!, 'this "{" is never closed')
    finish(block, previous + 1)
  }
  return {count, first, end, open, parent, after}
}

function countSignificant({kinds, count}: Tokens): number {
  let significant = 0
  for (let token = 0; token < count; token++) if (kinds[token]! > tokenKind.comment) significant++
  return significant
}
