// Tokens to a tree, as Kea's own parser does it: the text of an included file stands where its directive is, and a comma too
// many behind an element is only worth a warning. It stops at the first problem, where Kea stops as well.
import {positionAt} from '../dhcpd-conf/tree.js'
import {includedPath, tokenize, tokenKind} from './lexer.js'
import {decodeString, type Document, type Node, type Problem, type Source} from './tree.js'

export type File = {readonly path: string; readonly bytes: Buffer}

/** The directives of one file: the path that each names, and its bytes. */
export function findIncludes(bytes: Buffer): {readonly path: string; readonly start: number; readonly end: number}[] {
  if (!bytes.includes('<?')) return []
  const {count, kinds, ends} = tokenize(bytes)
  const found: {path: string; start: number; end: number}[] = []
  for (let token = 0; token < count; token++) {
    const start = token === 0 ? 0 : ends[token - 1]!
    const end = ends[token]!
    if (kinds[token] === tokenKind.include) found.push({path: includedPath(bytes, start, end), start, end})
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

const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const COLON = 0x3a
const COMMA = 0x2c

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

type Container = Node & {readonly items: Node[]}

/** Scalars share it; nothing is ever put in. */
const NO_ITEMS: readonly Node[] = Object.freeze([])

/** The files as one stream of tokens, one of which is the present one, and the tree that is made of them. */
class Parser {
  readonly sources: Source[] = []
  private readonly includers: {readonly source: number; readonly token: number}[] = []
  private readonly include: (path: string) => File | undefined
  private current: Source
  private token = -1
  // The present token: in `source` from `start` to `end`. A mark is its own byte, everything else its kind.
  private source = 0
  private start = 0
  private end = 0
  private kind: number = tokenKind.space
  private mark = 0

  constructor(main: File, include: (path: string) => File | undefined) {
    this.include = include
    this.current = this.enter(main)
  }

  parse(): Node {
    if (!this.next()) throw this.refuse(0, this.end, 'there is no configuration in this file')
    if (this.mark !== OPEN_OBJECT) throw this.refuse(this.source, this.start, 'a configuration begins with "{"')
    const root = this.node(undefined, undefined, this.source, this.start)
    this.fill(root as Container)
    if (this.next()) throw this.refuse(this.source, this.start, 'nothing may follow the closing bracket of the configuration')
    return root
  }

  /** Reads what stands in the brackets of the root, and in theirs, without recursion. */
  private fill(root: Container): void {
    let container: Container | undefined = root
    let keys: Set<string> | undefined
    const outerKeys: (Set<string> | undefined)[] = []
    while (container !== undefined) {
      const isObject: boolean = container.kind === 'object'
      const last: Node | undefined = container.items[container.items.length - 1]
      let isMore = this.next()
      while (isMore && this.mark === COMMA && last !== undefined) {
        if (last.comma < 0) {
          last.comma = this.start
          last.commaSource = this.source
        } else (last.extraCommas ??= []).push({source: this.source, offset: this.start})
        isMore = this.next()
      }
      if (!isMore) throw this.refuse(container.source, container.start, `this "${isObject ? '{' : '['}" is never closed`)
      if (this.mark === CLOSE_OBJECT || this.mark === CLOSE_ARRAY) {
        if ((this.mark === CLOSE_OBJECT) !== isObject) {
          const [closing, opening] = isObject ? [']', '{'] : ['}', '[']
          throw this.refuse(this.source, this.start, `this "${closing}" does not close the "${opening}" before it`)
        }
        container.endSource = this.source
        container.end = this.end
        container = container.parent as Container | undefined
        keys = outerKeys.pop()
        continue
      }
      if (last !== undefined && last.comma < 0) throw this.refuse(this.source, this.start, 'a comma is missing before this')
      const {source, start} = this
      let key: string | undefined
      if (isObject) {
        key = this.key()
        keys = this.refuseDuplicate(container, key, keys, source, start)
        this.skipColon()
      }
      const node = this.node(container, key, source, start)
      container.items.push(node)
      if (node.items !== NO_ITEMS) {
        if (outerKeys.length === DEEPEST_NESTING) throw this.refuse(node.source, node.start, 'brackets are nested too deeply here')
        outerKeys.push(keys)
        keys = undefined
        container = node as Container
      }
    }
  }

  private key(): string {
    if (this.kind !== tokenKind.string) throw this.refuse(this.source, this.start, 'a name in double quotes is expected here')
    return decodeString(this.text())
  }

  private skipColon(): void {
    if (!this.next() || this.mark !== COLON) throw this.refuse(this.source, this.start, 'a colon is expected here')
    if (!this.next()) throw this.refuse(this.source, this.start, 'a value is expected here')
  }

  private refuseDuplicate(
    object: Node,
    key: string,
    keys: Set<string> | undefined,
    source: number,
    start: number,
  ): Set<string> | undefined {
    const {items} = object
    const known = items.length === MANY_KEYS ? new Set(items.map((member) => member.key ?? '')) : keys
    const isDuplicate = known === undefined ? items.some((member) => member.key === key) : known.has(key)
    if (isDuplicate) throw this.refuse(source, start, `"${key}" stands here for the second time in the same "{"`)
    known?.add(key)
    return known
  }

  /** The value that begins with the present token. A member began at `from`, perhaps in the file that includes this one. */
  private node(parent: Node | undefined, key: string | undefined, fromSource: number, from: number): Node {
    const {source, start, end} = this
    const kind = this.valueKind()
    return {
      kind,
      parent,
      key,
      fromSource,
      from,
      source,
      start,
      endSource: source,
      end,
      items: kind === 'object' || kind === 'array' ? [] : NO_ITEMS,
      comma: -1,
      commaSource: 0,
      extraCommas: undefined,
    }
  }

  private valueKind(): Node['kind'] {
    if (this.kind === tokenKind.string) return 'string'
    if (this.mark === OPEN_OBJECT) return 'object'
    if (this.mark === OPEN_ARRAY) return 'array'
    if (this.kind === tokenKind.word && isJsonWord(this.text())) return 'word'
    throw this.refuse(this.source, this.start, 'a value is expected here')
  }

  private text(): string {
    return this.current.bytes.toString('utf8', this.start, this.end)
  }

  /** Goes to the next token that Kea sees, through includes; false at the end of the main file. */
  private next(): boolean {
    for (;;) {
      const {bytes, tokens} = this.current
      const {count, kinds, ends} = tokens
      let token = this.token + 1
      while (token < count && kinds[token]! <= tokenKind.comment) token++
      this.token = token
      if (token >= count) {
        const includer = this.includers.pop()
        if (includer === undefined) {
          this.start = this.end = bytes.length
          return false
        }
        this.source = includer.source
        this.token = includer.token
        this.current = this.sources[includer.source]!
        continue
      }
      this.start = token === 0 ? 0 : ends[token - 1]!
      this.end = ends[token]!
      this.kind = kinds[token]!
      this.mark = this.kind === tokenKind.mark ? bytes[this.start]! : 0
      if (this.kind === tokenKind.include) this.followInclude()
      else if (this.kind === tokenKind.bad) throw this.refuse(this.source, this.start, tokens.problem?.message ?? '')
      else return true
    }
  }

  private followInclude(): void {
    const {source, start, end, token} = this
    if (this.includers.length === DEEPEST_INCLUDE) throw this.refuse(source, start, 'files include each other too deeply here')
    const path = includedPath(this.current.bytes, start, end)
    const file = this.include(path)
    if (file === undefined) throw this.refuse(source, start, `the included file ${path} is not there`)
    this.includers.push({source, token})
    this.current = this.enter(file)
  }

  private enter({path, bytes}: File): Source {
    const source = {path, bytes, tokens: tokenize(bytes)}
    this.source = this.sources.push(source) - 1
    this.token = -1
    return source
  }

  private refuse(source: number, offset: number, message: string): Refusal {
    const {path, bytes} = this.sources[source]!
    return new Refusal({path, ...positionAt(bytes, offset), message})
  }
}

/** Numbers as JSON has them; Kea accepts the same. */
function isJsonWord(word: string): boolean {
  return word === 'true' || word === 'false' || word === 'null' || /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(word)
}
