// The program under test is the built one, as a user gets it: `node dist/src/cli/bin.js`.
import {readdir, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {mustRun} from './programs.js'

export const projectFolder = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')

/** The words that start pxectl. */
export const pxectlCommand: readonly string[] = [process.execPath, join(projectFolder, 'dist/src/cli/bin.js')]

/** Builds the program where it is missing or older than its sources. */
export async function buildProgram(): Promise<void> {
  const built = await stat(join(projectFolder, 'dist/src/cli/bin.js')).catch(() => undefined)
  if (built !== undefined && built.mtimeMs >= (await newestSource())) return
  console.log('building pxectl')
  await mustRun(['npm', 'run', 'build'], {cwd: projectFolder, timeoutMs: 900_000})
}

async function newestSource(): Promise<number> {
  const names = ['package.json', 'tsconfig.json']
  for (const folder of ['src', 'commands']) {
    const found = await readdir(join(projectFolder, folder), {recursive: true, withFileTypes: true})
    names.push(
      ...found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(projectFolder.length + 1)),
    )
  }
  const times = await Promise.all(names.map(async (name) => (await stat(join(projectFolder, name))).mtimeMs))
  return Math.max(...times)
}
