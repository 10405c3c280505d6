// How a container is written, so that what is added looks like what stands there.
import {indentAt, lineEndOf, lineStart} from '../dhcpd-conf/layout.js'
import type {Document, Node, Source} from './tree.js'

export type ContainerStyle = {
  /** Its closing bracket stands on a line of its own; otherwise new items go on that line. */
  readonly ownLine: boolean
  /** Of its items. */
  readonly indent: string
  /** One more level. */
  readonly unit: string
  /** Its items, as far as they are objects, take several lines. */
  readonly isTall: boolean | undefined
  readonly lineEnd: string
}

export function sourceOf(document: Document, index: number): Source {
  const source = document.sources[index]
  if (source === undefined) throw new Error('a place names a file that was not read')
  return source
}

export function styleOf(document: Document, container: Node): ContainerStyle {
  const {bytes} = sourceOf(document, container.endSource)
  const bracket = container.end - 1
  const closing = indentAt(bytes, bracket)
  const base = closing ?? lineIndent(bytes, bracket)
  const neighbour = firstIndent(document, container)
  const unit = neighbour?.startsWith(base) === true && neighbour.length > base.length ? neighbour.slice(base.length) : unitOf(base, bytes)
  return {
    ownLine: closing !== undefined,
    indent: neighbour ?? base + unit,
    unit,
    isTall: areTall(document, container),
    lineEnd: lineEndOf(bytes),
  }
}

/** Few of many speak for all: an array may have 100,000 elements. */
const LOOKED_AT = 20

function firstIndent(document: Document, container: Node): string | undefined {
  const {bytes} = sourceOf(document, container.endSource)
  for (const {fromSource, from} of container.items.slice(0, LOOKED_AT)) {
    const indent = fromSource === container.endSource ? indentAt(bytes, from) : undefined
    if (indent !== undefined) return indent
  }
  return undefined
}

function areTall(document: Document, container: Node): boolean | undefined {
  const object = container.items.slice(0, LOOKED_AT).find((item) => item.kind === 'object' && item.items.length > 1)
  if (object === undefined || object.source !== object.endSource) return undefined
  const {bytes} = sourceOf(document, object.source)
  return bytes.subarray(object.start, object.end).includes(0x0a)
}

function lineIndent(bytes: Buffer, offset: number): string {
  const start = lineStart(bytes, offset)
  return /^[ \t]*/.exec(bytes.toString('latin1', start, offset))?.[0] ?? ''
}

function unitOf(base: string, bytes: Buffer): string {
  if (base !== '') return base.includes('\t') ? '\t' : base.length % 4 === 0 ? '    ' : '  '
  const indent = /\n([ \t]+)"/.exec(bytes.toString('latin1', 0, 20_000))?.[1]
  return indent === undefined || indent.length > 8 ? '  ' : indent
}
