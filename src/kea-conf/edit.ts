// Changes of one document: items of objects and arrays taken out and added, values replaced. Gives splices for each file; what
// no splice names stays as it is. Adding something and removing it again gives back the original bytes: where commas and line
// ends go is chosen such that the removal can tell what came with the item.
import {joinSpans, lineStart, removalOf, type Span} from '../dhcpd-conf/layout.js'
import type {Splice} from '../dhcpd-conf/splice.js'
import {assert} from '../errors.js'
import {sourceOf, styleOf, type ContainerStyle} from './layout.js'
import {tokenKind, type Tokens} from './lexer.js'
import {isObject, renderInline, renderLines, renderScalar, type JsonObject, type JsonValue} from './render.js'
import type {Document, Node} from './tree.js'

/** A value, and whether an object among others that stand on one line each, or none, gets a line for each of its members. */
export type NewValue =
  {readonly value: JsonValue; readonly isTall?: boolean} | {readonly ownArray: readonly JsonObject[]; readonly isTall?: boolean}

/** What is added to an object (with a key) or an array (without). `ownArray` carries the note by which it is known as ours. */
export type NewItem = NewValue & {readonly key?: string}

export type ContainerEdit = {readonly remove: ReadonlySet<Node>; readonly add: readonly NewItem[]}

export type Edits = {
  /** By container: what leaves it and what joins it. */
  readonly items: ReadonlyMap<Node, ContainerEdit>
  readonly values: readonly {readonly node: Node; readonly value: JsonValue; readonly isTall?: boolean}[]
}

/** Marks an array that pxectl has added; it goes again with the last thing that pxectl put in it. */
const NOTE = ' /* added by pxectl */'

/** The splices that carry out the edits, by source. */
export function renderEdits(document: Document, {items, values}: Edits): Map<number, Splice[]> {
  const splices = new Map<number, Splice[]>()
  const put: Put = (source, splice) => {
    const known = splices.get(source)
    if (known === undefined) splices.set(source, [splice])
    else known.push(splice)
  }
  for (const {node, ...item} of values) {
    assert(node.source === node.endSource && node.parent !== undefined, 'a value that is replaced stands in one file')
    const text = renderValue(item, styleOf(document, node.parent))
    put(node.source, {start: node.start, end: node.end, text})
  }
  for (const [container, {remove, add}] of items) editContainer(document, container, remove, add, put)
  return splices
}

type Put = (source: number, splice: Splice) => void

function editContainer(document: Document, container: Node, remove: ReadonlySet<Node>, add: readonly NewItem[], put: Put): void {
  const {items} = container
  let kept = items.length
  while (kept > 0 && remove.has(items[kept - 1] as Node)) kept--
  const isTailRemoved = kept < items.length
  const hasTrailing = (items.at(-1)?.comma ?? -1) >= 0
  const lastKept = items[kept - 1]
  // What is removed at the end and has no comma behind it takes the one before it along, unless something takes its place.
  if (isTailRemoved && !hasTrailing && add.length === 0 && lastKept !== undefined) put(lastKept.commaSource, deletion(lastKept.comma))
  const removals = removeItems(document, remove.size === 0 ? [] : items.filter((item) => remove.has(item)), put)
  if (add.length === 0) return

  const {endSource: source, end: offset} = container
  const {bytes} = sourceOf(document, source)
  const style = styleOf(document, container)
  const texts = add.map((item) => renderItem(item, style))
  const anchor = anchorOf(document, container)
  if (lastKept !== undefined && !isTailRemoved && !hasTrailing) put(source, {start: anchor, end: anchor, text: ','})
  // A comma behind the last item is kept up: so the removal knows whether the item has brought a comma.
  const end = hasTrailing ? ',' : ''
  if (style.ownLine) {
    const at = lineStart(bytes, offset - 1)
    const lines = texts.map((text, index) => `${style.indent}${text}${index < texts.length - 1 ? ',' : end}${style.lineEnd}`)
    put(source, {start: at, end: at, text: lines.join('')})
  } else {
    const at = removals.reduce((most, removal) => (removal.source === source ? Math.max(most, removal.end) : most), anchor)
    put(source, {start: at, end: at, text: `${items.length === 0 ? '' : ' '}${texts.join(', ')}${end}`})
  }
}

const deletion = (comma: number): Splice => ({start: comma, end: comma + 1, text: ''})

/** Takes items out, with the comma behind each; gives the spans that went. */
function removeItems(document: Document, items: readonly Node[], put: Put): {source: number; start: number; end: number}[] {
  const bySource = new Map<number, Span[]>()
  for (const {fromSource, from, endSource, end, comma, commaSource, extraCommas} of items) {
    assert(fromSource === endSource, 'an item that is removed stands in one file')
    const {bytes} = sourceOf(document, endSource)
    const isNext = comma >= 0 && commaSource === endSource && /^\s*$/.test(bytes.toString('latin1', end, comma))
    if (comma >= 0 && !isNext) put(commaSource, deletion(comma))
    for (const extra of extraCommas ?? []) put(extra.source, deletion(extra.offset))
    const spans = bySource.get(endSource) ?? []
    spans.push({start: from, end: isNext ? comma + 1 : end})
    bySource.set(endSource, spans)
  }
  return [...bySource].flatMap(([source, spans]) => {
    const {bytes} = sourceOf(document, source)
    return joinSpans(bytes, spans).map((span) => {
      const {start, end} = removalOf(bytes, span)
      put(source, {start, end, text: ''})
      return {source, start, end}
    })
  })
}

/** Behind what stands last before the closing bracket, in the bracket's own file: an item, a comma, an include or the opening bracket. */
function anchorOf(document: Document, container: Node): number {
  const {tokens} = sourceOf(document, container.endSource)
  let token = tokenAt(tokens, container.end) - 1
  while (token >= 0 && (tokens.kinds[token] ?? 0) <= tokenKind.comment) token--
  return token < 0 ? 0 : (tokens.ends[token] ?? 0)
}

/** The token that ends at the offset. */
function tokenAt({ends, count}: Tokens, end: number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ends[middle] ?? 0) < end) low = middle + 1
    else high = middle
  }
  return low
}

function renderItem(item: NewItem, style: ContainerStyle): string {
  return `${item.key === undefined ? '' : `${renderScalar(item.key)}: `}${renderValue(item, style)}`
}

function renderValue(item: NewValue, {indent, unit, lineEnd, ownLine, isTall = item.isTall ?? false}: ContainerStyle): string {
  if ('ownArray' in item) {
    if (!ownLine) return `[${NOTE} ${item.ownArray.map(renderInline).join(', ')}]`
    const inner = `${indent}${unit}`
    const texts = item.ownArray.map(
      (object) => inner + (item.isTall === true ? renderLines(object, inner, unit, lineEnd) : renderInline(object)),
    )
    return `[${NOTE}${lineEnd}${texts.join(`,${lineEnd}`)}${lineEnd}${indent}]`
  }
  const {value} = item
  return ownLine && isTall && isObject(value) ? renderLines(value, indent, unit, lineEnd) : renderInline(value)
}

/** Did pxectl add this array, and is nothing but `items` in it? Then it goes with them. A comment of the user's keeps it. */
export function isOwnArray(document: Document, array: Node, items: ReadonlySet<Node>): boolean {
  const {source, start, endSource, end} = array
  if (array.kind !== 'array' || source !== endSource || array.items.some((item) => !items.has(item))) return false
  const {bytes, tokens} = sourceOf(document, source)
  let gapStart = start + 1 + NOTE.length
  if (bytes.toString('latin1', start + 1, gapStart) !== NOTE) return false
  // Between the items stand blanks and commas only.
  const gaps = [...array.items.map((item) => ({end: item.start, next: item.end})), {end: end - 1, next: 0}]
  return gaps.every((gap) => {
    for (let token = tokenAt(tokens, gapStart) + 1; (tokens.ends[token] ?? Infinity) <= gap.end; token++) {
      if (tokens.kinds[token] === tokenKind.comment || tokens.kinds[token] === tokenKind.include) return false
    }
    gapStart = gap.next
    return true
  })
}
