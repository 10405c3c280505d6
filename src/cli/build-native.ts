// Build step: compiles the addons of native/: batch-udp, with which TFTP sends and receives many datagrams for one system call, and
// http-front, which answers plain HTTP requests. They are a bonus: where they cannot be had (another system, no compiler, no
// headers) the build goes on, and plain Node does their work.
import {existsSync, mkdirSync, renameSync, rmSync} from 'node:fs'
import {homedir} from 'node:os'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {messageOf, PxectlError} from '../errors.js'
import {exec} from '../system/exec.js'

/** What came of it. `skipped`: the machine lacks what it takes; `failed`: it has that, and yet there is no addon that works. */
export type NativeBuild =
  {readonly kind: 'built'; readonly compiler: string} | {readonly kind: 'skipped' | 'failed'; readonly reason: string}

export type NativeBuildOptions = {
  readonly source: string
  /** Where the addon goes; an old one there is removed, even if no new one can be made. */
  readonly target: string
  /** Default: that of this process. `CC` and `npm_config_nodedir` are looked at. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** What a child Node does with the new `addon`: a crash there is a reason, here it would end the build. */
  readonly selfCheck?: string
}

/** The addons, and what tries each. */
export const addons: Readonly<Record<string, Pick<NativeBuildOptions, 'selfCheck'>>> = {
  'batch-udp': {
    selfCheck: `
      const area = {slots: new Uint8Array(2048), keys: new Float64Array(1), lengths: new Uint32Array(1)}
      addon.close(addon.open('0.0.0.0', 0, -1, area, () => {}))`,
  },
  'http-front': {selfCheck: "addon.close(addon.open('127.0.0.1', 0, -1, 1, 0, () => {}, () => {}))"},
}

/** Compiles the addon and tries it in a Node of its own. Never throws for what the machine lacks. */
export async function buildNative({source, target, environment = process.env, selfCheck = ''}: NativeBuildOptions): Promise<NativeBuild> {
  if (process.platform !== 'linux') return {kind: 'skipped', reason: `recvmmsg, sendmmsg and epoll are Linux, this is ${process.platform}`}
  const include = headerFolders(environment).find((folder) => existsSync(join(folder, 'node_api.h')))
  if (include === undefined) return {kind: 'skipped', reason: 'no headers of Node.js (node_api.h)'}
  rmSync(target, {force: true})
  mkdirSync(dirname(target), {recursive: true})
  const candidate = `${target}.new.node`
  try {
    const result = await compile(compilers(environment), ['-I', include, '-o', candidate, source])
    if (result.kind === 'built') {
      const failure = await tryAddon(candidate, selfCheck)
      if (failure !== undefined) return {kind: 'failed', reason: `the addon does not work here: ${failure}`}
      renameSync(candidate, target)
    }
    return result
  } finally {
    rmSync(candidate, {force: true})
  }
}

function headerFolders(environment: NonNullable<NativeBuildOptions['environment']>): string[] {
  const nodedir = environment['npm_config_nodedir']
  return [
    join(dirname(process.execPath), '../include/node'),
    ...(nodedir === undefined ? [] : [join(nodedir, 'include/node')]),
    join(homedir(), '.cache/node-gyp', process.versions.node, 'include/node'),
    '/usr/include/node',
    '/usr/include/nodejs/src',
  ]
}

function compilers({CC}: NonNullable<NativeBuildOptions['environment']>): string[] {
  return [...(CC === undefined || CC.trim() === '' ? [] : [CC.trim()]), 'cc', 'gcc', 'clang']
}

/** The first compiler that there is decides. */
async function compile(commands: readonly string[], args: readonly string[]): Promise<NativeBuild> {
  for (const compiler of commands) {
    // CC may be several words: ccache gcc.
    const [file = '', ...own] = compiler.split(/\s+/)
    try {
      const finished = await exec({file, args: [...own, '-std=gnu11', '-O2', '-shared', '-fPIC', '-Wall', '-Wextra', ...args]})
      if (finished.exitCode === 0) return {kind: 'built', compiler}
      return {kind: 'failed', reason: `${compiler} failed: ${firstError(finished.stderr)}`}
    } catch (error) {
      if (!(error instanceof PxectlError)) throw error
    }
  }
  return {kind: 'skipped', reason: `no C compiler (${commands.join(', ')})`}
}

async function tryAddon(addon: string, selfCheck: string): Promise<string | undefined> {
  const program = `const addon = require(process.argv[1]); addon.check(); ${selfCheck}`
  const finished = await exec({file: process.execPath, args: ['-e', program, addon], timeoutMs: 20_000})
  return finished.exitCode === 0 ? undefined : (finished.signal ?? firstError(finished.stderr))
}

/** The line that matters, of a compiler's or of Node's output. */
function firstError(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.find((line) => /error/i.test(line)) ?? lines[0] ?? 'no output'
}

async function main(root: string): Promise<void> {
  for (const [name, addon] of Object.entries(addons)) {
    const target = `dist/native/${name}.node`
    const result = await buildNative({source: join(root, `native/${name}.c`), target: join(root, target), ...addon}).catch(
      (error: unknown): NativeBuild => ({kind: 'failed', reason: messageOf(error)}),
    )
    console.log(
      result.kind === 'built'
        ? `${target}: made with ${result.compiler}`
        : `${target}: not made, plain Node does its work (${result.reason})`,
    )
  }
}

// Not where a test imports it.
if (process.argv[1]?.endsWith('/build-native.js') === true) {
  await main(fileURLToPath(new URL('../../..', import.meta.url)))
}
