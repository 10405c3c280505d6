// Adding and removing gives back the original bytes; an edit changes what it says and leaves all other bytes alone.
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {applySplices} from '../../src/dhcpd-conf/splice.js'
import {isOwnArray, renderEdits, type ContainerEdit, type NewItem} from '../../src/kea-conf/edit.js'
import {findMember, valueOf, type Document, type Node} from '../../src/kea-conf/tree.js'
import {nodesOf, parsed, samples} from './samples.js'

function edited(bytes: Buffer | string, edit: (root: Node, document: Document) => [Node, Partial<ContainerEdit>][]): Buffer {
  const document = parsed(bytes)
  const edits = edit(document.root, document).map(([node, {remove = new Set<Node>(), add = []}]) => [node, {remove, add}] as const)
  return applySplices(Buffer.from(bytes), renderEdits(document, {items: new Map(edits), values: []}).get(0) ?? [])
}

const host = (name: string): NewItem => ({value: {hostname: name, 'user-context': {pxectl: {managed: true}}}})

/** The containers of a document, by number: the same ones are found again after an edit within them. */
const containers = (root: Node): Node[] => nodesOf(root).filter(({kind}) => kind === 'object' || kind === 'array')

const newItems = (container: Node, count: number): NewItem[] =>
  Array.from({length: count}, (_, index) =>
    container.kind === 'array' ? host(`new${index}`) : {key: `pxectl-${index}`, value: {a: 1, b: [true]}, isTall: index % 2 === 0},
  )

const isNew = (node: Node, document: Document): boolean =>
  node.key?.startsWith('pxectl-') === true || JSON.stringify(valueOf(document, node)).startsWith('{"hostname":"new')

describe.each(samples)('$name', ({bytes}) => {
  const count = containers(parsed(bytes).root).length

  test('what is added to a container and removed again leaves no trace', () => {
    for (let index = 0; index < count; index++) {
      for (const added of [1, 3]) {
        const at = (root: Node): Node => containers(root)[index] as Node
        const more = edited(bytes, (root) => [[at(root), {add: newItems(at(root), added)}]])
        expect(at(parsed(more).root).items).toHaveLength(at(parsed(bytes).root).items.length + added)
        const less = edited(more, (root, document) => [
          [at(root), {remove: new Set(at(root).items.filter((item) => isNew(item, document)))}],
        ])
        expect(less.toString('latin1')).toBe(bytes.toString('latin1'))
        // One by one, the first added first.
        let step = more
        for (let round = 0; round < added; round++)
          step = edited(step, (root, document) => [
            [
              at(root),
              {
                remove: new Set(
                  at(root)
                    .items.filter((item) => isNew(item, document))
                    .slice(0, 1),
                ),
              },
            ],
          ])
        expect(step.toString('latin1')).toBe(bytes.toString('latin1'))
      }
    }
  })

  test('any items may leave while others come: the rest is what it was', () => {
    fc.assert(
      fc.property(fc.nat(count - 1), fc.infiniteStream(fc.boolean()), fc.nat(2), (index, choices, added) => {
        let expected: unknown
        const after = edited(bytes, (root, document) => {
          const container = containers(root)[index] as Node
          const leaving = new Set(container.items.filter(() => choices.next().value as boolean))
          const add = newItems(container, added)
          expected = [
            ...container.items.filter((item) => !leaving.has(item)).map((item) => [item.key, valueOf(document, item)]),
            ...add.map((item) => [item.key, (item as {value: unknown}).value]),
          ]
          return [[container, {remove: leaving, add}]]
        })
        const document = parsed(after)
        const container = containers(document.root)[index] as Node
        // Containers within those that left are gone: only the one that was edited is looked at, and it stands at the same number.
        expect(JSON.stringify(container.items.map((item) => [item.key, valueOf(document, item)]))).toBe(JSON.stringify(expected))
      }),
      {numRuns: 60},
    )
  })
})

describe('how it looks', () => {
  const check = (before: string, add: readonly NewItem[], after: string): void => {
    const list = (root: Node): Node => findMember(root, 'list') as Node
    expect(edited(before, (root) => [[list(root), {add}]]).toString()).toBe(after)
  }

  test('as its neighbours do', () => {
    const one: NewItem = {value: {a: 1, b: 2}}
    check('{"list": [{"a": 1}]}', [one], '{"list": [{"a": 1}, {"a": 1, "b": 2}]}')
    check('{"list": []}', [one], '{"list": [{"a": 1, "b": 2}]}')
    check('{\n  "list": [\n  ]\n}', [one], '{\n  "list": [\n    {"a": 1, "b": 2}\n  ]\n}')
    check('{\n\t"list": [\n\t\t1 // one\n\t]\n}', [one], '{\n\t"list": [\n\t\t1, // one\n\t\t{"a": 1, "b": 2}\n\t]\n}')
    check('{"list": [\n 1,\n]}', [one], '{"list": [\n 1,\n {"a": 1, "b": 2},\n]}')
    check(
      '{"list": [\n   {\n     "x": 1,\n     "y": 2\n   }\n ]}',
      [one],
      '{"list": [\n   {\n     "x": 1,\n     "y": 2\n   },\n   {\n     "a": 1,\n     "b": 2\n   }\n ]}',
    )
  })

  test('an array of our own is known again, unless the user has written in it', () => {
    const before = '{\n  "a": 1\n}\n'
    const more = edited(before, (root) => [[root, {add: [{key: 'list', ownArray: [{b: 2}, {c: 3}]}]}]])
    expect(more.toString()).toBe('{\n  "a": 1,\n  "list": [ /* added by pxectl */\n    {"b": 2},\n    {"c": 3}\n  ]\n}\n')
    const isOwn = (text: string, kept = 0): boolean => {
      const document = parsed(text)
      const list = findMember(document.root, 'list') as Node
      return isOwnArray(document, list, new Set(list.items.slice(kept)))
    }
    expect(isOwn(more.toString())).toBe(true)
    expect(isOwn(more.toString(), 1)).toBe(false)
    expect(isOwn(more.toString().replace('3}', '3} // mine'))).toBe(false)
    expect(isOwn(more.toString().replace('3}', '/* within */ 3}'))).toBe(true)
    expect(isOwn(more.toString().replace(' /* added by pxectl */', ''))).toBe(false)
  })

  test('behind an include, in the file that includes', () => {
    const add = (included: string): string => {
      const document = parsed('{"list": [\n  <?include "/x"?> # theirs\n]}', {'/x': included})
      const list = findMember(document.root, 'list') as Node
      const splices = renderEdits(document, {items: new Map([[list, {remove: new Set<Node>(), add: [{value: 3}]}]]), values: []})
      expect([...splices.keys()]).toEqual([0])
      const after = applySplices(document.sources[0]?.bytes ?? Buffer.alloc(0), splices.get(0) ?? []).toString()
      const again = parsed(after, {'/x': included})
      return JSON.stringify(valueOf(again, again.root))
    }
    expect(add('1, 2')).toBe('{"list":[1,2,3]}')
    expect(add('1, 2,\n')).toBe('{"list":[1,2,3]}')
    expect(add('// nothing\n')).toBe('{"list":[3]}')
  })
})
