import {execFileSync} from 'node:child_process'
import {mkdir, mkdtemp, open, readdir, rename, rm, symlink, truncate, utimes, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {bytesFile, firstSource, type BootFile, type BootFileSource} from '../../src/bootfiles/boot-file.js'
import {openTree} from '../../src/bootfiles/resolve.js'
import {CHUNK_BYTES} from '../../src/bootfiles/tree-file.js'

let folder: string
let root: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pxectl-bootfiles-'))
  root = join(folder, 'tftpboot')
  await mkdir(join(root, 'pxelinux.cfg'), {recursive: true})
  await writeFile(join(root, 'pxelinux.cfg', 'default'), 'default linux\n')
  await writeFile(join(folder, 'secret'), 'not for clients\n')
})
afterAll(() => rm(folder, {recursive: true, force: true}))

/** A clock far ahead makes every file old enough to be kept in memory. */
const openCached = (path: string): BootFileSource => openTree(path, {now: () => Date.now() + 3_600_000})
const get = (name: string, source = openTree(root)): Promise<BootFile> => source({name, protocol: 'tftp', client: '10.0.0.9'})

async function contentOf(file: BootFile): Promise<string> {
  const bytes = await file.read(0, file.sizeBytes)
  await file.close()
  return Buffer.from(bytes).toString()
}

test('a file is found under every spelling of its name', async () => {
  for (const name of ['pxelinux.cfg/default', '//pxelinux.cfg//default', '\\pxelinux.cfg\\default']) {
    expect(await contentOf(await get(name))).toBe('default linux\n')
  }
})

test('what is no regular file is not found, and a FIFO does not hang the server', async () => {
  execFileSync('mkfifo', [join(root, 'fifo')])
  await symlink('/dev/zero', join(root, 'zero'))
  for (const name of ['pxelinux.cfg', 'fifo', 'no-such-file', 'pxelinux.cfg/default/x']) {
    await expect(get(name)).rejects.toMatchObject({code: 'BOOT_FILE_NOT_FOUND', kind: 'notFound', details: {name}})
  }
  for (const name of ['zero', '../secret', '']) await expect(get(name)).rejects.toMatchObject({code: 'BOOT_FILE_FORBIDDEN'})
})

test('links inside the root work, links out of it and in circles are refused', async () => {
  await symlink('pxelinux.cfg/default', join(root, 'inside'))
  await symlink(join(root, 'pxelinux.cfg'), join(root, 'folder-inside'))
  await symlink('../secret', join(root, 'outside'))
  await symlink('..', join(root, 'parent'))
  await symlink('circle', join(root, 'circle'))
  await symlink('nowhere', join(root, 'dangling'))
  expect(await contentOf(await get('inside'))).toBe('default linux\n')
  expect(await contentOf(await get('folder-inside/default'))).toBe('default linux\n')
  for (const name of ['outside', 'parent/secret', 'circle']) await expect(get(name)).rejects.toMatchObject({code: 'BOOT_FILE_FORBIDDEN'})
  await expect(get('dangling')).rejects.toMatchObject({code: 'BOOT_FILE_NOT_FOUND'})
})

test('the root may be a link, and a folder beside it with the same beginning is outside', async () => {
  await symlink(root, join(folder, 'link-to-root'))
  await mkdir(join(folder, 'tftpboot-old'))
  await writeFile(join(folder, 'tftpboot-old', 'x'), 'old')
  await symlink('../tftpboot-old/x', join(root, 'old'))
  expect(await contentOf(await get('pxelinux.cfg/default', openTree(join(folder, 'link-to-root'))))).toBe('default linux\n')
  await expect(get('old')).rejects.toMatchObject({code: 'BOOT_FILE_FORBIDDEN'})
})

test('a missing root is our trouble, not an absent boot file', async () => {
  await expect(get('x', openTree(join(folder, 'gone')))).rejects.toMatchObject({code: 'FILE_MISSING'})
})

test('every read gives the right bytes, across the borders of the shared pieces too', async () => {
  const content = Buffer.from(Uint32Array.from({length: CHUNK_BYTES}, (_, index) => index).buffer)
  await writeFile(join(root, 'large'), content)
  for (const source of [openTree(root), openCached(root)]) {
    const file = await get('large', source)
    for (const offset of [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES - 700, content.length - 1432]) {
      expect(Buffer.compare(await file.read(offset, 1432), content.subarray(offset, offset + 1432))).toBe(0)
    }
    expect(Buffer.compare(await file.read(0, content.length), content)).toBe(0)
    expect(await file.read(5, 0)).toHaveLength(0)
    await file.close()
  }
})

test('a file that is replaced keeps its old bytes for those who hold it, and has new ones for the next', async () => {
  await writeFile(join(root, 'menu'), 'old menu')
  for (const source of [openTree(root), openCached(root)]) {
    await writeFile(join(root, 'menu'), 'old menu')
    const held = await get('menu', source)
    await writeFile(join(root, 'menu.new'), 'new menu')
    await rename(join(root, 'menu.new'), join(root, 'menu'))
    expect(await contentOf(held)).toBe('old menu')
    expect(await contentOf(await get('menu', source))).toBe('new menu')
  }
})

test('a file that is overwritten or cut short in place ends the transfer instead of mixing bytes', async () => {
  const path = join(root, 'rewritten')
  await writeFile(path, 'first')
  const overwritten = await get('rewritten')
  await writeFile(path, 'other')
  await utimes(path, 1, 1)
  await expect(overwritten.read(0, 5)).rejects.toMatchObject({code: 'BOOT_FILE_CHANGED'})
  const shortened = await get('rewritten')
  await truncate(path, 2)
  await expect(shortened.read(0, 5)).rejects.toMatchObject({code: 'BOOT_FILE_CHANGED'})
  await overwritten.close()
  await shortened.close()
})

test('a young file is read anew each time, for its time stamp may not tell two states apart', async () => {
  const source = openTree(root)
  const path = join(root, 'young')
  const handle = await open(path, 'w')
  for (const content of ['aaaa', 'bbbb', 'cccc']) {
    await handle.write(content, 0)
    expect(await contentOf(await get('young', source))).toBe(content)
  }
  await handle.close()
})

test('a refused or served request leaves no file open', async () => {
  const openNow = async () => (await readdir('/proc/self/fd')).length
  const before = await openNow()
  for (let round = 0; round < 20; round += 1) {
    await contentOf(await get('pxelinux.cfg/default'))
    await get('pxelinux.cfg').catch(() => undefined)
    await get('no-such-file').catch(() => undefined)
  }
  expect((await openNow()) - before).toBeLessThan(5)
})

test('sources are asked in order, and only absence passes a request on', async () => {
  const virtual: BootFileSource = ({name}) =>
    name === 'virtual'
      ? Promise.resolve(bytesFile(Buffer.from('made up'), 0))
      : openTree(join(root, 'pxelinux.cfg'))({name, protocol: 'http', client: '::1'})
  const both = firstSource([virtual, openTree(root)])
  expect(await contentOf(await get('virtual', both))).toBe('made up')
  expect(await contentOf(await get('default', both))).toBe('default linux\n')
  expect(await contentOf(await get('pxelinux.cfg/default', both))).toBe('default linux\n')
  await expect(get('../x', both)).rejects.toMatchObject({code: 'BOOT_FILE_FORBIDDEN'})
  await expect(get('nothing', both)).rejects.toMatchObject({code: 'BOOT_FILE_NOT_FOUND'})
})
