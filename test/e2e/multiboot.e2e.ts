// Multiboot kernels by every loader that starts them: the kernel of the tests stands for `unix` of SmartOS and `vmkernel` of ESX 3i, and
// says what it was handed. Options, order, names and bytes are compared exactly.
//
//     br0 192.168.56.1: pxectl serve --dhcp full, or dhcpd and pxectl serve ── tap1: QEMU, SeaBIOS, iPXE ROM, 52:54:00:a1:b2:c3
import {createHash} from 'node:crypto'
import {copyFile, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {gzipSync} from 'node:zlib'
import {beforeAll, expect, test} from 'vitest'
import {fetched, HOST} from './support/boot.js'
import {HAND_WRITTEN, startDhcpd} from './support/dhcpd.js'
import {PLATFORM, smartosBoot, writeFileAt, writeImage} from './support/images.js'
import {type Lab, makeLab, type Server, startServe} from './support/lab.js'
import {powerOn} from './support/machine.js'
import {
  buildMultibootKernels,
  type MultibootKernels,
  type MultibootModule,
  type MultibootReport,
  moduleOf,
  readMultibootReport,
} from './support/multiboot-kernel.js'
import {advertiseNoRouter, type Network, SERVER, withNetwork} from './support/network.js'
import {mustRun} from './support/programs.js'

const LIMIT_MS = 150_000

let kernels: MultibootKernels

beforeAll(async () => {
  kernels = await buildMultibootKernels()
})

/** Not of one byte alone, and the same in each run. */
function bytesOf(seed: string, length: number): Buffer {
  const block = createHash('sha512').update(seed).digest()
  const content = Buffer.alloc(length, block)
  content.writeUInt32LE(length, 0)
  return content
}

const archive = bytesOf('boot_archive', 3_000_001)
const hash = `${createHash('sha1').update(archive).digest('hex')}\n`
const overlays: Readonly<Record<string, string>> = {
  'images/smartos/overlay/etc/system': 'set zfs:zfs_arc_max = 0x8000000\n',
  'overlay/etc/motd': 'for every SmartOS\n',
  'overlay/etc/system': 'not this one, the image has its own\n',
  'overlay/kernel/drv/dtrace.conf': 'name="dtrace" parent="pseudo" instance=0;\n',
}

async function addSmartos(lab: Lab): Promise<readonly string[]> {
  await writeImage(lab.tftpRoot, {
    name: 'smartos',
    type: 'smartos',
    boot: smartosBoot,
    files: {
      [smartosBoot.kernel]: kernels.unix,
      [smartosBoot.bootArchive]: archive,
      [`${PLATFORM}/amd64/boot_archive.hash`]: hash,
    },
  })
  return ['--image', 'smartos']
}

async function addOverlays(lab: Lab): Promise<void> {
  for (const [path, content] of Object.entries(overlays)) await writeFileAt(join(lab.tftpRoot, path), content)
}

const AT = `images/smartos/${PLATFORM}`
const OPTIONS = `smartos=true,hostname=${HOST.name},root_shadow=$5$2HOHRnK3$NvLlm.1KQBbB0WjoP7xcIwGnllhzp2HnT.mDO7DpxYA,console=ttya`
const MODE = ',ttya-mode="115200,8,n,1,-"'

/** What SmartOS is handed. `prefix`: how the loader spells paths. */
function smartosReport(prefix: string, options: string, withOverlays = true): MultibootReport {
  const overlay = (path: string, name: string): MultibootModule =>
    moduleOf(Buffer.from(overlays[path] ?? ''), `${prefix}${path} type=file name=${name}`)
  return {
    magic: '2badb002',
    cmdline: `${prefix}${AT}/kernel/amd64/unix ${options}`,
    modules: [
      moduleOf(archive, `${prefix}${AT}/amd64/boot_archive type=rootfs name=ramdisk`),
      moduleOf(Buffer.from(hash), `${prefix}${AT}/amd64/boot_archive.hash type=hash name=ramdisk`),
      ...(withOverlays
        ? [
            overlay('overlay/etc/motd', 'etc/motd'),
            overlay('images/smartos/overlay/etc/system', 'etc/system'),
            overlay('overlay/kernel/drv/dtrace.conf', 'kernel/drv/dtrace.conf'),
          ]
        : []),
    ],
  }
}

type Prepared = {readonly lab: Lab; readonly server: Server}

/** A lab with our own DHCP server, and the host that boots the image. */
async function serveBuiltin(
  network: Network,
  loader: 'ipxe' | 'pxelinux',
  prepare: (lab: Lab) => Promise<readonly string[]>,
): Promise<Prepared> {
  const lab = await makeLab(network, {dhcp: 'builtin', settings: {'boot.loader': loader}})
  await lab.must('loader', 'install')
  const flags = await prepare(lab)
  await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, ...flags)
  const server = await startServe(lab, 'full')
  await advertiseNoRouter(network)
  return {lab, server}
}

/** Power-on to power-off. */
async function report(network: Network): Promise<MultibootReport> {
  const machine = await powerOn(network, 'bios', HOST.mac)
  try {
    const read = await readMultibootReport(machine, LIMIT_MS)
    await machine.powersOff(20_000)
    return read
  } finally {
    await machine.stop()
  }
}

async function prepareSmartos(lab: Lab): Promise<readonly string[]> {
  const flags = await addSmartos(lab)
  await addOverlays(lab)
  return flags
}

test('SmartOS by PXELINUX and mboot.c32', () =>
  withNetwork('mb-pxelinux', async (network) => {
    const {server} = await serveBuiltin(network, 'pxelinux', prepareSmartos)
    expect(await report(network)).toEqual(smartosReport('', `-B ${OPTIONS}${MODE}`))
    expect(fetched(server)).toEqual(expect.arrayContaining(['tftp:menu.c32', 'tftp:mboot.c32', `tftp:${AT}/amd64/boot_archive`]))
  }))

test('SmartOS by iPXE over HTTP, with flags and options of the host', () =>
  withNetwork('mb-ipxe', async (network) => {
    const {server} = await serveBuiltin(network, 'ipxe', async (lab) => [
      ...(await addSmartos(lab)),
      '--boot-args',
      '-v noimport=true console=text -B custom="1,2"',
    ])
    const options = `-v -B ${OPTIONS.replace('console=ttya', 'console=text')}${MODE},noimport=true,custom="1,2"`
    expect(await report(network)).toEqual(smartosReport(`http://${SERVER}:8069/`, options, false))
    expect(fetched(server)).toContain(`http:${AT}/amd64/boot_archive`)
  }))

test('SmartOS with overlay files from an iPXE menu, by PXELINUX, because iPXE has no room for so many arguments', () =>
  withNetwork('mb-ipxe-full', async (network) => {
    const {server} = await serveBuiltin(network, 'ipxe', prepareSmartos)
    expect(await report(network)).toEqual(smartosReport('', `-B ${OPTIONS}${MODE}`))
    expect(fetched(server)).toEqual(expect.arrayContaining(['http:boot.ipxe', 'tftp:pxelinux.0', 'tftp:mboot.c32']))
  }))

/** Makes a GRUB 2 for network boot below boot/grub; gives the name of its core. */
async function installGrub(lab: Lab, platform: 'i386-pc' | 'x86_64-efi'): Promise<string> {
  await mustRun(['grub-mknetdir', `--net-directory=${lab.tftpRoot}`, '--subdir=/grub', '-d', `/usr/lib/grub/${platform}`])
  // pxectl makes this file, and keeps its hands off those of others.
  await rm(join(lab.tftpRoot, 'grub/grub.cfg'), {force: true})
  return `grub/${platform}/core.${platform === 'i386-pc' ? '0' : 'efi'}`
}

/** QEMU's ROM is an iPXE, which this class of the administrator's gives GRUB, as a ROM that is none would get it. */
function romClass(filename: string): string {
  return `\nclass "plain-rom" { match if substring(option vendor-class-identifier, 0, 9) = "PXEClient"; filename "${filename}"; next-server ${SERVER}; }\n`
}

test('SmartOS by GRUB 2 on a BIOS, without the property that needs quotes', () =>
  withNetwork('mb-grub', async (network) => {
    const dhcpd = await startDhcpd(network, HAND_WRITTEN + romClass('grub/i386-pc/core.0'))
    const lab = await makeLab(network, {dhcp: 'isc', dhcpd})
    await installGrub(lab, 'i386-pc')
    const flags = await prepareSmartos(lab)
    await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, ...flags)
    const server = await startServe(lab, 'off')
    await advertiseNoRouter(network)
    expect(await report(network)).toEqual(smartosReport('/', `-B ${OPTIONS}`))
    expect(fetched(server)).toContain('tftp:grub/grub.cfg-01-52-54-00-a1-b2-c3')
  }))

test('SmartOS by menu.lst, read by the parser that GRUB 2 has for that language', () =>
  withNetwork('mb-legacy', async (network) => {
    const dhcpd = await startDhcpd(network, HAND_WRITTEN + romClass('grub/i386-pc/core.0'))
    const lab = await makeLab(network, {dhcp: 'isc', dhcpd})
    await installGrub(lab, 'i386-pc')
    const flags = await prepareSmartos(lab)
    await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, ...flags)
    await startServe(lab, 'off')
    await advertiseNoRouter(network)
    const menu = await network.mustRun(['curl', '-sf', `http://${SERVER}:8069/menu.lst.01525400A1B2C3`])
    // The forms with `$` are of illumos alone.
    await writeFileAt(join(lab.tftpRoot, 'legacy.lst'), menu.replace(/^( *(?:kernel|module))\$ /gm, '$1 '))
    await writeFileAt(join(lab.tftpRoot, 'grub/grub.cfg-01-52-54-00-a1-b2-c3'), 'legacy_configfile /legacy.lst\n')
    // The backslashes are GRUB 2's (2.06), whatever it reads; pxegrub passes quotes on as they are.
    expect(await report(network)).toEqual(smartosReport('/', `-B ${OPTIONS}${MODE.replaceAll('"', String.raw`\"`)}`))
  }))

const ESX_MODULES = ['binmod', 'environ', 'cim', 'oem', 'license'].map((name, index) => ({
  path: `${name}.tgz`,
  content: bytesOf(name, 100_000 * index + 513),
}))

async function prepareEsx3i(lab: Lab): Promise<readonly string[]> {
  await writeImage(lab.tftpRoot, {
    name: 'esx3i',
    type: 'esx3i',
    boot: {kind: 'multiboot', kernel: 'vmkernel.gz', args: '', modules: ESX_MODULES.map(({path}) => ({path, args: ''}))},
    files: {
      'vmkernel.gz': gzipSync(kernels.elf32),
      ...Object.fromEntries(ESX_MODULES.map(({path, content}) => [path, gzipSync(content)])),
    },
  })
  return ['--image', 'esx3i']
}

/** All six files unpacked: by mboot.c32, whoever started it. */
const esx3iReport: MultibootReport = {
  magic: '2badb002',
  cmdline: 'images/esx3i/vmkernel.gz',
  modules: ESX_MODULES.map(({path, content}) => moduleOf(content, `images/esx3i/${path}`)),
}

test('the six packed files of ESX 3i by PXELINUX and mboot.c32', () =>
  withNetwork('mb-esx', async (network) => {
    await serveBuiltin(network, 'pxelinux', prepareEsx3i)
    expect(await report(network)).toEqual(esx3iReport)
  }))

test('the same from an iPXE menu, which goes to PXELINUX for what iPXE cannot unpack', () =>
  withNetwork('mb-detour', async (network) => {
    const {server} = await serveBuiltin(network, 'ipxe', prepareEsx3i)
    expect(await report(network)).toEqual(esx3iReport)
    expect(fetched(server)).toEqual(
      expect.arrayContaining(['http:boot.ipxe', 'tftp:pxelinux.0', 'tftp:pxelinux.cfg/01-52-54-00-a1-b2-c3+multiboot']),
    )
  }))

const EVIL_TITLE = `"Quotes" 'n' $HOME %n ; { } é ^x \\ \${x} || #`
const EVIL_ARGS = `a="b c" $1 100% ; || && # 'q' {x} \\ é`

async function prepareEvil(lab: Lab): Promise<readonly string[]> {
  const boot = {kind: 'multiboot', kernel: 'unix', args: '', modules: [{path: 'one', args: EVIL_ARGS}]} as const
  await writeImage(lab.tftpRoot, {name: 'evil', type: 'esx3i', title: EVIL_TITLE, boot, files: {unix: kernels.unix, one: archive}})
  return ['--image', 'evil', '--boot-args', EVIL_ARGS]
}

for (const [loader, prefix] of [
  ['pxelinux', ''],
  ['ipxe', `http://${SERVER}:8069/`],
] as const) {
  test(`titles and arguments full of signs pass ${loader}`, () =>
    withNetwork(`mb-evil-${loader}`, async (network) => {
      await serveBuiltin(network, loader, prepareEvil)
      expect(await report(network)).toEqual({
        magic: '2badb002',
        cmdline: `${prefix}images/evil/unix ${EVIL_ARGS}`,
        modules: [moduleOf(archive, `${prefix}images/evil/one ${EVIL_ARGS}`)],
      })
    }))
}

/** The GRUB legacy of illumos. No Debian package has it: whoever has a SmartOS or a smartos-pxe has it, and names it here. */
const PXEGRUB = process.env['PXECTL_E2E_PXEGRUB']

if (PXEGRUB === undefined) console.log('not tried: SmartOS by pxegrub and menu.lst (PXECTL_E2E_PXEGRUB=FILE)')
else
  test('SmartOS by pxegrub and menu.lst', () =>
    withNetwork('mb-pxegrub', async (network) => {
      const {lab, server} = await serveBuiltin(network, 'pxelinux', prepareSmartos)
      // Not from the ROM: QEMU's is an iPXE, which takes pxegrub for a Multiboot kernel.
      await copyFile(PXEGRUB, join(lab.tftpRoot, 'pxegrub.0'))
      await writeFileAt(join(lab.tftpRoot, 'pxelinux.cfg/01-52-54-00-a1-b2-c3'), 'DEFAULT g\nPROMPT 0\nLABEL g\n  KERNEL pxegrub.0\n')
      expect(await report(network)).toEqual(smartosReport('/', `-B ${OPTIONS}${MODE}`))
      expect(fetched(server)).toContain('tftp:menu.lst.01525400A1B2C3')
    }))
