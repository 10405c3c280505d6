import {describe, expect, test} from 'vitest'
import {hostBootFiles, hostBootNames, labBootFiles} from '../../src/boot/host-files.js'
import {type BootContext, type BootHost, defaultMenu, hostMenu} from '../../src/boot/menu.js'
import {expectFixture} from '../support/fixture.js'
import {renderMenuLst} from '../../src/boot/menu-lst.js'
import {context, images, tk2} from './samples.js'

/** Every file of the map is one golden file: fixtures/boot/<case>/<name>. */
function checkFiles(name: string, files: ReadonlyMap<string, string>, names: readonly string[]): void {
  expect([...files.keys()]).toEqual(names)
  for (const [path, text] of files) expectFixture(`boot/${name}/${path}`, text)
}

test("the names of a host's files are known without rendering them", () => {
  expect(hostBootNames(tk2.mac)).toEqual(HOST_NAMES)
})

const HOST_NAMES = ['pxelinux.cfg/01-08-00-27-12-34-56', 'ipxe/01-08-00-27-12-34-56.ipxe', 'grub/grub.cfg-01-08-00-27-12-34-56']

describe('the files of a host', () => {
  const cases: [string, Partial<BootHost>, Partial<BootContext>][] = [
    ['diskless-root', {root: 'root_tk'}, {}],
    ['diskless-root-console', {root: '/srv/lab/tftpboot/root_tk/', bootArgs: 'quiet'}, {console: 'ttyS0,115200'}],
    ['root-nfs', {root: 'root_own', bootArgs: 'quiet'}, {console: 'ttyS0,115200'}],
    ['root-nfs-overlay', {root: 'root_shared', bootArgs: 'pxectl.overlay=tmpfs:256m'}, {console: 'ttyS0,115200'}],
    ['root-squashfs', {root: 'root_demo'}, {console: 'ttyS0,115200', httpPort: 80}],
    ['root-state', {root: 'root_shared'}, {stateFolder: '/srv/lab/state'}],
    ['root-ramdisk', {root: 'root_ram'}, {}],
    ['image', {image: 'debian', bootArgs: 'panic=5'}, {}],
    ['image-two-initrds', {image: 'two-initrds'}, {console: 'ttyS1'}],
    ['image-no-initrd', {image: 'memtest'}, {}],
    ['image-at-once', {image: 'debian'}, {timeoutSeconds: 0}],
    ['image-smartos-args', {image: 'debian', bootArgs: `-B console=ttya,ttya-mode="115200,8,n,1,-",root_shadow='$5$2HO$N;m.1%20' # 1`}, {}],
    ['local', {}, {}],
    ['default-image', {}, {default: 'debian'}],
    ['default-image-missing', {}, {default: 'smartos'}],
  ]
  test.each(cases)('%s', (name, host, lab) => {
    checkFiles(name, hostBootFiles({...tk2, ...host}, {...context, ...lab}), HOST_NAMES)
  })
})

describe('the files of the lab', () => {
  const names = ['pxelinux.cfg/default', 'boot.ipxe', 'autoexec.ipxe', 'ipxe/default.ipxe', 'grub/grub.cfg', 'grub/default.cfg']
  test.each([
    ['lab-local', {}],
    ['lab-image', {default: 'debian', timeoutSeconds: 0}],
  ])('%s', (name, lab) => {
    checkFiles(name, labBootFiles({...context, ...lab}), names)
  })
})

describe('the files of a host for each kind of image, in every language', () => {
  const cases: [string, Partial<BootHost>, Partial<BootContext>][] = [
    ['smartos', {image: 'smartos'}, {console: 'ttyS0,115200'}],
    ['smartos-plain', {image: 'SmartOS_plain', bootArgs: '-v noimport=true'}, {}],
    ['esx3i', {image: 'esx3i'}, {}],
    ['esxi', {image: 'esxi', bootArgs: 'ks=http://192.168.56.1:8069/ks.cfg'}, {}],
    ['program', {image: 'memtest', bootArgs: 'console=ttyS0,115200'}, {}],
    ['program-nbp', {image: 'pxegrub'}, {}],
    ['program-uefi', {image: 'shell'}, {}],
    ['evil', {image: 'evil'}, {pxelinuxUi: 'menu.c32'}],
  ]
  test.each(cases)('%s', (name, host, lab) => {
    const [given, there] = [
      {...tk2, ...host},
      {...context, images, ...lab},
    ]
    checkFiles(name, hostBootFiles(given, there), HOST_NAMES)
    expectFixture(`boot/${name}/menu.lst`, renderMenuLst(hostMenu(given, there)))
  })
})

describe('the menu of unknown clients', () => {
  const names = ['pxelinux.cfg/default', 'boot.ipxe', 'autoexec.ipxe', 'ipxe/default.ipxe', 'grub/grub.cfg', 'grub/default.cfg']
  test('offers every image, the newest first, and what is wrong in its note', () => {
    const imageProblems = new Map([['broken', 'images/broken/image.json does not describe an image: boot is missing']])
    const lab = {...context, images, imageProblems, console: 'ttyS0,115200', pxelinuxUi: 'menu.c32', default: 'esx3i'}
    checkFiles('lab-all', labBootFiles(lab), names)
    expectFixture('boot/lab-all/menu.lst', renderMenuLst(defaultMenu(lab)))
  })
})
