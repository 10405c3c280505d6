// Build step: writes the manual pages from oclif.manifest.json, which says what the commands are.
import {mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import type {Command} from '@oclif/core'
import {commandFacts} from './command-facts.js'
import {manualPages} from './manual-page.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const read = (name: string): unknown => JSON.parse(readFileSync(`${root}/${name}`, 'utf8'))
const manifest = read('oclif.manifest.json') as {commands: Record<string, Command.Cached>}
const about = read('package.json') as {version: string; description: string; oclif: {topics: Record<string, {description: string}>}}
const pages = manualPages({
  version: about.version,
  summary: about.description,
  commands: commandFacts(Object.values(manifest.commands)),
  topics: new Map(Object.entries(about.oclif.topics).map(([name, {description}]) => [name, description])),
})
rmSync(`${root}/man`, {recursive: true, force: true})
mkdirSync(`${root}/man`)
for (const [name, text] of pages) writeFileSync(`${root}/man/${name}`, text)
