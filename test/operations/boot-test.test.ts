import {describe, expect, test} from 'vitest'
import {type BootClientKind, filenameFor} from '../../src/boot/firmware.js'
import {hostBootFiles, labBootFiles} from '../../src/boot/host-files.js'
import type {ImageBoot} from '../../src/boot/image.js'
import type {BootHost} from '../../src/boot/menu.js'
import {PxectlError} from '../../src/errors.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import type {BootDoors, DhcpAnswer, TftpStyle} from '../../src/operations/boot-test-record.js'
import {bootTest, type BootTestResult, type TestFirmware} from '../../src/operations/boot-test.js'
import {context, images, tk2} from '../boot/samples.js'

const server = parseIpv4('192.168.56.1')
const ip = parseIpv4('192.168.56.21')
const settings = {server, httpPort: 8069, bootLoader: 'ipxe'} as const

type FakeLab = {
  /** Name below the TFTP root → content. */
  readonly files: Map<string, string>
  readonly dhcp: (client: BootClientKind) => DhcpAnswer
}

/** The files of a lab in order: loaders, menus, one image. */
function labFiles(host: Partial<BootHost> = {image: 'debian'}): Map<string, string> {
  return new Map([
    ['undionly.kpxe', 'packed'],
    ['ipxe.efi', 'MZ iPXE initialising devices'],
    ['pxelinux.0', 'PXELINUX 6.04 ldlinux.c32'],
    ['ldlinux.c32', 'core'],
    ['images/debian/vmlinuz', 'kernel'],
    ['images/debian/initrd.img', 'initrd'],
    ...labBootFiles(context),
    ...hostBootFiles({...tk2, ...host}, context),
  ])
}

function without(name: string): Map<string, string> {
  const files = labFiles()
  files.delete(name)
  return files
}

function leased(filename: string | undefined, nextServer: string | undefined = server): DhcpAnswer {
  return {
    kind: 'leased',
    ip,
    serverId: server,
    durationMs: 1,
    ...(nextServer === undefined ? {} : {nextServer: parseIpv4(nextServer)}),
    ...(filename === undefined ? {} : {filename}),
  }
}

const byKind =
  (bootLoader: 'ipxe' | 'pxelinux') =>
  (client: BootClientKind): DhcpAnswer =>
    leased(filenameFor(client, {...settings, bootLoader}))

/** Doors onto a lab in memory; `asked` lists every request as a server would log it. */
function openFakeLab({files, dhcp}: FakeLab): {doors: BootDoors; asked: string[]} {
  const asked: string[] = []
  const fetchFile = (name: string, missing: PxectlError) => {
    const content = files.get(name.replace(/^\/+/, ''))
    if (content === undefined) throw missing
    const bytes = new TextEncoder().encode(content)
    return {sizeBytes: bytes.length, bytes, durationMs: 1}
  }
  const styled = ({blksize, windowsize, sizeProbe}: TftpStyle): string =>
    `${sizeProbe === true ? ' tsize' : ''} ${blksize}${windowsize === undefined ? '' : `/${windowsize}`}`
  return {
    asked,
    doors: {
      dhcp: async (client) => {
        asked.push(`dhcp ${client.architecture}${client.isIpxe ? ' iPXE' : ''}`)
        return dhcp(client)
      },
      tftp: async (_, name, style) => {
        asked.push(`tftp ${name}${styled(style)}`)
        return fetchFile(name, new PxectlError('no such file', {code: 'TFTP_ERROR', kind: 'notFound', details: {tftpCode: 1}}))
      },
      http: async (url) => {
        asked.push(`http ${url}`)
        const missing = new PxectlError('HTTP status 404', {code: 'HTTP_STATUS', kind: 'notFound', details: {status: 404}})
        return fetchFile(decodeURIComponent(new URL(url).pathname), missing)
      },
      exports: async () => [],
    },
  }
}

async function play(firmware: TestFirmware, lab: Partial<FakeLab> = {}): Promise<BootTestResult & {asked: string[]}> {
  const {doors, asked} = openFakeLab({files: labFiles(), dhcp: byKind('ipxe'), ...lab})
  const host = {name: 'tk2', mac: tk2.mac, ip, uuid: '00112233-4455-6677-8899-aabbccddeeff'}
  const result = await bootTest({host, firmware, doors, tftpRoot: '/srv/lab/tftpboot'})
  return {...result, asked}
}

const HOST_SCRIPT = 'http://192.168.56.1:8069/ipxe/01-08-00-27-12-34-56.ipxe'

describe('a host boots', () => {
  test('from a plain BIOS ROM: undionly.kpxe, DHCP again as iPXE, scripts, kernel and initrd by HTTP', async () => {
    const {ok, steps, asked} = await play('bios')
    expect(ok).toBe(true)
    expect(asked).toEqual([
      'dhcp 0',
      'tftp undionly.kpxe 1432',
      'dhcp 0 iPXE',
      'http http://192.168.56.1:8069/boot.ipxe',
      `http ${HOST_SCRIPT}`,
      'http http://192.168.56.1:8069/images/debian/vmlinuz',
      'http http://192.168.56.1:8069/images/debian/initrd.img',
    ])
    expect(steps.map((step) => step.step)).toEqual(['dhcp', 'loader', 'dhcp', 'config', 'config', 'kernel', 'initrd'])
    expect(steps.at(-1)).toEqual({
      step: 'initrd',
      ok: true,
      what: 'http://192.168.56.1:8069/images/debian/initrd.img',
      bytes: 6,
      durationMs: 1,
      detail: 'by HTTP',
    })
  })

  test('from an iPXE ROM, at once with the script', async () => {
    const {ok, asked} = await play('bios-ipxe')
    expect(ok).toBe(true)
    expect(asked.slice(0, 2)).toEqual(['dhcp 0 iPXE', 'http http://192.168.56.1:8069/boot.ipxe'])
  })

  test('from UEFI: the size first, then the loader in windows of four', async () => {
    const {ok, asked} = await play('uefi')
    expect(ok).toBe(true)
    expect(asked.slice(0, 4)).toEqual(['dhcp 7', 'tftp ipxe.efi tsize 1468', 'tftp ipxe.efi 1468/4', 'dhcp 7 iPXE'])
  })

  test('from UEFI HTTP boot, without any TFTP', async () => {
    const {ok, asked} = await play('uefi-http')
    expect(ok).toBe(true)
    expect(asked.slice(0, 3)).toEqual(['dhcp 16', 'http http://192.168.56.1:8069/ipxe.efi', 'dhcp 7 iPXE'])
  })

  test.each(['bios', 'bios-ipxe'] as const)('by PXELINUX from %s: its core, its search, kernel and initrd by TFTP', async (firmware) => {
    const {ok, asked} = await play(firmware, {dhcp: byKind('pxelinux')})
    expect(ok).toBe(true)
    expect(asked.slice(1)).toEqual([
      'tftp pxelinux.0 1432',
      'tftp ldlinux.c32 1408',
      'tftp pxelinux.cfg/33221100-5544-7766-8899-aabbccddeeff 1408',
      'tftp pxelinux.cfg/01-08-00-27-12-34-56 1408',
      'tftp images/debian/vmlinuz 1408',
      'tftp images/debian/initrd.img 1408',
    ])
  })

  test('by a script that comes by TFTP, and stays on TFTP', async () => {
    const {ok, asked} = await play('bios-ipxe', {dhcp: () => leased('boot.ipxe')})
    expect(ok).toBe(true)
    expect(asked).toEqual(expect.arrayContaining(['tftp ipxe/01-08-00-27-12-34-56.ipxe 1432', 'tftp images/debian/vmlinuz 1432']))
  })

  test.each(['bios', 'uefi'] as const)('its local disk from %s, where that is its menu', async (firmware) => {
    const {ok, steps} = await play(firmware, {files: labFiles({})})
    expect(ok).toBe(true)
    expect(steps.at(-1)).toMatchObject({step: 'config', what: 'local', detail: expect.stringContaining('local disk') as string})
  })

  test('its local disk by PXELINUX', async () => {
    const {ok, steps} = await play('bios', {files: labFiles({}), dhcp: byKind('pxelinux')})
    expect(ok).toBe(true)
    expect(steps.at(-1)?.detail).toContain('local disk')
  })

  test('what unknown clients boot, if it has no files of its own, and the step says so', async () => {
    const byIpxe = await play('bios', {files: without('ipxe/01-08-00-27-12-34-56.ipxe')})
    expect(byIpxe.steps.at(-2)?.detail).toContain('ipxe/01-08-00-27-12-34-56.ipxe')
    const byPxelinux = await play('bios', {files: without('pxelinux.cfg/01-08-00-27-12-34-56'), dhcp: byKind('pxelinux')})
    expect(byPxelinux.steps.at(-2)?.detail).toContain('this host has none')
  })
})

type Failing = readonly [what: string, firmware: TestFirmware, lab: Partial<FakeLab>, step: string, detail: RegExp, suggestion: RegExp]

describe('the first thing that is wrong ends the test, with what mends it', () => {
  const silent = (phase: 'discover' | 'request') => (): DhcpAnswer => ({kind: 'silent', phase, durationMs: 5000})
  const config = 'pxelinux.cfg/01-08-00-27-12-34-56'
  const noConfig = new Map([...labFiles()].filter(([name]) => !name.startsWith('pxelinux.cfg/')))
  const withFile = (name: string, content: string): Map<string, string> => new Map([...labFiles(), [name, content]])
  const cases: Failing[] = [
    ['no DHCP server', 'bios', {dhcp: silent('discover')}, 'dhcp', /no DHCP server answered within 5\.0 s/, /pxectl serve --dhcp full/],
    ['an offer that is never confirmed', 'bios', {dhcp: silent('request')}, 'dhcp', /did not confirm/, /pxectl dhcp check/],
    [
      'a refusal',
      'bios',
      {dhcp: () => ({kind: 'refused', message: 'wrong network', durationMs: 1})},
      'dhcp',
      /wrong network/,
      /dhcp check/,
    ],
    ['no filename', 'bios', {dhcp: () => leased(undefined)}, 'dhcp', /no filename/, /pxectl dhcp apply --boot-options subnet/],
    [
      'next-server 0.0.0.0',
      'bios',
      {dhcp: () => ({kind: 'leased', ip, serverId: server, durationMs: 1, filename: 'pxelinux.0'})},
      'dhcp',
      /next-server is 0\.0\.0\.0/,
      /--boot-options subnet/,
    ],
    ['a missing loader', 'bios', {files: without('undionly.kpxe')}, 'loader', /no such file/, /pxectl loader install/],
    [
      'a missing core of PXELINUX',
      'bios',
      {files: without('ldlinux.c32'), dhcp: byKind('pxelinux')},
      'loader',
      /no such/,
      /loader install/,
    ],
    ['an empty loader', 'bios', {files: withFile('undionly.kpxe', '')}, 'loader', /empty/, /loader install/],
    ['an EFI program for BIOS', 'bios', {dhcp: () => leased('ipxe.efi')}, 'loader', /BIOS firmware cannot run/, /--boot-options subnet/],
    ['a BIOS program for UEFI', 'uefi', {dhcp: () => leased('undionly.kpxe')}, 'loader', /no EFI program/, /--boot-options subnet/],
    ['a script for plain firmware', 'bios', {dhcp: () => leased('boot.ipxe')}, 'loader', /script for iPXE/, /--boot-options subnet/],
    ['iPXE given to iPXE', 'bios', {dhcp: () => leased('undionly.kpxe')}, 'loader', /for ever/, /--boot-options subnet/],
    ['iPXE chained by a script', 'bios', {files: withFile('boot.ipxe', '#!ipxe\nchain ipxe.efi')}, 'config', /for ever/, /dhcp apply/],
    [
      'a loader that is not followed',
      'uefi',
      {files: withFile('bootx64.efi', 'MZ GRUB'), dhcp: () => leased('bootx64.efi')},
      'loader',
      /cannot follow/,
      /--vm/,
    ],
    [
      'no PXELINUX configuration',
      'bios',
      {files: noConfig, dhcp: byKind('pxelinux')},
      'config',
      /01-08-00-27-12-34-56, pxelinux\.cfg\/C0A83815/,
      /host set tk2/,
    ],
    [
      'nothing to boot in it',
      'bios',
      {files: withFile(config, '# empty'), dhcp: byKind('pxelinux')},
      'config',
      /nothing to boot/,
      /menu show tk2/,
    ],
    ['a missing first script', 'bios', {files: without('boot.ipxe')}, 'config', /404/, /host set tk2/],
    ['scripts in a circle', 'bios', {files: withFile('boot.ipxe', '#!ipxe\nchain boot.ipxe')}, 'config', /without end/, /^$/],
    [
      'a script that asks for nothing that is there',
      'bios',
      {files: withFile('boot.ipxe', '#!ipxe\nchain a || chain b')},
      'config',
      /8069\/a, http.*8069\/b/,
      /host set/,
    ],
    [
      'a missing kernel',
      'bios',
      {files: without('images/debian/vmlinuz')},
      'kernel',
      /404/,
      /\/srv\/lab\/tftpboot\/images\/debian\/vmlinuz$/,
    ],
    [
      'a missing initrd',
      'bios',
      {files: without('images/debian/initrd.img'), dhcp: byKind('pxelinux')},
      'initrd',
      /no such file/,
      /initrd\.img$/,
    ],
    ['an empty kernel', 'bios', {files: withFile('images/debian/vmlinuz', '')}, 'kernel', /empty/, /vmlinuz$/],
  ]
  test.each(cases)('%s', async (_, firmware, lab, step, detail, suggestion) => {
    const {ok, steps, failure} = await play(firmware, lab)
    expect(ok).toBe(false)
    expect(failure).toBe(steps.at(-1))
    expect(steps.slice(0, -1).every((passed) => passed.ok)).toBe(true)
    expect(failure).toMatchObject({step, ok: false, detail: expect.stringMatching(detail) as string})
    expect(failure?.suggestions?.[0] ?? '').toMatch(suggestion)
  })
})

test('a server that does not answer is told from a file that is not there', async () => {
  const {doors} = openFakeLab({files: labFiles(), dhcp: byKind('ipxe')})
  const tftp = async (): Promise<never> => {
    throw new PxectlError('no answer from 192.168.56.1', {code: 'TFTP_TIMEOUT', kind: 'external', suggestions: ['ss -ulpn']})
  }
  const {failure} = await bootTest({host: {name: 'tk2', mac: tk2.mac}, firmware: 'bios', doors: {...doors, tftp}, tftpRoot: '/t'})
  expect(failure).toMatchObject({step: 'loader', suggestions: ['start the servers: pxectl serve', 'ss -ulpn']})
})

test('a bug of ours is no failed boot', async () => {
  const {doors} = openFakeLab({files: labFiles(), dhcp: byKind('ipxe')})
  const dhcp = async (): Promise<never> => {
    throw new TypeError('undefined is not a function')
  }
  const options = {host: {name: 'tk2', mac: tk2.mac}, firmware: 'bios', doors: {...doors, dhcp}, tftpRoot: '/t'} as const
  await expect(bootTest(options)).rejects.toThrow(TypeError)
})

test('an address that is not the one of the database is pointed out', async () => {
  const {doors} = openFakeLab({files: labFiles(), dhcp: byKind('ipxe')})
  const host = {name: 'tk2', mac: tk2.mac, ip: parseIpv4('192.168.56.99')}
  const {steps} = await bootTest({host, firmware: 'bios', doors, tftpRoot: '/t'})
  expect(steps[0]?.detail).toContain('the host database says 192.168.56.99')
})

/** A lab with one image of each kind, whose host boots the named one; every file that an image has is there. */
function imageFiles(image: string): Map<string, string> {
  const all = {...context, images}
  const names = [...images.values()].flatMap(({boot}) => filesOf(boot))
  return new Map([
    ...labFiles(),
    ...names.map((name): [string, string] => [name, name]),
    ['mboot.c32', '\x7fELF libcom32.c32'],
    ['images/esx3i/mboot.c32', 'COM32R'],
    ['images/esxi/mboot.c32', 'COM32R'],
    ['libcom32.c32', 'library'],
    ['images/esxi/mboot.efi', 'MZ'],
    ['esxi/01-08-00-27-12-34-56/esxi.cfg', 'prefix=images/esxi\nkernel=b.b00\nmodules=a.gz --- b.gz\n'],
    ['images/esxi/b.b00', 'kernel'],
    ['images/esxi/a.gz', 'a'],
    ['images/esxi/b.gz', 'b'],
    ...hostBootFiles({...tk2, image}, all),
    [`pxelinux.cfg/01-08-00-27-12-34-56+multiboot`, hostBootFiles({...tk2, image}, all).get('pxelinux.cfg/01-08-00-27-12-34-56') ?? ''],
  ])
}

function filesOf(boot: ImageBoot): string[] {
  return boot.kind === 'smartos'
    ? [boot.kernel, boot.bootArchive, boot.bootArchiveHash ?? boot.bootArchive, ...boot.overlays.map(({path}) => path)]
    : boot.kind === 'multiboot'
      ? [boot.kernel, ...boot.modules.map(({path}) => path)]
      : []
}

const AT = 'images/smartos/platform/i86pc'

describe('a host boots what needs more than a kernel and an initrd', () => {
  test('SmartOS by PXELINUX: mboot.c32, its library, the kernel, each module', async () => {
    const {ok, steps} = await play('bios', {files: imageFiles('smartos'), dhcp: byKind('pxelinux')})
    expect(ok).toBe(true)
    expect(steps.slice(3).map(({step, what}) => `${step} ${what}`)).toEqual([
      'config pxelinux.cfg/01-08-00-27-12-34-56',
      'loader mboot.c32',
      'loader libcom32.c32',
      `kernel ${AT}/kernel/amd64/unix`,
      `module ${AT}/amd64/boot_archive`,
      `module ${AT}/amd64/boot_archive.hash`,
      'module overlay/etc/system',
      'module images/smartos/overlay/kernel/drv/dtrace.conf',
    ])
  })
  test('ESX 3i from an iPXE menu, by way of PXELINUX', async () => {
    const {ok, asked} = await play('bios-ipxe', {files: imageFiles('esx3i')})
    expect(ok).toBe(true)
    expect(asked.slice(3).map((line) => line.split(' ')[1])).toEqual([
      'pxelinux.0',
      'ldlinux.c32',
      'pxelinux.cfg/01-08-00-27-12-34-56+multiboot',
      'images/esx3i/mboot.c32',
      'images/esx3i/vmkernel.gz',
      ...['binmod', 'environ', 'cim', 'oem', 'license'].map((name) => `images/esx3i/${name}.tgz`),
    ])
  })
  test('ESXi on a BIOS and on UEFI: mboot, boot.cfg and what that names', async () => {
    const files = imageFiles('esxi')
    const bios = await play('bios', {files, dhcp: byKind('pxelinux')})
    expect(bios.steps.at(-5)).toMatchObject({step: 'loader', what: 'images/esxi/mboot.c32'})
    for (const {ok, steps} of [bios, await play('uefi', {files: withUrlPrefix(files)})]) {
      expect(ok).toBe(true)
      expect(steps.slice(-4).map(({step, what}) => `${step} ${what.replace('http://192.168.56.1:8069/', '')}`)).toEqual([
        'config esxi/01-08-00-27-12-34-56/esxi.cfg',
        'kernel images/esxi/b.b00',
        'module images/esxi/a.gz',
        'module images/esxi/b.gz',
      ])
    }
  })
  test('and is told which module is missing', async () => {
    const files = imageFiles('smartos')
    files.delete('overlay/etc/system')
    const {failure} = await play('bios', {files, dhcp: byKind('pxelinux')})
    expect(failure).toMatchObject({step: 'module', what: 'overlay/etc/system'})
  })
})

/** boot.cfg as it is served by HTTP. */
function withUrlPrefix(files: Map<string, string>): Map<string, string> {
  const name = 'esxi/01-08-00-27-12-34-56/esxi.cfg'
  return new Map(files).set(name, (files.get(name) ?? '').replace('prefix=', 'prefix=http://192.168.56.1:8069/'))
}
