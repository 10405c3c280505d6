// Expected output as a readable file. UPDATE_FIXTURES=1 rewrites it and still fails the run, so that nobody updates by accident.
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'vitest'

const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url))

export function expectFixture(name: string, actual: string): void {
  const path = join(fixtures, name)
  const expected = existsSync(path) ? readFileSync(path, 'utf8') : ''
  if (process.env['UPDATE_FIXTURES'] === '1' && actual !== expected) {
    mkdirSync(dirname(path), {recursive: true})
    writeFileSync(path, actual)
    expect.fail(`fixtures/${name} was rewritten; look at the difference and run again`)
  }
  expect(actual).toBe(expected)
}

/** The same for a generated part of a document, between `<!-- name -->` and `<!-- /name -->`. */
export function expectSection(document: string, name: string, actual: string): void {
  const path = fileURLToPath(new URL(`../../${document}`, import.meta.url))
  const text = readFileSync(path, 'utf8')
  const [begin, end] = [`<!-- ${name} -->\n`, `\n<!-- /${name} -->`]
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)]
  if (process.env['UPDATE_FIXTURES'] === '1' && text.slice(from, to) !== actual) {
    writeFileSync(path, text.slice(0, from) + actual + text.slice(to))
    expect.fail(`${document} was rewritten; look at the difference and run again`)
  }
  expect(text.slice(from, to)).toBe(actual)
}
