// What the package exports is a promise to scripts, and docs/library.md has all of it.
import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import * as library from '../../src/index.js'

test('docs/library.md names what is exported, and nothing else', () => {
  const document = readFileSync(fileURLToPath(new URL('../../docs/library.md', import.meta.url)), 'utf8')
  const table = document.slice(document.indexOf('| subject |'), document.indexOf('The names and types in this table'))
  const named = [...table.matchAll(/`(\w+)`/g)].map(([, name]) => name)
  expect(named.sort()).toEqual(Object.keys(library).sort())
})
