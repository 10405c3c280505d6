import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {describe, expect, test} from 'vitest'
import type {ImageBoot} from '../../src/boot/image.js'
import {renderManifest} from '../../src/images/manifest.js'
import {findMixedModules, findPxelinuxUi} from '../../src/operations/pxelinux-modules.js'
import {readImages} from '../../src/operations/read-images.js'
import {temporaryFolder} from '../support/temporary-folder.js'

type Files = Readonly<Record<string, string | Uint8Array>>

function tree(files: Files): string {
  const folder = temporaryFolder()
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), {recursive: true})
    writeFileSync(join(folder, path), content)
  }
  return folder
}

function manifest(boot: ImageBoot): string {
  return renderManifest({format: 1, type: 'smartos', title: 'a title', source: 'x', addedAt: '2026-01-01T00:00:00.000Z', boot, files: {}})
}

const smartos: ImageBoot = {
  kind: 'smartos',
  build: 'b',
  kernel: 'unix',
  bootArchive: 'archive',
  overlays: [{path: 'own/motd', name: 'etc/motd'}],
  options: {smartos: true, noimport: false, standalone: false, kmdb: false, verbose: false, properties: []},
}

const COM32R = Buffer.from('b8fe4ccd21', 'hex')
const ELF = Buffer.from('\x7fELF..', 'latin1')

async function bootOf(files: Files, name = 'x'): Promise<{boot: ImageBoot | undefined; problems: Record<string, string>}> {
  const {images, problems} = await readImages(tree(files))
  return {boot: images.get(name)?.boot, problems: Object.fromEntries(problems)}
}

describe('the images of a lab', () => {
  test('are folders with image.json, or with a kernel that somebody put there', async () => {
    const {images, problems} = await readImages(
      tree({
        'images/iso/image.json': manifest({kind: 'iso', path: 'disc.iso'}),
        'images/hand/vmlinuz': 'k',
        'images/hand/args': 'quiet\n',
        'images/nothing/README': '',
        'images/file': '',
      }),
    )
    expect(Object.fromEntries(images)).toEqual({
      iso: {name: 'iso', title: 'a title', addedAt: '2026-01-01T00:00:00.000Z', boot: {kind: 'iso', path: 'images/iso/disc.iso'}},
      hand: {name: 'hand', title: 'hand', boot: {kind: 'linux', kernel: 'images/hand/vmlinuz', initrds: [], args: 'quiet'}},
    })
    expect(problems.size).toBe(0)
  })
  test.each(['{', '{"format":2}', '[]', 'null', '{"format":1,"title":"","addedAt":"","files":{},"boot":{"kind":"linux"}}'])(
    'with a broken image.json are left out, and it is said why: %s',
    async (text) => {
      const {boot, problems} = await bootOf({'images/x/image.json': text, 'images/x/vmlinuz': 'k'})
      expect(boot).toBeUndefined()
      expect(problems).toEqual({x: expect.stringMatching(/^images\/x\/image\.json does not describe an image/) as string})
    },
  )
})

describe('the overlay files of SmartOS', () => {
  test('come from the image and from the TFTP root, the own ones first', async () => {
    const {boot, problems} = await bootOf({
      'images/x/image.json': manifest(smartos),
      'images/x/overlay/etc/system': 'own',
      'overlay/etc/system': 'shared',
      'overlay/kernel/drv/dtrace.conf': 'shared',
    })
    expect(boot).toMatchObject({
      overlays: [
        {path: 'images/x/own/motd', name: 'etc/motd'},
        {path: 'images/x/overlay/etc/system', name: 'etc/system'},
        {path: 'overlay/kernel/drv/dtrace.conf', name: 'kernel/drv/dtrace.conf'},
      ],
    })
    expect(problems).toEqual({})
  })
  test('may not have spaces in their names, nor be more than the kernel takes', async () => {
    const many = Object.fromEntries(Array.from({length: 120}, (_, index) => [`overlay/many/${String(index).padStart(3, '0')}`, '']))
    const {boot, problems} = await bootOf({'images/x/image.json': manifest(smartos), 'overlay/a b': '', ...many})
    expect(boot).toMatchObject({kind: 'smartos'})
    expect(boot?.kind === 'smartos' ? boot.overlays.length : 0).toBe(90)
    expect(problems['x']).toMatch(/overlay\/a b is not laid over it.*121 overlay files, and the kernel takes 90/)
  })
  test('in folders that lead into themselves come to an end', async () => {
    const folder = tree({'images/x/image.json': manifest(smartos), 'overlay/etc/system': ''})
    for (const name of ['a', 'b', 'c']) symlinkSync('.', join(folder, 'overlay', name))
    expect((await readImages(folder)).images.get('x')?.boot).toMatchObject({overlays: [{name: 'etc/motd'}, {name: 'etc/system'}]})
  })
})

describe('the modules of PXELINUX', () => {
  const loader = 'PXELINUX 6.04 PXE'
  test('show menus where they fit the loader', async () => {
    expect(await findPxelinuxUi(tree({'pxelinux.0': loader, 'menu.c32': ELF, 'libutil.c32': ELF}))).toBe('menu.c32')
    expect(await findPxelinuxUi(tree({'pxelinux.0': 'PXELINUX 3.86 2010', 'vesamenu.c32': COM32R}))).toBe('vesamenu.c32')
    expect(await findPxelinuxUi(tree({'pxelinux.0': loader, 'menu.c32': ELF}))).toBeUndefined()
    expect(await findPxelinuxUi(tree({'pxelinux.0': loader, 'menu.c32': COM32R, 'libutil.c32': ELF}))).toBeUndefined()
    expect(await findPxelinuxUi(tree({'menu.c32': ELF, 'libutil.c32': ELF}))).toBeUndefined()
  })
  test('of another age are named', async () => {
    expect(await findMixedModules(tree({'pxelinux.0': loader, 'menu.c32': ELF, 'chain.c32': COM32R}))).toEqual([
      expect.stringMatching(/^pxelinux\.0 is of Syslinux 5 or later .*older: chain\.c32;/),
    ])
    expect(await findMixedModules(tree({'pxelinux.0': loader, 'menu.c32': ELF, 'odd.c32': 'text'}))).toEqual([])
  })
  test('that came with an image are used where they fit', async () => {
    const boot: ImageBoot = {kind: 'multiboot', kernel: 'k', args: '', modules: [], mboot: 'mboot.c32'}
    const files = {'images/x/image.json': manifest(boot), 'images/x/mboot.c32': COM32R}
    expect((await bootOf({...files, 'pxelinux.0': 'PXELINUX 3.86'})).boot).toHaveProperty('mboot', 'images/x/mboot.c32')
    expect((await bootOf(files)).boot).toHaveProperty('mboot')
    expect((await bootOf({...files, 'pxelinux.0': loader})).boot).not.toHaveProperty('mboot')
    const esxi = manifest({kind: 'esxi', config: 'boot.cfg', bios: 'mboot.c32'})
    expect((await bootOf({...files, 'images/x/image.json': esxi, 'pxelinux.0': loader})).problems['x']).toMatch(
      /pxelinux\.0 of Syslinux 3\.86/,
    )
  })
})
