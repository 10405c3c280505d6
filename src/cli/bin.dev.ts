// Development entry (npm run dev): runs the TypeScript in commands/ and src/ directly, never dist/.
//
// oclif can redirect dist/ to sources by itself, but it guesses from tsconfig.json and falls back to a stale dist/
// without a word. So the guess is turned off, a leftover manifest is ignored, and we say where the commands are.
import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {Config, execute, Plugin, settings} from '@oclif/core'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pjson = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
pjson.oclif.commands = './commands'
pjson.oclif.hooks = {command_not_found: './src/cli/command-not-found.ts'}
settings.enableAutoTranspile = false
const plugin = new Plugin({isRoot: true, root, pjson, ignoreManifest: true})
await plugin.load()
const config = new Config({root, pjson, plugins: new Map([[plugin.name, plugin]])})
await config.load()
await execute({loadOptions: config})
