// store-worker.ts as plain JavaScript in a temporary folder: fifty processes that each start a TypeScript loader take a minute.
import {mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import ts from 'typescript'
import {temporaryFolder} from '../support/temporary-folder.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const FOLDERS = ['src/net', 'src/system', 'src/hosts']

/** The path of a compiled worker, there until the test ends. */
export function compiledWorker(): string {
  const folder = temporaryFolder()
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}')
  const sources = FOLDERS.flatMap((name) => readdirSync(join(root, name)).map((file) => `${name}/${file}`))
  for (const source of [...sources, 'src/errors.ts', 'test/hosts/host-sample.ts', 'test/hosts/store-worker.ts']) compile(source, folder)
  return join(folder, 'test/hosts/store-worker.js')
}

function compile(source: string, folder: string): void {
  const target = join(folder, source.replace(/\.ts$/, '.js'))
  const options = {module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true}
  mkdirSync(dirname(target), {recursive: true})
  writeFileSync(target, ts.transpileModule(readFileSync(join(root, source), 'utf8'), {compilerOptions: options}).outputText)
}
