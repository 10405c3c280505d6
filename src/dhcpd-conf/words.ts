// A statement as the words a person reads: `10.0.0.5` and `00:07` are one word each, although dhcpd's lexer makes several of them.
import {tokenKind} from './lexer.js'
import {decodeString} from './string.js'
import {significantTokens, tokenText, type Tree} from './tree.js'

/** `mark` is punctuation: `( ) , = !`. A string's text is its value, without quotes and escapes (one character for each byte). */
export type Word = {readonly kind: 'word' | 'string' | 'mark'; readonly text: string}

/** The words of a statement up to its `{` or `;`. */
export function wordsOf(tree: Tree, statement: number): Word[] {
  const words: Word[] = []
  let isJoining = false
  for (const token of significantTokens(tree, statement)) {
    const text = tokenText(tree, token)
    const kind = tree.tokens.kinds[token]
    const last = words.at(-1)
    if (kind === tokenKind.string) {
      words.push({kind: 'string', text: decodeString(text)})
      isJoining = false
    } else if ((text === '.' || text === ':' || text === '/') && last?.kind === 'word') {
      words[words.length - 1] = {kind: 'word', text: last.text + text}
      isJoining = true
    } else if (isJoining && last !== undefined) {
      words[words.length - 1] = {kind: 'word', text: last.text + text}
      isJoining = false
    } else {
      words.push({kind: kind === tokenKind.mark ? 'mark' : 'word', text})
    }
  }
  return words
}
