// Menus as a shell sees them: of a host with an image that pxectl imported, and of clients that nobody knows.
import {existsSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import AddHost from '../../commands/add-host.js'
import ConfigSet from '../../commands/config/set.js'
import LoaderList from '../../commands/loader/list.js'
import MenuShow from '../../commands/menu/show.js'
import MenuTemplate from '../../commands/menu/template.js'
import type {ImageBoot} from '../../src/boot/image.js'
import {renderManifest} from '../../src/images/manifest.js'
import {makeLab, type TestLab} from '../support/lab.js'
import {runCommand} from '../support/run-command.js'

const smartos: ImageBoot = {
  kind: 'smartos',
  build: '20140207T053435Z',
  kernel: 'platform/i86pc/kernel/amd64/unix',
  bootArchive: 'platform/i86pc/amd64/boot_archive',
  overlays: [],
  options: {smartos: true, noimport: false, standalone: false, kmdb: false, verbose: false, properties: []},
}

async function labWith(name: string, text: string): Promise<TestLab> {
  const lab = await makeLab()
  mkdirSync(lab.path(`tftpboot/images/${name}`), {recursive: true})
  writeFileSync(lab.path(`tftpboot/images/${name}/image.json`), text)
  return lab
}

function manifest(boot: ImageBoot): string {
  return renderManifest({format: 1, type: 'smartos', title: 'SmartOS', source: 'x', addedAt: '2026-01-01T00:00:00.000Z', boot, files: {}})
}

test('a host boots SmartOS with its own name, in the language of each loader', async () => {
  const lab = await labWith('smartos', manifest(smartos))
  const host = ['tk2', '--mac', '08:00:27:12:34:56', '--ip', '192.168.56.21', '--image', 'smartos', '--boot-args', '-v noimport=true']
  expect(await runCommand(AddHost, [...host, '--config', lab.config])).toMatchObject({exitCode: 0})
  for (const [format, line] of [
    ['pxelinux', /APPEND images\/smartos\/platform\S*unix -v -B smartos=true,hostname=tk2,console=text,noimport=true --- images/],
    ['ipxe', /kernel \/images\/smartos\/platform\S*unix -v -B /],
    ['grub', /multiboot \/images\/smartos\/platform\S*unix \/images\S*unix -v -B /],
    ['menu.lst', /kernel\$ \/images\/smartos\/platform\S*unix -v -B /],
  ] as const) {
    expect((await runCommand(MenuShow, ['tk2', '--format', format, '--config', lab.config])).stdout).toMatch(line)
  }
})

test('a UEFI machine that is given what needs a BIOS is a warning', async () => {
  const lab = await labWith('smartos', manifest(smartos))
  const host = ['tk2', '--mac', '08:00:27:12:34:56', '--ip', '192.168.56.21', '--image', 'smartos', '--firmware', 'uefi']
  const {exitCode, stderr} = await runCommand(AddHost, [...host, '--config', lab.config])
  expect({exitCode, stderr}).toEqual({
    exitCode: 0,
    stderr: expect.stringMatching(/it is a machine with UEFI, and smartos starts on a BIOS alone/) as string,
  })
})

test('an image.json that is broken is told by whatever renews the menus, and refused to hosts', async () => {
  const lab = await labWith('broken', '{"format": 1, "title": "", "addedAt": "", "files": {}}')
  const renewed = await runCommand(ConfigSet, ['boot.timeout', '3', '--config', lab.config])
  expect(renewed).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('images/broken/image.json does not describe an image') as string,
  })
  const shown = await runCommand(MenuShow, ['default', '--config', lab.config])
  expect(shown.stdout).toContain('# Note: images/broken/image.json does not describe an image')
  const host = ['tk2', '--mac', '08:00:27:12:34:56', '--ip', '192.168.56.21', '--image', 'broken']
  expect(await runCommand(AddHost, [...host, '--config', lab.config])).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('boot is missing') as string,
  })
})

test('modules of PXELINUX that do not fit the loader are a warning of `loader list`', async () => {
  const lab = await makeLab()
  writeFileSync(lab.path('tftpboot/pxelinux.0'), 'PXELINUX 6.04 PXE')
  writeFileSync(lab.path('tftpboot/mboot.c32'), Buffer.from('b8fe4ccd21', 'hex'))
  const {exitCode, stderr} = await runCommand(LoaderList, ['--config', lab.config])
  expect({exitCode, stderr}).toEqual({exitCode: 0, stderr: expect.stringMatching(/older: mboot\.c32/) as string})
})

test('the built-in frame is printed, and one made of it frames the menus', async () => {
  const lab = await makeLab()
  mkdirSync(lab.path('templates'))
  for (const format of ['pxelinux', 'ipxe', 'grub', 'menu.lst']) {
    const builtIn = await runCommand(MenuShow, ['default', '--format', format, '--config', lab.config])
    const printed = await runCommand(MenuTemplate, [format, '--config', lab.config])
    expect(printed).toMatchObject({exitCode: 0, stdout: expect.stringMatching(/^\{\{entries\}\}$/m) as string})
    writeFileSync(lab.path(`templates/${format}`), `${printed.stdout}# of the rack\n`)
    const own = await runCommand(MenuShow, ['default', '--format', format, '--config', lab.config])
    expect(own).toMatchObject({exitCode: 0, stdout: expect.stringMatching(/# of the rack\n$/) as string})
    expect(builtIn.stdout).not.toContain('# of the rack')
  }
  expect(await runCommand(MenuTemplate, ['grub2', '--config', lab.config])).toMatchObject({exitCode: 2})
})

test('a broken template is an error of `menu show` and `add-host`, and nothing is changed', async () => {
  const lab = await makeLab()
  mkdirSync(lab.path('templates'))
  writeFileSync(lab.path('templates/ipxe'), '#!ipxe\n\ngoto {{defualt}}\n{{entries}}\n')
  const host = ['tk2', '--mac', '08:00:27:12:34:56', '--ip', '192.168.56.21', '--config', lab.config]
  for (const [command, args] of [
    [AddHost, host],
    [MenuShow, ['default', '--format', 'ipxe', '--config', lab.config]],
  ] as const) {
    expect(await runCommand(command, [...args])).toMatchObject({
      exitCode: 7,
      stderr: expect.stringMatching(/templates\/ipxe:3: .*\{\{defualt\}\}/) as string,
    })
  }
  expect(existsSync(lab.path('tftpboot/pxelinux.cfg/01-08-00-27-12-34-56'))).toBe(false)
  expect(await runCommand(MenuShow, ['default', '--config', lab.config])).toMatchObject({exitCode: 0})
})

test.each([
  ['a folder', (path: string) => mkdirSync(path)],
  ['a link that leads nowhere but in a circle', (path: string) => symlinkSync(path, path)],
  ['a device', (path: string) => symlinkSync('/dev/zero', path)],
])('a template that is %s is an error that names it', async (_, make) => {
  const lab = await makeLab()
  mkdirSync(lab.path('templates'))
  make(lab.path('templates/pxelinux'))
  const shown = await runCommand(MenuShow, ['default', '--config', lab.config])
  expect(shown.exitCode).toBeGreaterThan(2)
  expect(shown.stderr).toContain('templates/pxelinux')
})
