// Finding statements by their first words, and the values in them.
import {decodeString} from './string.js'
import {tokenKind} from './lexer.js'
import {childrenOf, isWord, significantTokens, skipTrivia, statementWords, tokenText, type Tree} from './tree.js'
import {ROOT} from './statements.js'

/** Every statement that begins with these lower-case words, e.g. `option`, `vendor-class-identifier`; wherever it stands. */
export function* findStatements(tree: Tree, ...words: readonly string[]): Generator<number> {
  for (let statement = 0; statement < tree.statements.count; statement++) if (beginsWith(tree, statement, words)) yield statement
}

/** Those directly within the block (or ROOT). */
export function* childStatements(tree: Tree, block: number, ...words: readonly string[]): Generator<number> {
  for (const child of childrenOf(tree, block)) if (beginsWith(tree, child, words)) yield child
}

function beginsWith(tree: Tree, statement: number, words: readonly string[]): boolean {
  const {first, end} = tree.statements
  const last = end[statement] ?? 0
  let token = first[statement] ?? 0
  for (const word of words) {
    token = skipTrivia(tree, token, last)
    if (token >= last || !isWord(tree, token, word)) return false
    token++
  }
  return true
}

/** The text of `filename "x";` or `option x "y";`: of its last word where that is a string; undefined for an expression. */
export function stringOf(tree: Tree, statement: number): string | undefined {
  const tokens = significantTokens(tree, statement)
  const last = tokens.at(-1)
  if (last === undefined || tree.tokens.kinds[last] !== tokenKind.string) return undefined
  // `filename = concat("a", "b")` ends with a bracket; `filename = "x"` is as good as a plain string.
  return decodeString(tokenText(tree, last))
}

/** The value of `next-server 10.0.0.1;` or `next-server boot.lab;`, its tokens joined. */
export function wordOf(tree: Tree, statement: number): string {
  return significantTokens(tree, statement)
    .slice(1)
    .map((token) => tokenText(tree, token))
    .join('')
}

/** One arm of `if … {} elsif … {} else {}`; the condition's words, empty for `else`. */
export type Arm = {readonly statement: number; readonly condition: string}

/** The chains of conditions, wherever they stand, the arms in order. */
export function findChains(tree: Tree): Arm[][] {
  const {count, first, parent, open} = tree.statements
  const chains: Arm[][] = []
  /** The chain that an `elsif` in this block would go on. */
  const current = new Map<number, Arm[]>()
  for (let statement = 0; statement < count; statement++) {
    const token = first[statement] ?? 0
    const scope = parent[statement] ?? ROOT
    const isFirst = isWord(tree, token, 'if')
    const goesOn = isWord(tree, token, 'elsif') || isWord(tree, token, 'else')
    if (!(isFirst || goesOn) || (open[statement] ?? -1) < 0) {
      current.delete(scope)
      continue
    }
    const [keyword = '', ...words] = statementWords(tree, statement)
    const condition = (keyword.toLowerCase() === 'else' && words[0]?.toLowerCase() === 'if' ? words.slice(1) : words).join(' ')
    const arm = {statement, condition}
    const chain = isFirst ? undefined : current.get(scope)
    if (chain === undefined) {
      const begun = [arm]
      chains.push(begun)
      current.set(scope, begun)
    } else chain.push(arm)
  }
  return chains
}
