import {mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {installLoaders, type InstallLoadersOptions} from '../../src/operations/install-loaders.js'
import {listLoaders} from '../../src/operations/list-loaders.js'
import {temporaryFolder} from '../support/temporary-folder.js'

/** A TFTP root, and a folder with loaders to take. */
function folders(sources: Readonly<Record<string, string>>): {tftpRoot: string; from: string} {
  const folder = temporaryFolder()
  const [tftpRoot, from] = [join(folder, 'tftpboot'), join(folder, 'from')]
  mkdirSync(from)
  for (const [name, content] of Object.entries(sources)) writeFileSync(join(from, name), content)
  return {tftpRoot, from}
}

async function statesOf(options: InstallLoadersOptions): Promise<Record<string, string>> {
  const {loaders} = await installLoaders(options)
  return Object.fromEntries(loaders.filter((row) => row.state !== 'missing').map((row) => [row.name, row.state]))
}

const TWO = {'undionly.kpxe': 'packed iPXE', 'pxelinux.0': 'PXELINUX 6.04 PXE'}

describe('installing loaders', () => {
  test('copies what is there with mode 0644, and a second time changes nothing', async () => {
    const {tftpRoot, from} = folders(TWO)
    expect(await statesOf({tftpRoot, from, dryRun: false})).toEqual({'undionly.kpxe': 'installed', 'pxelinux.0': 'installed'})
    expect(readFileSync(join(tftpRoot, 'pxelinux.0'), 'utf8')).toBe(TWO['pxelinux.0'])
    expect(statSync(join(tftpRoot, 'pxelinux.0')).mode & 0o777).toBe(0o644)
    const before = statSync(join(tftpRoot, 'pxelinux.0')).mtimeMs
    expect(await statesOf({tftpRoot, from, dryRun: false})).toEqual({'undionly.kpxe': 'unchanged', 'pxelinux.0': 'unchanged'})
    expect(statSync(join(tftpRoot, 'pxelinux.0')).mtimeMs).toBe(before)
    expect(readdirSync(tftpRoot).toSorted()).toEqual(['pxelinux.0', 'undionly.kpxe'])
  })

  test('takes a file under the name that Fedora gives it', async () => {
    const {tftpRoot, from} = folders({'ipxe-x86_64.efi': 'MZ'})
    expect(await statesOf({tftpRoot, from, dryRun: false})).toEqual({'ipxe.efi': 'installed'})
  })

  test('keeps the first file that it replaces', async () => {
    const {tftpRoot, from} = folders(TWO)
    mkdirSync(tftpRoot)
    writeFileSync(join(tftpRoot, 'undionly.kpxe'), 'my own build')
    const {loaders} = await installLoaders({tftpRoot, from, names: ['undionly.kpxe'], dryRun: false})
    expect(loaders).toMatchObject([{state: 'replaced', previous: join(tftpRoot, 'undionly.kpxe.old')}])
    writeFileSync(join(from, 'undionly.kpxe'), 'a newer package')
    await installLoaders({tftpRoot, from, dryRun: false})
    expect(readFileSync(join(tftpRoot, 'undionly.kpxe.old'), 'utf8')).toBe('my own build')
    expect(readFileSync(join(tftpRoot, 'undionly.kpxe'), 'utf8')).toBe('a newer package')
  })

  test('says with --dry-run what it would do, and does nothing', async () => {
    const {tftpRoot, from} = folders(TWO)
    expect(await statesOf({tftpRoot, from, dryRun: true})).toEqual({'undionly.kpxe': 'installed', 'pxelinux.0': 'installed'})
    expect(() => statSync(tftpRoot)).toThrow('ENOENT')
  })

  test('reports each file that it copies', async () => {
    const {tftpRoot, from} = folders(TWO)
    const steps: string[] = []
    await installLoaders({tftpRoot, from, dryRun: false, onProgress: (step) => steps.push(step)})
    expect(steps).toEqual(['undionly.kpxe', 'pxelinux.0'])
  })

  test('from a folder without any fails and names the folder', async () => {
    const {tftpRoot, from} = folders({README: ''})
    await expect(installLoaders({tftpRoot, from, dryRun: false})).rejects.toMatchObject({code: 'LOADERS_MISSING', kind: 'notFound'})
    expect(() => statSync(tftpRoot)).toThrow('ENOENT')
  })

  test('asked for by name fails if one of them is not there, and changes nothing', async () => {
    const {tftpRoot, from} = folders(TWO)
    const names = ['undionly.kpxe', 'ipxe.efi']
    await expect(installLoaders({tftpRoot, from, names, dryRun: false})).rejects.toMatchObject({details: {loaders: ['ipxe.efi']}})
    expect(() => statSync(tftpRoot)).toThrow('ENOENT')
  })

  test('asked for by a wrong name gets the nearest one', async () => {
    const {tftpRoot, from} = folders(TWO)
    await expect(installLoaders({tftpRoot, from, names: ['undionly.pxe'], dryRun: false})).rejects.toMatchObject({
      code: 'LOADER_UNKNOWN',
      suggestions: ['did you mean undionly.kpxe?', 'pxectl loader list'],
    })
  })
})

test('the list says what is in place, how large it is and what it says of itself', async () => {
  const {tftpRoot, from} = folders(TWO)
  await installLoaders({tftpRoot, from, dryRun: false})
  const {loaders} = await listLoaders({tftpRoot})
  expect(loaders.find((row) => row.name === 'pxelinux.0')).toMatchObject({state: 'present', sizeBytes: 17, version: 'PXELINUX 6.04'})
  expect(loaders.find((row) => row.name === 'menu.c32')?.state).toMatch(/^(?:available|missing)$/)
})
