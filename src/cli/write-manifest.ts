// Build step: writes oclif.manifest.json, so that a command starts without loading all the others first.
import {writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {Plugin, settings} from '@oclif/core'

const root = fileURLToPath(new URL('../../..', import.meta.url))
settings.enableAutoTranspile = false
const plugin = new Plugin({isRoot: true, root, ignoreManifest: true, errorOnManifestCreate: true})
await plugin.load()
writeFileSync(`${root}/oclif.manifest.json`, `${JSON.stringify(plugin.manifest)}\n`)
