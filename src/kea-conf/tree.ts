// The tree of a Kea configuration, over the main file and all that it includes. Nodes know the bytes they were read from;
// nothing is ever printed from them, so blanks, comments and spelling stay what they are.
import type {Tokens} from './lexer.js'

/** One file: its bytes, and the tokens that cover them. */
export type Source = {readonly path: string; readonly bytes: Buffer; readonly tokens: Tokens}

export type Node = {
  readonly kind: 'object' | 'array' | 'string' | 'word'
  readonly parent: Node | undefined
  /** Of a member of an object. */
  readonly key: string | undefined
  /** Where it begins: a member with its key. */
  readonly fromSource: number
  readonly from: number
  /** Where its value begins. */
  readonly source: number
  readonly start: number
  /** Behind the last byte of the value; an object or array ends with its bracket, perhaps in another source. */
  endSource: number
  end: number
  /** Members or elements, in order. */
  readonly items: readonly Node[]
  /** The first comma behind it, or -1. */
  comma: number
  commaSource: number
  /** More commas, which Kea reads over. */
  extraCommas: {readonly source: number; readonly offset: number}[] | undefined
}

/** Why Kea would not read the file; `line` and `column` begin at 1, columns count bytes. */
export type Problem = {readonly path: string; readonly line: number; readonly column: number; readonly message: string}

export type Document = {
  /** The main file first. A file that is included twice is there twice. */
  readonly sources: readonly Source[]
  /** undefined where there is a problem. */
  readonly root: Node | undefined
  readonly problem: Problem | undefined
}

/** The member of an object. */
export function findMember(object: Node | undefined, key: string): Node | undefined {
  return object?.kind === 'object' ? object.items.find((member) => member.key === key) : undefined
}

/** The elements of an array; none where the node is no array. */
export function elementsOf(array: Node | undefined): readonly Node[] {
  return array?.kind === 'array' ? array.items : []
}

/** The text of a string; undefined for anything else. */
export function findText(document: Document, node: Node | undefined): string | undefined {
  return node?.kind === 'string' ? decodeString(rawText(document, node)) : undefined
}

/** What JSON means by it; Kea's own trees hold the same. */
export function valueOf(document: Document, node: Node): unknown {
  switch (node.kind) {
    case 'object': {
      // No prototype: "__proto__" is a key like any other.
      const value = Object.create(null) as Record<string, unknown>
      for (const member of node.items) value[member.key ?? ''] = valueOf(document, member)
      return value
    }
    case 'array':
      return node.items.map((element) => valueOf(document, element))
    case 'string':
      return decodeString(rawText(document, node))
    case 'word':
      return JSON.parse(rawText(document, node)) as unknown
  }
}

function rawText(document: Document, {source, start, end}: Node): string {
  return document.sources[source]?.bytes.toString('utf8', start, end) ?? ''
}

/** A string token with its quotes. The lexer has seen that it is closed; an unknown escape stands for itself. */
export function decodeString(raw: string): string {
  if (!raw.includes('\\')) return raw.slice(1, -1)
  try {
    return JSON.parse(raw) as string
  } catch {
    return raw.slice(1, -1)
  }
}
