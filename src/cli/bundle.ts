// Build step: bundles the program's entry points in place, which halves the CPU time of every start: hundreds of small
// files (most of them @oclif/core's) become one per command and the chunks they share. The library (dist/src/index.js and what it
// imports) stays as tsc made it. What is loaded on demand stays a package of its own.
import {readdirSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {build, type Plugin} from 'esbuild'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const ON_DEMAND = [
  'libsql',
  'pg',
  'execa',
  'listr2',
  'log-update',
  '@inquirer/prompts',
  'yaml',
  'csv-parse',
  'csv-stringify',
  'diff',
  'tar-stream',
  'typescript',
  'ts-node',
]

/** @oclif/core asks at every start whether it runs in WSL, only to open a browser there, which pxectl never does. */
const withoutWsl: Plugin = {
  name: 'without-wsl',
  setup: (bundle) => {
    bundle.onResolve({filter: /^wsl-utils$/}, ({path}) => ({path, namespace: 'without-wsl'}))
    bundle.onLoad({filter: /.*/, namespace: 'without-wsl'}, () => ({
      contents: 'export const isWsl = false; export const powerShellPath = undefined',
    }))
  },
}

const commands = readdirSync(`${root}/dist/commands`, {recursive: true, encoding: 'utf8'}).filter((name) => name.endsWith('.js'))
await build({
  absWorkingDir: root,
  entryPoints: ['dist/src/cli/bin.js', 'dist/src/cli/command-not-found.js', ...commands.map((name) => `dist/commands/${name}`)],
  outdir: 'dist',
  outbase: 'dist',
  allowOverwrite: true,
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  chunkNames: 'chunks/[name]-[hash]',
  external: ON_DEMAND.flatMap((name) => [name, `${name}/*`]),
  plugins: [withoutWsl],
  // Whitespace costs reading; names stay, because people send us stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'linked',
  logLevel: 'warning',
  // CommonJS packages in an ES module still call require.
  banner: {js: "import {createRequire as createRequireOfBundle} from 'node:module';const require=createRequireOfBundle(import.meta.url);"},
})
