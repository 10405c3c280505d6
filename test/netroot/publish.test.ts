// The last step of a build can be interrupted anywhere: whatever is done already, the next run does the rest.
import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {existsSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {finishPublishing, isPublishing, publish, type RemoveFolder} from '../../src/netroot/publish.js'
import type {FsPlaces} from '../../src/netroot/places.js'

let places: FsPlaces
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pxectl-publish-'))
  places = {directory: join(folder, 'roots'), tftpRoot: join(folder, 'tftpboot'), state: folder}
  await mkdir(places.tftpRoot)
})
afterEach(() => rm(places.state, {recursive: true, force: true}))

const remove: RemoveFolder = (path) => rm(path, {recursive: true, force: true})

async function build(version: string): Promise<void> {
  const partial = join(places.directory, 'a.partial')
  await mkdir(join(partial, 'out'), {recursive: true})
  await mkdir(join(partial, 'tree'))
  await writeFile(join(partial, 'root.json'), version)
  await writeFile(join(partial, 'out/vmlinuz'), version)
}

const all = async (): Promise<string[]> =>
  [
    ...(await readdir(places.directory)).map((name) => `roots/${name}`),
    ...(await readdir(places.tftpRoot)).map((name) => `tftpboot/${name}`),
  ].sort()
const versions = async (): Promise<string[]> => [
  await readFile(join(places.directory, 'a/root.json'), 'utf8'),
  await readFile(join(places.tftpRoot, 'a/vmlinuz'), 'utf8'),
]

test('a new root, and one that replaces another', async () => {
  await build('1')
  await publish(places, 'a', remove)
  expect(await versions()).toEqual(['1', '1'])
  await build('2')
  await publish(places, 'a', remove)
  expect(await versions()).toEqual(['2', '2'])
  expect(await all()).toEqual(['roots/a', 'tftpboot/a'])
  expect(await readdir(join(places.directory, 'a'))).toEqual(['root.json', 'tree'])
  expect(await isPublishing(places, 'a')).toBe(false)
})

test('a build without the marker is none', async () => {
  await build('1')
  expect(await isPublishing(places, 'a')).toBe(false)
  await finishPublishing(places, 'a', remove)
  expect(existsSync(join(places.directory, 'a'))).toBe(false)
})

/** `remove` is called between the moves: it fails at its nth call, as if the process had been killed there. */
test.each([1, 2, 3, 4, 5])('interrupted at removal %s, it is carried on', async (nth) => {
  await build('1')
  await publish(places, 'a', remove)
  await build('2')
  let calls = 0
  const killed: RemoveFolder = async (path) => {
    if (++calls === nth) throw new Error('killed')
    await remove(path)
  }
  await publish(places, 'a', killed).catch((error: unknown) => expect(String(error)).toContain('killed'))
  if (await isPublishing(places, 'a')) await finishPublishing(places, 'a', remove)
  expect(await versions()).toEqual(['2', '2'])
  expect(await all()).toEqual(['roots/a', 'tftpboot/a'])
})

test.each([
  ['after the files were moved to the TFTP root', ['out'], 'tftpboot/.a.new/vmlinuz'],
  ['in the middle of copying them to another disk', [], 'tftpboot/.a.new.partial/vmlinuz'],
])('killed %s', async (_, moved, extra) => {
  await build('2')
  await writeFile(join(places.directory, 'a.partial/publishing'), '')
  const path = join(places.state, extra)
  await mkdir(join(path, '..'), {recursive: true})
  await writeFile(path, moved.length > 0 ? '2' : 'hal')
  for (const name of moved) await remove(join(places.directory, 'a.partial', name))
  await finishPublishing(places, 'a', remove)
  expect(await versions()).toEqual(['2', '2'])
})
