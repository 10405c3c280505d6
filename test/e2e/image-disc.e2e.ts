// Discs that are kept whole, started over the network by memdisk and by iPXE's sanboot; and Secure Boot by the signed shim and GRUB.
//
//     br0 192.168.56.1: pxectl serve --dhcp full ── tap1: QEMU, SeaBIOS and iPXE ROM, or OVMF, 52:54:00:a1:b2:c3
import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {boot, expectHost, fetched, HOST} from './support/boot.js'
import {bootableDisc, unpackPackage} from './support/image-media.js'
import {makeLab, startServe, type Lab} from './support/lab.js'
import {powerOn} from './support/machine.js'
import {advertiseNoRouter, withNetwork} from './support/network.js'
import {until} from './support/programs.js'

const addHost = (lab: Lab, image: string, ...flags: string[]): Promise<unknown> =>
  lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, '--image', image, ...flags)

test.each([
  ['pxelinux', ['tftp:memdisk', 'tftp:images/disc/image.iso']],
  // Read in pieces, where the disc is asked for them.
  ['ipxe', ['http:boot.ipxe', 'http:images/disc/image.iso']],
] as const)('a disc boots by %s', (loader, files) =>
  withNetwork(`disc-${loader}`, async (network) => {
    await advertiseNoRouter(network)
    const lab = await makeLab(network, {dhcp: 'builtin', settings: {'boot.loader': loader}})
    await lab.must('loader', 'install')
    const folder = join(network.folder, 'media')
    await mkdir(folder)
    const iso = await bootableDisc(folder, join(folder, 'disc.iso'), 'console=ttyS0,115200 e2e.from=disc')
    expect(await lab.must('image', 'add', iso)).toMatchObject({image: {name: 'disc', type: 'iso'}})
    await addHost(lab, 'disc')
    const server = await startServe(lab, 'full')
    const report = await boot(network, 'bios', 280_000)
    expectHost(report, 'bios')
    expect(report.cmdline).toContain('e2e.from=disc')
    expect(fetched(server)).toEqual(expect.arrayContaining([...files]))
  }),
)

const NETWORK_LOADERS = [
  ['shim-signed', 'usr/lib/shim'],
  ['grub-efi-amd64-signed', 'usr/lib/grub/x86_64-efi-signed'],
] as const

test('under Secure Boot, with the keys of Microsoft, by the signed shim and GRUB to the signed kernel', () =>
  withNetwork('secure', async (network) => {
    const lab = await makeLab(network, {dhcp: 'builtin'})
    const folder = join(network.folder, 'packages')
    await mkdir(folder)
    for (const [name, path] of NETWORK_LOADERS) await lab.must('loader', 'install', '--from', join(await unpackPackage(folder, name), path))
    await lab.must('loader', 'install')
    await lab.must('config', 'set', 'boot.loader-x64', 'shimx64.efi')
    await lab.addImage('debian')
    await addHost(lab, 'debian', '--boot-args', 'e2e.host=tk1')
    const server = await startServe(lab, 'full')
    const report = await boot(network, 'uefi-secure', 280_000)
    expectHost(report, 'uefi')
    expect(report.cmdline).toContain('e2e.host=tk1')
    expect(report.serial).toMatch(/secureboot: Secure boot enabled|Secure boot enabled/)
    expect(fetched(server)).toEqual(
      expect.arrayContaining(['tftp:shimx64.efi', 'tftp:grubx64.efi', 'tftp:grub/grub.cfg', 'tftp:images/debian/vmlinuz']),
    )
  }))

test('under Secure Boot an unsigned loader is refused by the firmware, and `why` says so', () =>
  withNetwork('secure-no', async (network) => {
    const lab = await makeLab(network, {dhcp: 'builtin'})
    await lab.must('loader', 'install')
    await lab.addImage('debian')
    await addHost(lab, 'debian')
    const server = await startServe(lab, 'full')
    const machine = await powerOn(network, 'uefi-secure', HOST.mac)
    try {
      const [said] = await machine.waitFor(/Access Denied|Security Violation/, 280_000)
      expect(fetched(server)).not.toContain('tftp:images/debian/vmlinuz')
      const finding = await until('the finding', 120_000, async () => {
        const {findings} = (await lab.must('why', HOST.name)) as {findings: {code: string; screen: string[]}[]}
        return findings.find(({code}) => code === 'secure-boot')
      })
      expect(finding.screen).toContain(said)
    } finally {
      await machine.stop()
    }
  }))
