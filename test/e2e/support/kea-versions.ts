// Kea as newer Debian suites have it, beside the installed one: its packages with all that they need, down to the C library,
// unpacked into the cache of the tests. Nothing is installed. Signatures are checked by apt, with the keys of this Debian.
import {existsSync} from 'node:fs'
import {chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {downloadPackages} from './debian-suite.js'
import {projectFolder} from './program.js'
import {mustRun} from './programs.js'

export type KeaSuite = 'bookworm' | 'trixie' | 'sid'

const CACHE = join(projectFolder, 'node_modules/.cache/pxectl-e2e')

/** A folder with a `kea-dhcp4` of that suite, for PATH; undefined: the installed one is of this suite. */
export async function keaOf(suite: KeaSuite): Promise<string | undefined> {
  if (suite === 'bookworm') return undefined
  const folder = join(CACHE, `kea-${suite}`)
  if (!existsSync(folder)) await unpackKea(suite, folder)
  return join(folder, 'path')
}

async function unpackKea(suite: KeaSuite, target: string): Promise<void> {
  console.log(`downloading Kea of Debian ${suite}`)
  await mkdir(CACHE, {recursive: true})
  const folder = await mkdtemp(`${target}-`)
  try {
    for (const archive of await downloadPackages({suite, name: 'kea-dhcp4-server'}, join(folder, 'apt')))
      await mustRun(['dpkg-deb', '-x', archive, folder])
    for (const name of ['apt', 'usr/share', 'etc', 'var']) await rm(join(folder, name), {recursive: true, force: true})
    await writeStarter(folder, target)
    await rename(folder, target)
  } catch (error) {
    await rm(folder, {recursive: true, force: true})
    throw error
  }
}

/** Kea is started by its own loader, which has its name, because the process has the name of what was started. */
async function writeStarter(folder: string, target: string): Promise<void> {
  const libraries = join('usr/lib', (await mustRun(['gcc', '-print-multiarch'])).trim())
  const loader = (await readdir(join(folder, libraries))).find((name) => /^ld-linux.*\.so\.\d+$/.test(name))
  if (loader === undefined) throw new Error(`there is no loader of programs in ${libraries} of these packages`)
  for (const name of ['loader', 'path']) await mkdir(join(folder, name))
  await copyFile(join(folder, libraries, loader), join(folder, 'loader/kea-dhcp4'))
  const words = [join(target, 'loader/kea-dhcp4'), '--library-path', join(target, libraries), join(target, 'usr/sbin/kea-dhcp4')]
  await writeFile(join(folder, 'path/kea-dhcp4'), `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(' ')} "$@"\n`)
  for (const name of ['loader', 'path']) await chmod(join(folder, name, 'kea-dhcp4'), 0o755)
}
