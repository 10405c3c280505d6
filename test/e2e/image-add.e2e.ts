// Operating systems imported from media that the real tools made, in the layouts in which they are published; and what is left when an
// import is stopped, killed, or has no room. What boots them is image-boot.e2e.ts.
import {existsSync} from 'node:fs'
import {mkdir, readdir, readFile, stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {
  contentOf,
  esx3iTarball,
  esxiTree,
  HYPERVISOR1_FILES,
  isoOf,
  linuxTree,
  PLATFORM_FILES,
  platformTarball,
  usbImage,
  writeFiles,
} from './support/image-media.js'
import {errorOf, makeLab, type Lab} from './support/lab.js'
import {withNetwork} from './support/network.js'
import {mustRun, run, until} from './support/programs.js'

type Place = {readonly lab: Lab; readonly folder: string; readonly image: (name: string) => string}

/** A lab, and a folder for media. */
function withLab(title: string, work: (place: Place) => Promise<void>): Promise<void> {
  return withNetwork(title, async (network) => {
    const lab = await makeLab(network, {dhcp: 'none'})
    const folder = join(network.folder, 'media')
    await mkdir(folder)
    await work({lab, folder, image: (name) => join(lab.tftpRoot, 'images', name)})
  })
}

const names = async (lab: Lab): Promise<string[]> => (await readdir(join(lab.tftpRoot, 'images')).catch(() => [])).toSorted()
const stateNames = async (lab: Lab): Promise<string[]> => (await readdir(join(lab.folder, '.pxectl'))).filter((name) => /import/.test(name))

async function expectBytes(path: string, content: Buffer): Promise<void> {
  expect((await readFile(path)).equals(content), path).toBe(true)
}

const STAMP = '20140207T053435Z'

test('SmartOS: the platform tarball of smartos-pxe and of the netboot guide', () =>
  withLab('img-smartos', async ({lab, folder, image}) => {
    const tarball = await platformTarball(folder, STAMP)
    const added = await lab.must('image', 'add', tarball, '--default')
    expect(added).toMatchObject({image: {name: `smartos-${STAMP}`, type: 'smartos'}, rootPassword: expect.any(String)})
    for (const path of PLATFORM_FILES)
      await expectBytes(join(image(`smartos-${STAMP}`), 'platform', path), contentOf(`platform-${STAMP}/${path}`))
    expect(await lab.must('image', 'verify')).toMatchObject({ok: true})
    const older = await platformTarball(folder, '20130405T010449Z')
    await lab.must('image', 'add', older, '--noimport', '--console', 'ttyb')
    expect(await names(lab)).toEqual(['smartos-20130405T010449Z', `smartos-${STAMP}`])
    const menu = (await lab.must('menu', 'show', 'default'))['menu'] as {text: string}
    expect(menu.text).toContain(`images/smartos-${STAMP}/platform/i86pc/kernel/amd64/unix -B smartos=true`)
    expect(menu.text).toMatch(/smartos-20130405T010449Z.*noimport=true.*console=ttyb/)
  }))

test.each([
  ['Rock Ridge', ['-R']],
  ['Joliet', ['-J']],
  ['neither', ['-iso-level', '2']],
])('SmartOS: an ISO image with %s', (title, flags) =>
  withLab(`img-iso-${title.slice(0, 3)}`, async ({lab, folder, image}) => {
    const texts = {'platform/etc/version/platform': '20210225T124034Z\n'}
    await writeFiles(
      join(folder, 'tree'),
      PLATFORM_FILES.map((path) => `platform/${path}`),
      texts,
    )
    const iso = await isoOf(join(folder, 'tree'), join(folder, 'latest.iso'), flags, 'SMARTOS')
    expect(await lab.must('image', 'add', iso)).toMatchObject({image: {name: 'smartos-20210225T124034Z'}})
    for (const path of PLATFORM_FILES)
      await expectBytes(join(image('smartos-20210225T124034Z'), 'platform', path), contentOf(`platform/${path}`))
  }),
)

test('SmartOS: a USB image, compressed as it is published', () =>
  withLab('img-usb', async ({lab, folder, image}) => {
    await writeFiles(
      join(folder, 'tree'),
      PLATFORM_FILES.map((path) => `platform/${path}`),
    )
    const usb = await usbImage(join(folder, 'tree'), join(folder, `smartos-${STAMP}-USB.img`))
    await mustRun(['gzip', usb])
    expect(await lab.must('image', 'add', `${usb}.gz`)).toMatchObject({image: {name: `smartos-${STAMP}`}})
    for (const path of PLATFORM_FILES) await expectBytes(join(image(`smartos-${STAMP}`), 'platform', path), contentOf(`platform/${path}`))
  }))

test('ESX 3i: install.tgz, the disk image in it in any wrapping, and the ISO image around it', () =>
  withLab('img-esx3i', async ({lab, folder, image}) => {
    const tarball = await esx3iTarball(folder)
    expect(await lab.must('image', 'add', tarball, '--default')).toMatchObject({
      image: {name: 'esx3i-3.5.0-67921', type: 'esx3i'},
      warnings: [],
    })
    for (const path of HYPERVISOR1_FILES) await expectBytes(join(image('esx3i-3.5.0-67921'), path), contentOf(path))
    await expectBytes(join(image('esx3i-3.5.0-67921'), 'mboot.c32'), contentOf('mboot.c32'))
    const menu = (await lab.must('menu', 'show', 'default'))['menu'] as {text: string}
    const line = /append (.*vmkernel\.gz.*)/i.exec(menu.text)?.[1]?.replaceAll(/\S*images\/esx3i-3\.5\.0-67921\//g, '')
    expect(line).toBe('vmkernel.gz --- binmod.tgz --- environ.tgz --- cim.tgz --- oem.tgz --- license.tgz')

    const disk = join(folder, 'tree/usr/lib/vmware/installer/VMware-VMvisor-big-3.5.0-67921.i386.dd')
    expect(await lab.must('image', 'add', `${disk}.bz2`, '--name', 'packed')).toMatchObject({
      image: {type: 'esx3i', version: '3.5.0-67921'},
    })
    await mustRun(['bunzip2', `${disk}.bz2`])
    await lab.must('image', 'add', disk, '--name', 'plain')
    await mkdir(join(folder, 'cd'))
    await mustRun(['cp', tarball, join(folder, 'cd/INSTALL.TGZ')])
    await lab.must('image', 'add', await isoOf(join(folder, 'cd'), join(folder, 'esx.iso'), ['-iso-level', '2']), '--name', 'disc')
    for (const name of ['packed', 'plain', 'disc'])
      for (const path of HYPERVISOR1_FILES) await expectBytes(join(image(name), path), contentOf(path))
  }))

test('ESXi: an ISO image with names in capitals; a module that is missing', () =>
  withLab('img-esxi', async ({lab, folder, image}) => {
    const tree = await esxiTree(join(folder, 'tree'))
    const iso = await isoOf(tree, join(folder, 'esxi.iso'), ['-iso-level', '2'])
    expect(await lab.must('image', 'add', iso, '--kickstart', 'http://192.168.56.1/ks.cfg')).toMatchObject({
      image: {name: 'esxi-7.0.3-0.0.18644231', type: 'esxi'},
    })
    const config = await readFile(join(image('esxi-7.0.3-0.0.18644231'), 'boot.cfg'), 'utf8')
    expect(config).toContain(
      'kernel=b.b00\nkernelopt=runweasel ks=http://192.168.56.1/ks.cfg\nmodules=jumpstrt.gz --- useropts.gz --- s.v00\n',
    )
    await expectBytes(join(image('esxi-7.0.3-0.0.18644231'), 's.v00'), contentOf('S.V00'))
    await expectBytes(join(image('esxi-7.0.3-0.0.18644231'), 'mboot.efi'), contentOf('EFI/BOOT/BOOTX64.EFI'))
    await mustRun(['rm', join(tree, 'S.V00')])
    const refused = await lab.pxectl('image', 'add', await isoOf(tree, join(folder, 'cut.iso'), ['-iso-level', '2']), '--name', 'cut')
    expect(errorOf(refused)).toMatchObject({code: 'IMAGE_INCOMPLETE', message: expect.stringContaining('s.v00')})
  }))

test('Linux: what the running system fetches is kept; an ISO image of nothing known is kept whole; a cut one is refused', () =>
  withLab('img-linux', async ({lab, folder, image}) => {
    const alpine = await linuxTree(join(folder, 'alpine'), {
      kernel: 'boot/vmlinuz-lts',
      initrd: 'boot/initramfs-lts',
      more: ['boot/modloop-lts', 'apks/x86_64/busybox-1.36.1-r15.apk', 'efi/boot/bootx64.efi'],
      texts: {'.alpine-release': 'alpine-standard-3.19.1\n'},
    })
    const iso = await isoOf(alpine, join(folder, 'alpine.iso'), ['-R', '-J'])
    expect(await lab.must('image', 'add', iso)).toMatchObject({image: {name: 'alpine-3.19.1', type: 'linux'}})
    await expectBytes(join(image('alpine-3.19.1'), 'apks/x86_64/busybox-1.36.1-r15.apk'), contentOf('apks/x86_64/busybox-1.36.1-r15.apk'))
    expect(existsSync(join(image('alpine-3.19.1'), 'efi'))).toBe(false)

    await writeFiles(join(folder, 'tools'), ['TOOL.EXE'])
    const tools = await isoOf(join(folder, 'tools'), join(folder, 'tools.iso'), ['-R'], 'TOOLS')
    expect(await lab.must('image', 'add', tools)).toMatchObject({image: {name: 'tools', type: 'iso', title: 'TOOLS'}})
    await expectBytes(join(image('tools'), 'image.iso'), await readFile(tools))
    await mustRun(['truncate', '-s', '100000', tools])
    const cut = await lab.pxectl('image', 'add', tools, '--name', 'cut')
    expect({exitCode: cut.exitCode, code: errorOf(cut).code}).toEqual({exitCode: 7, code: 'ARCHIVE_TRUNCATED'})
    expect(await names(lab)).toEqual(['alpine-3.19.1', 'tools'])
  }))

test('a disk without room: told before anything is written, and while an archive is unpacked; nothing is left', () =>
  withLab('img-full', async ({lab, folder}) => {
    const images = join(lab.tftpRoot, 'images')
    await mkdir(images, {recursive: true})
    await mustRun(['mount', '-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', images])
    try {
      const tree = join(folder, 'tree')
      await mkdir(tree)
      await writeFile(join(tree, 'BIG.BIN'), contentOf('big', 20_000_000))
      const whole = await lab.pxectl('image', 'add', await isoOf(tree, join(folder, 'big.iso'), []))
      expect({exitCode: whole.exitCode, code: errorOf(whole).code}).toEqual({exitCode: 6, code: 'DISK_FULL'})
      await mustRun(['tar', '-C', folder, '-czf', join(folder, 'big.tgz'), 'tree'])
      const unpacked = await lab.pxectl('image', 'add', join(folder, 'big.tgz'))
      expect({exitCode: unpacked.exitCode, code: errorOf(unpacked).code}).toEqual({exitCode: 6, code: 'DISK_FULL'})
      expect(await names(lab)).toEqual([])
      await lab.must('image', 'add', await platformTarball(folder, STAMP))
    } finally {
      await mustRun(['umount', images])
    }
  }))

/** A platform tarball that takes a while to unpack: 700 MB of nearly nothing. */
async function slowTarball(folder: string): Promise<string> {
  const archive = join(folder, `platform-${STAMP}/i86pc/amd64/boot_archive`)
  await writeFiles(folder, [`platform-${STAMP}/i86pc/kernel/amd64/unix`])
  await mkdir(join(archive, '..'), {recursive: true})
  await mustRun(['truncate', '-s', '700M', archive])
  const tarball = join(folder, 'slow.tgz')
  await mustRun(['tar', '-C', folder, '--use-compress-program=gzip -1', '-cf', tarball, `platform-${STAMP}`])
  await mustRun(['rm', archive])
  return tarball
}

/** Is a file of some megabytes being unpacked? */
async function isUnpacking(lab: Lab): Promise<boolean> {
  const {stdout} = await run(['find', join(lab.tftpRoot, 'images'), '-path', '*/.import-*', '-type', 'f', '-size', '+2M'])
  return stdout !== ''
}

test('Ctrl-C in the middle of an import leaves nothing', () =>
  withLab('img-sigint', async ({lab, folder}) => {
    const importing = lab.start('image', 'add', await slowTarball(folder))
    await until('the import to unpack', 60_000, () => isUnpacking(lab))
    importing.child.kill('SIGINT')
    const {exitCode} = await importing.ended
    expect(exitCode, importing.stderr()).toBe(2)
    expect(JSON.parse(importing.stdout())).toMatchObject({error: {code: 'INTERRUPTED'}})
    expect(await names(lab)).toEqual([])
    expect(await stateNames(lab)).toEqual([])
  }))

test('what a killed import leaves is no image, and the next one removes it', () =>
  withLab('img-sigkill', async ({lab, folder}) => {
    const importing = lab.start('image', 'add', await slowTarball(folder))
    await until('the import to unpack', 60_000, () => isUnpacking(lab))
    importing.child.kill('SIGKILL')
    await importing.ended
    // `ip netns exec` is not in between: it becomes the program.
    expect(await names(lab)).toEqual([expect.stringMatching(/^\.import-/)])
    expect(await lab.must('image', 'list')).toMatchObject({images: []})
    const added = await lab.must('image', 'add', await platformTarball(folder, '20150101T000000Z'))
    expect(added['warnings']).toEqual([expect.stringContaining('an interrupted run had left')])
    expect(await names(lab)).toEqual(['smartos-20150101T000000Z'])
    expect(await stateNames(lab)).toEqual([])
  }))

test('two imports at once do not disturb each other; of one name the second is refused', () =>
  withLab('img-two', async ({lab, folder}) => {
    const [one, two] = [await platformTarball(folder, STAMP), await platformTarball(folder, '20150101T000000Z')]
    await Promise.all([lab.must('image', 'add', one), lab.must('image', 'add', two)])
    expect(await names(lab)).toEqual([`smartos-${STAMP}`, 'smartos-20150101T000000Z'])
    const both = await Promise.all([lab.pxectl('image', 'add', one, '--name', 'same'), lab.pxectl('image', 'add', two, '--name', 'same')])
    expect(both.map(({exitCode}) => exitCode).toSorted()).toEqual([0, 4])
    expect((await stat(join(lab.tftpRoot, 'images/same/image.json'))).isFile()).toBe(true)
    expect(await lab.must('image', 'verify')).toMatchObject({ok: true})
  }))
