// Menus as a shell sees them: of a host with an image that pxectl imported, and of clients that nobody knows.
import {mkdirSync, writeFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import AddHost from '../../commands/add-host.js'
import ConfigSet from '../../commands/config/set.js'
import LoaderList from '../../commands/loader/list.js'
import MenuShow from '../../commands/menu/show.js'
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
