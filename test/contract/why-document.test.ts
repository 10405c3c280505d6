// docs/why.md has every finding with its cause and every text of a screen; and every finding is met end to end.
import {readdirSync, readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {catalogue, findByScreen, findingCodes} from '../../src/timeline/catalogue.js'

const document = readFileSync(fileURLToPath(new URL('../../docs/why.md', import.meta.url)), 'utf8')

test('every finding is in the document, with its cause and all screen texts', () => {
  const missing = findingCodes.flatMap((code) => {
    const {title, cause, screen} = catalogue[code]
    return [`### ${code}: ${title}`, `Cause: ${cause}.`, ...screen.map((text) => `\`${text}\``)].filter((text) => !document.includes(text))
  })
  expect(missing).toEqual([])
})

test('every finding has an end-to-end case that makes its fault and names it', () => {
  const folder = fileURLToPath(new URL('../e2e/', import.meta.url))
  const cases = readdirSync(folder)
    .filter((name) => name.endsWith('.e2e.ts'))
    .map((name) => readFileSync(folder + name, 'utf8'))
  expect(findingCodes.filter((code) => !cases.some((text) => text.includes(`'${code}'`)))).toEqual([])
})

test.each([
  ['PXE-E32', ['loader-not-fetched', 'tftp-unanswered']],
  ['pxe-e53', ['foreign-offer', 'no-filename', 'virtualbox-nat']],
  ['PXE-E53: No boot filename received.', ['foreign-offer', 'no-filename', 'virtualbox-nat']],
  ['krtld: error during initial load/link phase', ['initrd-missing', 'root-silent']],
  ['failed to load ldlinux', ['ldlinux-missing']],
  ['no such text', []],
  ['', []],
])('the screen says %s', (text, codes) => {
  expect(findByScreen(text)).toEqual(codes)
})
