import {describe, expect, test} from 'vitest'
import {findEsx3i, findEsx3iInside} from '../../src/images/esx3i.js'
import {findEsxi} from '../../src/images/esxi.js'
import {findLinuxMedium} from '../../src/images/linux.js'
import {planKernel, planProgram, recogniseBytes, checkInitrd} from '../../src/images/program.js'
import {linuxSignatures} from '../../src/images/signatures.js'
import {findSmartos} from '../../src/images/smartos.js'
import {smartosOptions} from '../../src/images/smartos-options.js'
import {memoryFile, memoryTree, plannedTexts, type Files} from './memory-tree.js'
import {BOOT_CFG, bzImage, efiProgram, ESXI_FILES, HYPERVISOR1, PLATFORM, platformFiles} from './samples.js'

const NOTHING_CHOSEN = {noimport: false, standalone: false, kmdb: false, verbose: false, properties: []}

describe('SmartOS', () => {
  const find = (files: Files, more: {platform?: string; label?: string; source?: string} = {}) =>
    findSmartos([memoryTree(files, {label: more.label ?? ''})], more.source ?? 'source.tgz', {
      options: smartosOptions(NOTHING_CHOSEN),
      ...(more.platform === undefined ? {} : {platform: more.platform}),
    })

  test('a platform tarball is laid out under the path that the kernel needs, without the published password', async () => {
    const plan = await find(platformFiles())
    expect(plan).toMatchObject({
      type: 'smartos',
      name: 'smartos-20140207T053435Z',
      version: '20140207T053435Z',
      boot: {
        kernel: 'platform/i86pc/kernel/amd64/unix',
        bootArchive: 'platform/i86pc/amd64/boot_archive',
        bootArchiveHash: 'platform/i86pc/amd64/boot_archive.hash',
        options: {smartos: true},
      },
      warnings: [],
    })
    expect(plan?.boot).not.toHaveProperty('options.rootShadow')
    expect(Object.keys(await plannedTexts(plan?.files ?? [])).toSorted()).toEqual([
      'platform/i86pc/amd64/boot_archive',
      'platform/i86pc/amd64/boot_archive.hash',
      'platform/i86pc/amd64/boot_archive.manifest',
      'platform/i86pc/kernel/amd64/unix',
    ])
  })

  test.each([
    ['renamed by hand, as smartos-pxe shows it', platformFiles('platform-20140207'), {}, 'smartos-20140207'],
    [
      'an ISO image: the platform says it',
      {...platformFiles('platform'), 'platform/etc/version/platform': '20210225T124034Z\n'},
      {},
      'smartos-20210225T124034Z',
    ],
    ['an ISO image: its name says it', platformFiles('platform'), {source: 'smartos-20210225T124034Z.iso'}, 'smartos-20210225T124034Z'],
    ['an ISO image: its volume says it', platformFiles('platform'), {label: 'SMARTOS 20210225T124034Z'}, 'smartos-20210225T124034Z'],
    ['a head node', platformFiles('os/20210225T124034Z/platform'), {}, 'smartos-20210225T124034Z'],
    ['the folder of a platform itself', {'i86pc/kernel/amd64/unix': 'u', 'i86pc/amd64/boot_archive': 'b'}, {}, 'smartos'],
    ['all below one folder', platformFiles('media/platform-20140207T053435Z'), {}, 'smartos-20140207T053435Z'],
  ])('%s', async (_, files, more, name) => {
    expect(await find(files, more)).toMatchObject({name})
  })

  test('of several platforms the newest is taken, or the one that is named', async () => {
    const files = {...platformFiles(), ...platformFiles('platform-20130405T010449Z')}
    const newest = await find(files)
    expect(newest).toMatchObject({version: '20140207T053435Z'})
    expect(newest?.warnings).toEqual(['the source holds other platforms, too; to import one of them: --platform 20130405T010449Z'])
    expect(await find(files, {platform: '20130405T010449Z'})).toMatchObject({version: '20130405T010449Z'})
    await expect(find(files, {platform: '20150101T000000Z'})).rejects.toMatchObject({code: 'PLATFORM_NOT_FOUND', kind: 'notFound'})
  })

  test('a platform without its boot archive is refused', async () => {
    await expect(find({[`${PLATFORM}/i86pc/kernel/amd64/unix`]: 'u'})).rejects.toMatchObject({
      code: 'IMAGE_INCOMPLETE',
      kind: 'invalidData',
    })
  })

  test.each([['root_shadow=$5$a$b'], ['console=ttya'], ['a b=c'], ['a=b,c'], ['=x'], ['a='], ["a='b'"], ['a=b\n']])(
    'the property %j is refused',
    (property) => {
      expect(() => smartosOptions({...NOTHING_CHOSEN, properties: [property]})).toThrow(expect.objectContaining({code: 'PROPERTY_INVALID'}))
    },
  )

  test('properties keep their order; those with a meaning of their own take it', () => {
    const properties = ['hostname=tk2', 'smartos=false', 'ttya-mode="115200,8,n,1,-"', 'net=dhcp']
    expect(smartosOptions({...NOTHING_CHOSEN, properties})).toMatchObject({
      hostname: 'tk2',
      smartos: false,
      properties: [
        {name: 'ttya-mode', value: '115200,8,n,1,-'},
        {name: 'net', value: 'dhcp'},
      ],
    })
  })
})

describe('ESXi', () => {
  test('names become relative and lower-case, and the drive is not looked for', async () => {
    const plan = await findEsxi([memoryTree(ESXI_FILES)], {kickstart: 'http://192.168.56.1/ks.cfg', bootArgs: 'debug'})
    expect(plan).toMatchObject({
      type: 'esxi',
      name: 'esxi-7.0.3-0.0.18644231',
      boot: {kind: 'esxi', config: 'boot.cfg', bios: 'mboot.c32', uefi: 'mboot.efi'},
      warnings: [],
    })
    const texts = await plannedTexts(plan?.files ?? [])
    expect(Object.keys(texts).toSorted()).toEqual([
      'b.b00',
      'boot.cfg',
      'crypto64.efi',
      'jumpstrt.gz',
      'mboot.c32',
      'mboot.efi',
      's.v00',
      'useropts.gz',
    ])
    expect(texts['boot.cfg']).toBe(`bootstate=0
title=Loading ESXi installer
timeout=5
kernel=b.b00
kernelopt=runweasel ks=http://192.168.56.1/ks.cfg debug
modules=jumpstrt.gz --- useropts.gz --- s.v00
build=7.0.3-0.0.18644231
updated=0
`)
  })

  test('a module that is not on the medium is named', async () => {
    const {'S.V00': _, ...rest} = ESXI_FILES
    await expect(findEsxi([memoryTree(rest)], {})).rejects.toMatchObject({code: 'IMAGE_INCOMPLETE', details: {missing: ['s.v00']}})
  })

  test.each(['/../../etc/shadow', '/a b', 'x\u0001'])('boot.cfg that names %j is refused', async (name) => {
    const files = {...ESXI_FILES, 'BOOT.CFG': BOOT_CFG.replace('/b.b00', name)}
    await expect(findEsxi([memoryTree(files)], {})).rejects.toMatchObject({code: 'IMAGE_INCOMPLETE'})
  })

  test('a boot.cfg without kernel and modules is somebody else’s', async () => {
    expect(await findEsxi([memoryTree({'boot.cfg': 'timeout=5\n'})], {})).toBeUndefined()
  })
})

describe('ESX 3i', () => {
  const volumes = [memoryTree({'MBOOT.C32': 'their mboot'}, {label: 'HYPERVISOR0'}), memoryTree(HYPERVISOR1, {label: 'HYPERVISOR1'})]

  test('the six files boot in the order of the how-to', async () => {
    const plan = await findEsx3i(volumes, 'VMware-VMvisor-big-3.5.0-67921.i386.dd.bz2')
    expect(plan).toMatchObject({
      type: 'esx3i',
      name: 'esx3i-3.5.0-67921',
      boot: {kind: 'multiboot', kernel: 'vmkernel.gz', mboot: 'mboot.c32'},
      warnings: [],
    })
    expect(plan?.boot.kind === 'multiboot' && plan.boot.modules.map(({path}) => path)).toEqual([
      'binmod.tgz',
      'environ.tgz',
      'cim.tgz',
      'oem.tgz',
      'license.tgz',
    ])
    expect(await plannedTexts(plan?.files ?? [])).toMatchObject({
      'vmkernel.gz': 'vmkernel',
      'license.tgz': 'license',
      'mboot.c32': 'their mboot',
    })
  })

  test('a volume without one of them is refused', async () => {
    const {'CIM.TGZ': _, ...rest} = HYPERVISOR1
    await expect(findEsx3i([memoryTree(rest, {label: 'Hypervisor1'})], 'x.dd')).rejects.toMatchObject({
      code: 'IMAGE_INCOMPLETE',
      details: {missing: ['cim.tgz']},
    })
  })

  test('the disk image is found in the tarball, and the tarball on the ISO image', async () => {
    const path = 'usr/lib/vmware/installer/VMware-VMvisor-big-3.5.0-67921.i386.dd.bz2'
    expect(await findEsx3iInside([memoryTree({[path]: 'x'})])).toMatchObject({path})
    expect(await findEsx3iInside([memoryTree({'INSTALL.TGZ': 'x'})])).toMatchObject({path: 'INSTALL.TGZ'})
    expect(await findEsx3iInside([memoryTree({'readme.txt': 'x'})])).toBeUndefined()
  })
})

const ISO = {sizeBytes: 3, open: () => memoryFile('x', 'iso').open()}

describe('Linux media', () => {
  const find = (files: Files, wishes = {}) => findLinuxMedium([memoryTree(files)], ISO, wishes)
  const cases: readonly (readonly [string, Files, object, readonly string[]])[] = [
    [
      'Debian netboot.tar.gz',
      {
        'version.info': 'Debian version:  12 (bookworm)\n',
        'debian-installer/amd64/linux': 'k',
        'debian-installer/amd64/initrd.gz': 'i',
        'debian-installer/amd64/pxelinux.0': 'p',
      },
      {
        name: 'debian-installer-12',
        boot: {kind: 'linux', kernel: 'debian-installer/amd64/linux', initrds: ['debian-installer/amd64/initrd.gz'], args: ''},
      },
      ['debian-installer/amd64/initrd.gz', 'debian-installer/amd64/linux'],
    ],
    [
      'Debian mini.iso',
      {linux: 'k', 'initrd.gz': 'i', 'isolinux.cfg': 'x', '.disk/info': 'Debian GNU/Linux 12.5 "bookworm"'},
      {name: 'debian-installer-12.5', boot: {kernel: 'linux'}},
      ['initrd.gz', 'linux'],
    ],
    [
      'Debian live',
      {
        'live/vmlinuz-6.1.0-13-amd64': 'k',
        'live/initrd.img-6.1.0-13-amd64': 'i',
        'live/filesystem.squashfs': 's',
        '.disk/info': 'Debian 12.2.0',
      },
      {name: 'debian-live-12.2.0', boot: {args: 'boot=live components ip=dhcp fetch={image-url}/live/filesystem.squashfs'}},
      ['live/filesystem.squashfs', 'live/initrd.img-6.1.0-13-amd64', 'live/vmlinuz-6.1.0-13-amd64'],
    ],
    [
      'Ubuntu',
      {'casper/vmlinuz': 'k', 'casper/initrd': 'i', 'casper/filesystem.squashfs': 's', '.disk/info': 'Ubuntu-Server 22.04.3 LTS'},
      {name: 'ubuntu-22.04.3', boot: {args: 'boot=casper ip=dhcp netboot=url url={image-url}/image.iso cloud-config-url=/dev/null'}},
      ['casper/initrd', 'casper/vmlinuz', 'image.iso'],
    ],
    [
      'Fedora live',
      {'images/pxeboot/vmlinuz': 'k', 'images/pxeboot/initrd.img': 'i', 'LiveOS/squashfs.img': 's'},
      {name: 'fedora-live', boot: {args: 'root=live:{image-url}/LiveOS/squashfs.img rd.live.image rd.neednet=1 ip=dhcp'}},
      ['LiveOS/squashfs.img', 'images/pxeboot/initrd.img', 'images/pxeboot/vmlinuz'],
    ],
    [
      'Fedora, the network installer',
      {
        'images/pxeboot/vmlinuz': 'k',
        'images/pxeboot/initrd.img': 'i',
        'images/install.img': 's',
        '.treeinfo': '[release]\nname = Fedora\nversion = 39\n',
      },
      {name: 'anaconda-netinst-39', boot: {args: 'inst.stage2={image-url}/ ip=dhcp'}},
      ['.treeinfo', 'images/install.img', 'images/pxeboot/initrd.img', 'images/pxeboot/vmlinuz'],
    ],
    [
      'RHEL with packages: all of it is kept',
      {'images/pxeboot/vmlinuz': 'k', 'images/pxeboot/initrd.img': 'i', 'images/install.img': 's', 'BaseOS/Packages/a.rpm': 'r'},
      {name: 'anaconda', boot: {args: 'inst.repo={image-url}/ ip=dhcp'}},
      ['BaseOS/Packages/a.rpm', 'images/install.img', 'images/pxeboot/initrd.img', 'images/pxeboot/vmlinuz'],
    ],
    [
      'Alpine',
      {
        'boot/vmlinuz-lts': 'k',
        'boot/initramfs-lts': 'i',
        'boot/modloop-lts': 'm',
        'apks/x86_64/APKINDEX.tar.gz': 'a',
        '.alpine-release': 'alpine-standard-3.19.1',
      },
      {
        name: 'alpine-3.19.1',
        boot: {args: 'ip=dhcp modules=loop,squashfs modloop={image-url}/boot/modloop-lts alpine_repo={image-url}/apks'},
      },
      ['apks/x86_64/APKINDEX.tar.gz', 'boot/initramfs-lts', 'boot/modloop-lts', 'boot/vmlinuz-lts'],
    ],
    [
      'Arch',
      {
        'arch/boot/x86_64/vmlinuz-linux': 'k',
        'arch/boot/x86_64/initramfs-linux.img': 'i',
        'arch/boot/intel-ucode.img': 'u',
        'arch/x86_64/airootfs.sfs': 's',
        'arch/version': '2023.10.14\n',
        'EFI/BOOT/BOOTx64.EFI': 'e',
      },
      {
        name: 'archlinux-2023.10.14',
        boot: {
          initrds: ['arch/boot/intel-ucode.img', 'arch/boot/x86_64/initramfs-linux.img'],
          args: 'archisobasedir=arch archiso_http_srv={image-url}/ ip=dhcp',
        },
      },
      ['arch/boot/intel-ucode.img', 'arch/boot/x86_64/initramfs-linux.img', 'arch/boot/x86_64/vmlinuz-linux', 'arch/x86_64/airootfs.sfs'],
    ],
    [
      'openSUSE',
      {'boot/x86_64/loader/linux': 'k', 'boot/x86_64/loader/initrd': 'i', 'boot/x86_64/root': 'r', 'repo/x': 'y'},
      {name: 'suse', boot: {args: 'install={image-url}/ netsetup=dhcp'}},
      ['boot/x86_64/loader/initrd', 'boot/x86_64/loader/linux', 'boot/x86_64/root', 'repo/x'],
    ],
  ]

  test.each(cases)('%s', async (_, files, expected, placed) => {
    const plan = await find(files)
    expect(plan).toMatchObject({type: 'linux', ...expected})
    expect(plan?.files.map(({path}) => path).toSorted()).toEqual(placed)
  })

  test('the disc of the Debian installer is imported with a warning: it looks for its disc', async () => {
    const plan = await find({'install.amd/vmlinuz': 'k', 'install.amd/initrd.gz': 'i'})
    expect(plan?.warnings).toEqual([expect.stringContaining('netboot.tar.gz')])
  })

  test('an answer file is named as the installer wants it, and refused where nobody knows how', async () => {
    const fedora = {'images/pxeboot/vmlinuz': 'k', 'images/pxeboot/initrd.img': 'i', 'images/install.img': 's'}
    expect(await find(fedora, {kickstart: 'http://x/ks', bootArgs: ' quiet '})).toMatchObject({
      boot: {args: 'inst.stage2={image-url}/ ip=dhcp inst.ks=http://x/ks quiet'},
    })
    const alpine = {'boot/vmlinuz-lts': 'k', 'boot/initramfs-lts': 'i', 'boot/modloop-lts': 'm', 'apks/x': 'a'}
    await expect(find(alpine, {kickstart: 'http://x/ks'})).rejects.toMatchObject({code: 'KICKSTART_UNKNOWN'})
  })

  test('a system that needs its ISO image is not imported from a folder', async () => {
    await expect(findLinuxMedium([memoryTree({'casper/vmlinuz': 'k', 'casper/initrd': 'i'})], undefined, {})).rejects.toMatchObject({
      code: 'IMAGE_NEEDS_ISO',
    })
  })

  test('no signature fits nothing, and each has a kernel and an initrd', async () => {
    expect(await find({'readme.txt': 'x'})).toBeUndefined()
    expect(linuxSignatures.filter(({kernels, initrds}) => kernels.length === 0 || initrds.length === 0)).toEqual([])
  })
})

describe('programs', () => {
  test.each([
    [
      'a Linux kernel',
      bzImage('6.1.0-13-amd64 (debian-kernel) #1 SMP'),
      {kind: 'linux', isBzImage: true, isEfi: false, version: '6.1.0-13-amd64'},
    ],
    ['a Linux kernel with an EFI stub', bzImage('6.1.0 #1', {efi: true}), {kind: 'linux', isBzImage: true, isEfi: true}],
    ['memtest86+ 6 for BIOS', bzImage('Memtest86+ v6.10'), {kind: 'memtest', isBzImage: true, isEfi: false, version: '6.10'}],
    ['memtest86+ 6 for EFI', bzImage('Memtest86+ v6.10', {efi: true}), {kind: 'memtest', isEfi: true}],
    ['ipxe.lkrn', bzImage('1.21.1+ (g182ee)', {text: 'Installation failed - cannot continue'}), {kind: 'ipxe', isBzImage: true}],
    ['ipxe.efi', efiProgram('iPXE> '), {kind: 'ipxe', isBzImage: false, isEfi: true}],
    ['another EFI program', efiProgram('shell'), {kind: 'efi', isEfi: true}],
    [
      'undionly.kpxe',
      Buffer.from(`\xea\x05\0\xc0\x07${'\0'.repeat(600)}PXE->EB:`, 'latin1'),
      {kind: 'ipxe', isBzImage: false, isEfi: false},
    ],
  ])('%s', (_, bytes, expected) => {
    expect(recogniseBytes(bytes)).toMatchObject(expected)
  })

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['a text', Buffer.from('#!/bin/sh\necho hello\n')],
    ['a PE program for Windows', Object.assign(efiProgram(), {}).fill(3, 0x80 + 24 + 68, 0x80 + 24 + 69)],
    ['a boot sector', Buffer.concat([Buffer.alloc(510), Buffer.from([0x55, 0xaa])])],
    ['a kernel cut at its header', bzImage('6.1.0').subarray(0, 0x204)],
    [
      'a PE header that points far away',
      Buffer.concat([Buffer.from('MZ'), Buffer.alloc(58), Buffer.from([0xff, 0xff, 0xff, 0xff]), Buffer.alloc(600)]),
    ],
  ])('%s is none', (_, bytes) => {
    expect(recogniseBytes(bytes)).toBeUndefined()
  })

  test('a kernel and its initrds get the names that a folder filled by hand has', () => {
    const kernel = memoryFile('vmlinuz-6.1.0', bzImage('6.1.0 #1'))
    const program = {kind: 'linux', isBzImage: true, isEfi: false, version: '6.1.0'} as const
    expect(planKernel(kernel, program, [memoryFile('a', 'x')], 'quiet')).toMatchObject({
      name: 'linux-6.1.0',
      boot: {kernel: 'vmlinuz', initrds: ['initrd.img'], args: 'quiet'},
      warnings: [],
    })
    expect(planKernel(kernel, program, [memoryFile('a', 'x'), memoryFile('b', 'y')], '').boot).toMatchObject({
      initrds: ['initrd-1.img', 'initrd-2.img'],
    })
    expect(planKernel(kernel, program, [], '').warnings).toHaveLength(1)
  })

  test('a program is started the way it can be', () => {
    const file = memoryFile('m', 'x')
    expect(planProgram(file, {kind: 'memtest', isBzImage: true, isEfi: true, version: '6.10'}, '')).toMatchObject({
      name: 'memtest86plus-6.10',
      boot: {kind: 'program', bios: {path: 'memtest.efi', protocol: 'linux'}, uefi: {path: 'memtest.efi'}},
    })
    expect(planProgram(file, {kind: 'ipxe', isBzImage: false, isEfi: false}, '').boot).toEqual({
      kind: 'program',
      bios: {path: 'undionly.kpxe', protocol: 'nbp'},
      args: '',
    })
    expect(planProgram(file, {kind: 'efi', isBzImage: false, isEfi: true}, 'a').boot).toEqual({
      kind: 'program',
      uefi: {path: 'program.efi'},
      args: 'a',
    })
  })

  test('an initrd that is empty, or a kernel, is refused', async () => {
    await expect(checkInitrd(memoryFile('initrd', ''))).rejects.toMatchObject({code: 'INITRD_INVALID'})
    await expect(checkInitrd(memoryFile('initrd', bzImage('6.1.0')))).rejects.toMatchObject({code: 'INITRD_INVALID'})
    await checkInitrd(memoryFile('initrd', 'cpio'))
  })
})
