// Bytes to tree. Never throws: broken parts stay in the tree and are listed as problems. Which statements dhcpd would
// accept is not judged here (`dhcpd -t` does that); only what makes the extent of a statement uncertain.
import {lex, type LexProblem} from './lexer.js'
import {buildStatements} from './statements.js'
import {positionAt, type Problem, type Tree} from './tree.js'

/** More problems than a person reads; random bytes have thousands. */
const MOST_PROBLEMS = 20

/** Parses a dhcpd.conf. */
export function parseDhcpdConf(source: Uint8Array): Tree {
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength)
  const tokens = lex(bytes)
  const found: LexProblem[] = [...encodingProblems(bytes), ...tokens.problems]
  const statements = buildStatements(bytes, tokens, (problem) => found.push(problem))
  const problems = found
    .sort((a, b) => a.offset - b.offset)
    .slice(0, MOST_PROBLEMS)
    .map(({offset, severity, message}): Problem => ({...positionAt(bytes, offset), severity, message}))
  return {bytes, tokens, statements, problems}
}

/** The first problem that makes editing unsafe. */
export function findError(tree: Tree): Problem | undefined {
  return tree.problems.find((problem) => problem.severity === 'error')
}

/** Encodings and line ends that dhcpd reads as something else than an editor shows. */
function encodingProblems(bytes: Buffer): LexProblem[] {
  const error = (message: string, offset = 0): LexProblem[] => [{offset, severity: 'error', message}]
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    return error('the file begins with a UTF-8 byte order mark, which dhcpd refuses')
  const marked = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  // Plain letters of UTF-16 have a zero beside them.
  const unmarked = bytes.length > 1 && (bytes[0] === 0) !== (bytes[1] === 0)
  if (marked || unmarked) {
    return error('the file is UTF-16, which dhcpd cannot read (it may take it for an empty file)')
  }
  const comment = bytes.includes(0x0d) ? bytes.indexOf(0x23) : -1
  if (comment !== -1 && endsLinesWithReturn(bytes)) {
    return error('lines end with CR alone; dhcpd takes everything behind the first # for a comment', comment)
  }
  return []
}

/** Old Macintosh files; a last line that some program appended with LF does not change what they are. */
function endsLinesWithReturn(bytes: Buffer): boolean {
  let alone = 0
  let feeds = 0
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === 0x0a) feeds++
    else if (bytes[at] === 0x0d && bytes[at + 1] !== 0x0a) alone++
  }
  return alone > feeds
}
