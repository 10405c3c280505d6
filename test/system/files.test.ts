import {chmodSync, chownSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {findBytes, makeFolder, readBytes, removeFile, writeAtomic, writeInPlace} from '../../src/system/files.js'
import {temporaryFolder} from '../support/temporary-folder.js'

test('a replaced file keeps its mode, owner and group, and no neighbour stays behind', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'dhcpd.conf')
  writeFileSync(path, 'old')
  chmodSync(path, 0o664)
  if (process.getuid?.() === 0) chownSync(path, 1234, 2345)
  const before = statSync(path)
  await writeAtomic(path, 'new')
  const after = statSync(path)
  expect(readFileSync(path, 'utf8')).toBe('new')
  expect([after.mode, after.uid, after.gid]).toEqual([before.mode, before.uid, before.gid])
  expect(readdirSync(folder)).toEqual(['dhcpd.conf'])
})

test('a new file gets the mode that is asked for', async () => {
  const path = join(temporaryFolder(), 'menu')
  await writeAtomic(path, 'x', {mode: 0o600})
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('a write that fails leaves the old file and no neighbour', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'missing', 'menu')
  await expect(writeAtomic(path, 'x')).rejects.toMatchObject({code: 'FILE_MISSING'})
  expect(readdirSync(folder)).toEqual([])
})

test.skipIf(!existsSync('/dev/full'))('a full disk is an environment error that names the file', async () => {
  await expect(writeInPlace('/dev/full', Buffer.from('x'))).rejects.toMatchObject({code: 'DISK_FULL', exitCode: 6})
})

test('writing in place cuts a longer file to its new length', async () => {
  const path = join(temporaryFolder(), 'conf')
  writeFileSync(path, 'a longer text')
  await writeInPlace(path, Buffer.from('short'))
  expect(readFileSync(path, 'utf8')).toBe('short')
})

test('a folder is not made where a file stands, nor in /proc', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'file'), '')
  await expect(makeFolder(join(folder, 'file'))).rejects.toMatchObject({code: 'NOT_A_FOLDER', exitCode: 6})
  await expect(makeFolder(join(folder, 'file', 'sub'))).rejects.toMatchObject({exitCode: 6})
  await expect(makeFolder('/proc/pxectl/sub')).rejects.toThrow('/proc')
})

test('reading says which file is missing; finding gives undefined; removing twice is fine', async () => {
  const path = join(temporaryFolder(), 'none')
  await expect(readBytes(path)).rejects.toMatchObject({code: 'FILE_MISSING', exitCode: 3})
  expect(await findBytes(path)).toBeUndefined()
  await removeFile(path)
})
