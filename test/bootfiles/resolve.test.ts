import {execFileSync} from 'node:child_process'
import {chmod, mkdir, mkdtemp, open, readdir, rename, rm, symlink, truncate, utimes, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {BootFile, BootFileSource} from '../../src/bootfiles/boot-file.js'
import {openTree} from '../../src/bootfiles/resolve.js'
import {SMALL_FILE_BYTES} from '../../src/bootfiles/tree-file.js'

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
const get = async (name: string, source = openTree(root)): Promise<BootFile> => source({name, protocol: 'tftp', client: '10.0.0.9'})

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

const numbers = (length: number): Buffer => Buffer.from(Uint32Array.from({length: length / 4}, (_, index) => index).buffer)

test('every read gives the right bytes, of small files and large ones, into a given buffer too', async () => {
  for (const length of [SMALL_FILE_BYTES, SMALL_FILE_BYTES + 4]) {
    const content = numbers(length)
    await writeFile(join(root, 'file'), content)
    for (const source of [openTree(root), openCached(root)]) {
      for (const scratch of [undefined, new Uint8Array(2000)]) {
        const file = await get('file', source)
        for (const offset of [0, 1, 65_536, content.length - 1432]) {
          expect(Buffer.compare(await file.read(offset, 1432, scratch), content.subarray(offset, offset + 1432))).toBe(0)
        }
        expect(Buffer.compare(await file.read(0, content.length), content)).toBe(0)
        expect(await file.read(5, 0)).toHaveLength(0)
        await file.close()
      }
    }
  }
})

test('a small file that was asked for before comes at once, and is looked at again each time', async () => {
  const path = join(root, 'hot')
  await writeFile(path, 'first')
  const source = openCached(root)
  await get('hot', source)
  const again = source({name: 'hot', protocol: 'tftp', client: '10.0.0.9'})
  expect(again).not.toBeInstanceOf(Promise)
  await writeFile(path, 'other')
  expect(await contentOf(await get('hot', source))).toBe('other')
  await chmod(path, 0o200)
  if (process.getuid?.() !== 0) await expect(get('hot', source)).rejects.toMatchObject({code: 'BOOT_FILE_FORBIDDEN'})
  await rm(path)
  await expect(get('hot', source)).rejects.toMatchObject({code: 'BOOT_FILE_NOT_FOUND'})
})

test('a link that is pointed elsewhere is followed anew, and never out of the root', async () => {
  const source = openCached(root)
  for (const build of ['build1', 'build2']) {
    await mkdir(join(root, build))
    await writeFile(join(root, build, 'vmlinuz'), build)
  }
  const point = async (target: string): Promise<void> => {
    await symlink(target, join(root, 'current.new'))
    await rename(join(root, 'current.new'), join(root, 'current'))
  }
  for (const build of ['build1', 'build2', 'build1']) {
    await point(build)
    for (const _again of [1, 2]) expect(await contentOf(await get('current/vmlinuz', source))).toBe(build)
  }
  await mkdir(join(folder, 'private'))
  await writeFile(join(folder, 'private', 'vmlinuz'), 'secret')
  await point('../private')
  await expect(get('current/vmlinuz', source)).rejects.toMatchObject({code: 'BOOT_FILE_FORBIDDEN'})
})

test('a large file that was replaced since it was asked for is not mixed with the new one', async () => {
  const path = join(root, 'initrd')
  await writeFile(path, numbers(SMALL_FILE_BYTES + 4))
  const source = openCached(root)
  await (await get('initrd', source)).close()
  const unopened = await get('initrd', source)
  await writeFile(`${path}.new`, numbers(SMALL_FILE_BYTES + 4))
  await rename(`${path}.new`, path)
  await expect(unopened.read(0, 4)).rejects.toMatchObject({code: 'BOOT_FILE_CHANGED'})
  await unopened.close()
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

test('a large file that is overwritten or cut short in place ends the transfer instead of mixing bytes', async () => {
  const path = join(root, 'rewritten')
  await writeFile(path, numbers(SMALL_FILE_BYTES + 4))
  const overwritten = await get('rewritten')
  await writeFile(path, new Uint8Array(SMALL_FILE_BYTES + 4))
  await utimes(path, 1, 1)
  await expect(async () => overwritten.read(0, 5)).rejects.toMatchObject({code: 'BOOT_FILE_CHANGED'})
  const shortened = await get('rewritten')
  await truncate(path, SMALL_FILE_BYTES)
  await expect(async () => shortened.read(0, 5)).rejects.toMatchObject({code: 'BOOT_FILE_CHANGED'})
  await overwritten.close()
  await shortened.close()
})

test('a large file that is overwritten with its time set back is found out; one that only lost its name is not', async () => {
  const path = join(root, 'set-back')
  await writeFile(path, numbers(SMALL_FILE_BYTES + 4))
  const overwritten = await get('set-back')
  await overwritten.read(0, 4)
  execFileSync('touch', ['-r', path, join(folder, 'times')])
  await writeFile(path, new Uint8Array(SMALL_FILE_BYTES + 4))
  execFileSync('touch', ['-r', join(folder, 'times'), path])
  await expect(async () => overwritten.read(0, 4)).rejects.toMatchObject({code: 'BOOT_FILE_CHANGED'})
  await overwritten.close()
  const removed = await get('set-back')
  await removed.read(0, 4)
  await rm(path)
  expect(Buffer.from(await removed.read(0, 4))).toEqual(Buffer.alloc(4))
  await removed.close()
})

test('a small file that is overwritten keeps its old bytes for those who asked before', async () => {
  const path = join(root, 'small')
  await writeFile(path, 'first')
  const held = await get('small')
  await writeFile(path, 'other')
  expect(await contentOf(held)).toBe('first')
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
