// One YAML file of a lab with the places of all its parts. Values stay as they are written where YAML would read a number out of
// them that is another text (a MAC address without colons).
import {isMap, isScalar, LineCounter, parseDocument, visit, type Document, type Node, type Scalar} from 'yaml'
import type {LabFileProblem, Place} from './problem.js'

/** Keys and indices from the top. */
export type Path = readonly (string | number)[]

export type LabDocument = {
  readonly file: string
  readonly problems: readonly LabFileProblem[]
  /** The file as plain data. */
  readonly value: () => unknown
  /** Where the part at this path stands; the nearest part that is there for one that is not. */
  readonly placeOf: (path: Path) => Place
  /** Where the key at the end of this path stands. */
  readonly placeOfKey: (path: Path) => Place
  /** Every text value, with where it stands: what is given back takes its place; undefined takes it away, with its key. */
  readonly replaceTexts: (replace: (text: string, path: Path, place: Place) => string | undefined) => void
}

export function parseLabDocument(file: string, text: string): LabDocument {
  const lines = new LineCounter()
  const document = parseDocument(text, {lineCounter: lines, prettyErrors: false})
  const at = (offset: number): Place => {
    const {line, col} = lines.linePos(offset)
    return {file, line, column: col}
  }
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'number' && node.source !== undefined && String(node.value) !== node.source) node.value = node.source
    },
  })
  const placeOf = (path: Path): Place => {
    for (let length = path.length; length >= 0; length--) {
      const node = nodeAt(document, path.slice(0, length))
      if (node?.range) return at(node.range[0])
    }
    return {file, line: 1, column: 1}
  }
  return {
    file,
    problems: document.errors.map((error) => ({...at(error.pos[0]), message: error.message})),
    value: () => document.toJS() as unknown,
    placeOf,
    placeOfKey: (path) => {
      const parent = nodeAt(document, path.slice(0, -1))
      const pair = isMap(parent) ? parent.items.find(({key}) => isScalar(key) && String(key.value) === String(path.at(-1))) : undefined
      return isScalar(pair?.key) && pair.key.range ? at(pair.key.range[0]) : placeOf(path)
    },
    replaceTexts: (replace) => replaceScalars(document, (node, path) => replace(String(node.value), path, placeOf(path))),
  }
}

function nodeAt(document: Document, path: Path): Node | undefined {
  const node = path.length === 0 ? document.contents : (document.getIn(path, true) as unknown)
  return typeof node === 'object' && node !== null ? (node as Node) : undefined
}

/** Keys are names and are left alone. */
function replaceScalars(document: Document, replace: (node: Scalar, path: Path) => string | undefined): void {
  const replaced = (node: Scalar, path: Path): symbol | undefined => {
    const after = replace(node, path)
    if (after === undefined) return visit.REMOVE
    if (after !== node.value) node.value = after
    return undefined
  }
  visit(document, {
    Pair: (_, pair, ancestors) => {
      if (!isScalar(pair.value) || typeof pair.value.value !== 'string') return undefined
      return replaced(pair.value, pathOf('value', [...ancestors, pair])) ?? visit.SKIP
    },
    Scalar: (key, node, ancestors) => (typeof node.value === 'string' ? replaced(node, pathOf(key, ancestors)) : undefined),
  })
}

function pathOf(last: number | string | null, ancestors: readonly unknown[]): Path {
  const path: (string | number)[] = []
  for (const [index, ancestor] of ancestors.entries()) {
    const child = ancestors[index + 1]
    if (typeof ancestor !== 'object' || ancestor === null) continue
    if ('key' in ancestor && isScalar(ancestor.key)) path.push(String(ancestor.key.value))
    else if ('items' in ancestor && !isMap(ancestor)) {
      const position = child === undefined ? last : (ancestor.items as unknown[]).indexOf(child)
      if (typeof position === 'number') path.push(position)
    }
  }
  return path
}
