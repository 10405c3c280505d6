// Tokens to a tree, as Kea's own parser does it: the text of an included file stands where its directive is, and a comma too
// many behind an element is only worth a warning. It stops at the first problem, where Kea stops as well.
import {positionAt} from '../dhcpd-conf/tree.js'
import {includedPath, tokenize, tokenKind, type Tokens} from './lexer.js'
import {decodeString, type Document, type Node, type Place, type Problem, type Source} from './tree.js'

export type File = {readonly path: string; readonly bytes: Buffer}

/** The files that one file includes, as it names them. */
export function findIncludes(bytes: Buffer): {readonly path: string; readonly offset: number}[] {
  const {count, kinds, ends} = tokenize(bytes)
  const found: {path: string; offset: number}[] = []
  for (let token = 0; token < count; token++) {
    const start = startOf(ends, token)
    if (kinds[token] === tokenKind.include) found.push({path: includedPath(bytes, start, ends[token] ?? 0), offset: start})
  }
  return found
}

/** `include` gives the file that a directive names; it has been read before. */
export function parseKeaConf(main: File, include: (path: string) => File | undefined = () => undefined): Document {
  const parser = new Parser(main, include)
  try {
    const root = parser.parse()
    return {sources: parser.sources, root, problem: undefined}
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return {sources: parser.sources, root: undefined, problem: error.problem}
  }
}

/** Kea gives up at ten files within each other (MAX_NESTING of its lexers). */
const DEEPEST_INCLUDE = 10
/** Deeper than any configuration; recursion over the tree stays safe. */
const DEEPEST_NESTING = 200
/** From so many members on a set knows the keys of an object. */
const MANY_KEYS = 16

class Refusal extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.message)
    this.problem = problem
  }
}

type Lexeme = {readonly kind: number; readonly start: Place; readonly end: Place; readonly first: number}

class Parser {
  readonly sources: Source[] = []
  private readonly open: {source: number; token: number}[] = []
  private readonly include: (path: string) => File | undefined

  constructor(main: File, include: (path: string) => File | undefined) {
    this.include = include
    this.enter(main)
  }

  parse(): Node {
    const first = this.next()
    if (first === undefined) throw this.refuse(this.endOf(0), 'there is no configuration in this file')
    const root = this.value(first, undefined, undefined, first.start)
    this.fill(root)
    const behind = this.next()
    if (behind !== undefined) throw this.refuse(behind.start, 'nothing may follow the closing bracket of the configuration')
    return root
  }

  /** Reads what stands in the brackets of the root, and in theirs, without recursion. */
  private fill(root: Node): void {
    if (root.kind !== 'object') throw this.refuse(root.start, 'a configuration begins with "{"')
    let container: Node | undefined = root
    let keys: Set<string> | undefined
    const outerKeys: (Set<string> | undefined)[] = []
    while (container !== undefined) {
      const bracket: string = container.kind === 'object' ? '{' : '['
      const last: Node | undefined = container.items.at(-1)
      let token: Lexeme | undefined = this.next()
      while (token !== undefined && last !== undefined && isMark(token, ',')) {
        if (last.comma === undefined) last.comma = token.start
        else (last.extraCommas ??= []).push(token.start)
        token = this.next()
      }
      if (token === undefined) throw this.refuse(container.start, `this "${bracket}" is never closed`)
      if (isMark(token, container.kind === 'object' ? '}' : ']')) {
        container.end = token.end
        container = container.parent
        keys = outerKeys.pop()
        continue
      }
      if (isMark(token, '}') || isMark(token, ']')) {
        throw this.refuse(token.start, `this "${String.fromCharCode(token.first)}" does not close the "${bracket}" before it`)
      }
      if (last !== undefined && last.comma === undefined) throw this.refuse(token.start, 'a comma is missing before this')
      const from = token.start
      let key: string | undefined
      if (container.kind === 'object') {
        key = this.key(token)
        keys = this.refuseDuplicate(container, key, keys, from)
        token = this.valueAfterColon()
      }
      const node = this.value(token, container, key, from)
      container.items.push(node)
      if (node.kind === 'object' || node.kind === 'array') {
        if (outerKeys.length === DEEPEST_NESTING) throw this.refuse(node.start, 'brackets are nested too deeply here')
        outerKeys.push(keys)
        keys = undefined
        container = node
      }
    }
  }

  private key(token: Lexeme): string {
    if (token.kind !== tokenKind.string) throw this.refuse(token.start, 'a name in double quotes is expected here')
    return decodeString(this.text(token))
  }

  private valueAfterColon(): Lexeme {
    const colon = this.next()
    if (colon === undefined || !isMark(colon, ':')) throw this.refuse(colon?.start ?? this.endOf(0), 'a colon is expected here')
    const token = this.next()
    if (token === undefined) throw this.refuse(this.endOf(0), 'a value is expected here')
    return token
  }

  private refuseDuplicate(object: Node, key: string, keys: Set<string> | undefined, at: Place): Set<string> | undefined {
    const known = object.items.length === MANY_KEYS ? new Set(object.items.map((member) => member.key ?? '')) : keys
    const isDuplicate = known === undefined ? object.items.some((member) => member.key === key) : known.has(key)
    if (isDuplicate) throw this.refuse(at, `"${key}" stands here for the second time in the same "{"`)
    known?.add(key)
    return known
  }

  private value(token: Lexeme, parent: Node | undefined, key: string | undefined, from: Place): Node {
    const node = {parent, key, from, start: token.start, end: token.end, items: [], comma: undefined, extraCommas: undefined}
    if (isMark(token, '{')) return {...node, kind: 'object'}
    if (isMark(token, '[')) return {...node, kind: 'array'}
    if (token.kind === tokenKind.string) return {...node, kind: 'string'}
    if (token.kind === tokenKind.word && isJsonWord(this.text(token))) return {...node, kind: 'word'}
    throw this.refuse(token.start, 'a value is expected here')
  }

  private text({start, end}: Lexeme): string {
    return this.sources[start.source]?.bytes.toString('utf8', start.offset, end.offset) ?? ''
  }

  /** The next token that Kea sees, through includes; undefined at the end of the main file. */
  private next(): Lexeme | undefined {
    for (let position = this.open.at(-1); position !== undefined; position = this.open.at(-1)) {
      const {source, token} = position
      const {bytes, tokens} = this.source(source)
      if (token === tokens.count) {
        this.open.pop()
        continue
      }
      position.token++
      const kind = tokens.kinds[token] ?? tokenKind.bad
      if (kind <= tokenKind.comment) continue
      const start = {source, offset: startOf(tokens.ends, token)}
      const end = {source, offset: tokens.ends[token] ?? 0}
      if (kind === tokenKind.bad) throw this.refuse(start, tokens.problem?.message ?? 'this has no meaning here')
      if (kind !== tokenKind.include) return {kind, start, end, first: bytes[start.offset] ?? 0}
      if (this.open.length > DEEPEST_INCLUDE) throw this.refuse(start, 'files include each other too deeply here')
      const path = includedPath(bytes, start.offset, end.offset)
      const file = this.include(path)
      if (file === undefined) throw this.refuse(start, `the included file ${path} is not there`)
      this.enter(file)
    }
    return undefined
  }

  private enter({path, bytes}: File): void {
    this.sources.push({path, bytes, tokens: tokenize(bytes)})
    this.open.push({source: this.sources.length - 1, token: 0})
  }

  private source(index: number): Source {
    const source = this.sources[index]
    if (source === undefined) throw new Error('a place names a file that was not read')
    return source
  }

  private endOf(source: number): Place {
    return {source, offset: this.source(source).bytes.length}
  }

  private refuse({source, offset}: Place, message: string): Refusal {
    const {path, bytes} = this.source(source)
    return new Refusal({path, ...positionAt(bytes, offset), message})
  }
}

const startOf = (ends: Tokens['ends'], token: number): number => (token === 0 ? 0 : (ends[token - 1] ?? 0))

const isMark = (token: Lexeme, mark: string): boolean => token.kind === tokenKind.mark && token.first === mark.charCodeAt(0)

/** Numbers as JSON has them; Kea accepts the same. */
function isJsonWord(word: string): boolean {
  return word === 'true' || word === 'false' || word === 'null' || /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(word)
}
