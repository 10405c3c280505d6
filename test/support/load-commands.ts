// All commands with their flags, from the sources, as the manifest of the package has them.
import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {Plugin} from '@oclif/core'

export type LoadedCommands = Plugin['manifest']['commands'][string][]

const root = fileURLToPath(new URL('../..', import.meta.url))

export async function loadCommands(): Promise<LoadedCommands> {
  const pjson = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as ConstructorParameters<typeof Plugin>[0]['pjson']
  if (pjson === undefined) throw new Error('no package.json')
  pjson.oclif.commands = './commands'
  const plugin = new Plugin({isRoot: true, root, pjson, ignoreManifest: true})
  await plugin.load()
  return Object.values(plugin.manifest.commands)
}
