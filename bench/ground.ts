// Where everything is measured: a temporary folder with a copy of the built program, a lab, and the workers. The copy is
// there because somebody may rebuild dist/ meanwhile; the workers run in plain node, as the program does, not in tsx.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import ts from 'typescript'
import {exec} from '../src/system/exec.js'
import {compileC} from './c-programs.js'
import {WrongBytes} from './contest.js'

export type Ground = {
  readonly folder: string
  /** The built bin.js. */
  readonly bin: string
  /** The URL of dist/src/, from which workers import. */
  readonly distUrl: string
  /** The pxectl.ini of a lab without hosts on loopback. */
  readonly config: string
  readonly tftpRoot: string
  /** The JavaScript of bench/workers/NAME.ts. */
  worker(name: string): string
  /** The program made of bench/load/NAME.c. Throws PeerMissing without a C compiler. */
  cProgram(name: string): string
  close(): void
}

const root = fileURLToPath(new URL('..', import.meta.url))

export async function openGround(): Promise<Ground> {
  if (!existsSync(join(root, 'dist/src/cli/bin.js'))) throw new Error('dist/ is missing: npm run build')
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pxectl-bench-')))
  try {
    // in.tftpd and atftpd serve as the user nobody.
    chmodSync(folder, 0o755)
    const program = join(folder, 'program')
    mkdirSync(program)
    for (const name of ['dist', 'package.json', 'oclif.manifest.json']) cpSync(join(root, name), join(program, name), {recursive: true})
    symlinkSync(join(root, 'node_modules'), join(program, 'node_modules'))
    const bin = join(program, 'dist/src/cli/bin.js')
    const lab = join(folder, 'lab')
    const cPrograms = new Map<string, string>()
    const made = await exec({file: process.execPath, args: [bin, 'init', lab, '--defaults'], cwd: folder})
    if (made.exitCode !== 0) throw new Error(`pxectl init failed: ${made.stderr}`)
    return {
      folder,
      bin,
      distUrl: pathToFileURL(join(program, 'dist/src/')).href,
      config: join(lab, 'pxectl.ini'),
      tftpRoot: join(lab, 'tftpboot'),
      worker: (name) => compileWorker(name, folder),
      cProgram: (name) => {
        const program = cPrograms.get(name) ?? compileC(name, folder)
        cPrograms.set(name, program)
        return program
      },
      close: () => rmSync(folder, {recursive: true, force: true}),
    }
  } catch (error) {
    rmSync(folder, {recursive: true, force: true})
    throw error
  }
}

function compileWorker(name: string, folder: string): string {
  const path = join(folder, `${name}.mjs`)
  const source = readFileSync(join(root, 'bench/workers', `${name}.ts`), 'utf8')
  const {outputText} = ts.transpileModule(source, {compilerOptions: {module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023}})
  writeFileSync(path, outputText)
  return path
}

/** Runs a worker to its end and gives the JSON that it prints. */
export async function runWorker(worker: string, task: unknown): Promise<unknown> {
  const finished = await exec({file: process.execPath, args: [worker, JSON.stringify(task)], timeoutMs: 120_000})
  if (finished.stderr.includes('wrong bytes')) throw new WrongBytes(finished.stderr.trim().slice(-500))
  if (finished.exitCode !== 0) throw new Error(finished.timedOut ? `${worker}: no end after 120 s` : finished.stderr.trim().slice(-500))
  return JSON.parse(finished.stdout)
}
