// Packages of another Debian suite than the installed one, downloaded into a folder. Signatures are checked by apt, with the keys of this Debian.
import {mkdir, readdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {mustRun} from './programs.js'

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** With a package database that says that nothing is installed, apt gets everything that the package needs. Gives the archives. */
export async function downloadPackages({suite, name}: {readonly suite: string; readonly name: string}, folder: string): Promise<string[]> {
  const path = (part: string): string => join(folder, part)
  for (const part of ['lists/partial', 'cache/archives/partial']) await mkdir(path(part), {recursive: true})
  await writeFile(path('status'), '')
  await writeFile(
    path('list.sources'),
    `Types: deb\nURIs: ${await debianMirror()}\nSuites: ${suite}\nComponents: main\nSigned-By: ${KEYRING}\n`,
  )
  const settings = {
    'Dir::Etc::sourcelist': path('list.sources'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': path('lists'),
    'Dir::State::status': path('status'),
    'Dir::Cache': path('cache'),
    'APT::Install-Recommends': 'false',
    'APT::Sandbox::User': 'root',
    'Acquire::Retries': '3',
  }
  const apt = ['apt-get', '-qq', ...Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])]
  await mustRun([...apt, 'update'], {timeoutMs: 600_000})
  await mustRun([...apt, 'install', '-y', '--download-only', name], {timeoutMs: 600_000})
  const archives = await readdir(path('cache/archives'))
  return archives.filter((file) => file.endsWith('.deb')).map((file) => join(path('cache/archives'), file))
}

/** The Debian mirror that this machine uses. */
export async function debianMirror(): Promise<string> {
  const targets = ['apt-get', 'indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages', 'Component: main']
  const mirror = (await mustRun(targets)).split('\n').find((uri) => /\/debian\/?$/.test(uri))
  if (mirror === undefined) throw new Error('apt names no mirror of Debian whose address ends with /debian: see apt-get indextargets')
  return mirror
}
