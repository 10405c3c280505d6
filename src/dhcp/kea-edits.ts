// Gathers what is to change in a Kea configuration, container by container, and gives the files with the changes in them.
import {applySplices} from '../dhcpd-conf/splice.js'
import {isOwnArray, renderEdits, type NewItem} from '../kea-conf/edit.js'
import type {JsonObject, JsonValue} from '../kea-conf/render.js'
import {findMember, type Document, type Node} from '../kea-conf/tree.js'
import {conflict} from './isc-conflicts.js'
import type {FileChange} from './server.js'

export class KeaEdits {
  private readonly document: Document
  private readonly items = new Map<Node, {remove: Set<Node>; add: NewItem[]}>()
  private readonly values: {node: Node; value: JsonValue; isTall?: boolean}[] = []
  /** Elements for an array of an object, by the name of the array. */
  private readonly elements = new Map<Node, Map<string, {objects: JsonObject[]; isTall: boolean}>>()

  constructor(document: Document) {
    this.document = document
  }

  replace(node: Node, value: JsonValue, isTall = false): void {
    this.refuseSplit(node)
    this.values.push({node, value, isTall})
  }

  addMember(object: Node, key: string, value: JsonValue): void {
    this.of(object).add.push({key, value})
  }

  remove(node: Node): void {
    this.refuseSplit(node)
    if (node.parent !== undefined) this.of(node.parent).remove.add(node)
  }

  /** Adds an object to the array `key` of `owner`, which is made where it is not there. */
  addElement(owner: Node, key: string, object: JsonObject, isTall: boolean): void {
    const arrays = this.elements.get(owner) ?? new Map<string, {objects: JsonObject[]; isTall: boolean}>()
    const array = arrays.get(key) ?? {objects: [], isTall}
    array.objects.push(object)
    this.elements.set(owner, arrays.set(key, array))
  }

  /** The files that change. */
  files(): FileChange[] {
    for (const [owner, arrays] of this.elements) for (const [key, array] of arrays) this.addTo(owner, key, array)
    // What pxectl has added goes with the last thing in it.
    for (const [array, {remove, add}] of [...this.items]) {
      if (array.kind !== 'array' || remove.size === 0 || add.length > 0 || !isOwnArray(this.document, array, remove)) continue
      this.items.delete(array)
      this.remove(array)
    }
    const bySource = renderEdits(this.document, {items: this.items, values: this.values})
    return [...bySource].flatMap(([source, splices]): FileChange[] => {
      const file = this.document.sources[source]
      if (file === undefined || splices.length === 0) return []
      const {path, bytes} = file
      if (this.document.sources.filter((other) => other.path === path).length > 1) {
        throw conflict(
          'DHCPD_CONF_BROKEN',
          `${path} is included more than once, so what changes in it would change in several places`,
          {file: path},
          ['write it out where it is included a second time'],
        )
      }
      const after = applySplices(bytes, splices)
      return after.equals(bytes) ? [] : [{path, before: bytes, after}]
    })
  }

  private addTo(owner: Node, key: string, {objects, isTall}: {objects: JsonObject[]; isTall: boolean}): void {
    const array = findMember(owner, key)
    if (array === undefined) this.of(owner).add.push({key, ownArray: objects, isTall})
    else for (const value of objects) this.of(array).add.push({value, isTall})
  }

  private of(container: Node): {remove: Set<Node>; add: NewItem[]} {
    const known = this.items.get(container) ?? {remove: new Set<Node>(), add: []}
    this.items.set(container, known)
    return known
  }

  private refuseSplit({fromSource, endSource}: Node): void {
    if (fromSource === endSource) return
    const path = this.document.sources[fromSource]?.path ?? ''
    throw conflict('DHCPD_CONF_BROKEN', `what is to change begins in ${path} and ends in another file that it includes`, {file: path}, [
      'write it in one file, and run this again',
    ])
  }
}
