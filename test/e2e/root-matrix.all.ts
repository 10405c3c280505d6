// Every style of PXE filesystem by every menu: PXELINUX on a BIOS machine, GRUB and iPXE on UEFI machines, to a login on the serial line.
// And a root that debootstrap made, where mmdebstrap is not installed.
//
//     br0 192.168.56.1: pxectl serve, ISC dhcpd, nfs-ganesha ── tap1: SeaBIOS, tap2, tap3: OVMF
import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {fetched, HOST} from './support/boot.js'
import {HAND_WRITTEN, startDhcpd} from './support/dhcpd.js'
import {asOrdinaryUser, ORDINARY, shareTemplate, without} from './support/fs-lab.js'
import {startGanesha} from './support/ganesha.js'
import {grubClass, installGrub} from './support/grub.js'
import {type Lab, makeLab, startServe, type Server} from './support/lab.js'
import {powerOn, type Firmware} from './support/machine.js'
import {advertiseNoRouter, withNetwork, type Network} from './support/network.js'
import {mustRun} from './support/programs.js'
import {addRootHost, createRoot, logIn, USER, type Console} from './support/roots.js'

const GRUB_HOST = {name: 'tk2', mac: '52:54:00:a1:b2:c4', ip: '192.168.56.22'} as const
const IPXE_HOST = {name: 'tk3', mac: '52:54:00:a1:b2:c5', ip: '192.168.56.23'} as const
const LIMIT_MS = 7_200_000

/** Where each menu has its kernel from. */
const MENUS = [
  {menu: 'PXELINUX', host: HOST, firmware: 'bios', protocol: 'tftp'},
  {menu: 'GRUB', host: GRUB_HOST, firmware: 'uefi', protocol: 'tftp'},
  {menu: 'iPXE', host: IPXE_HOST, firmware: 'uefi', protocol: 'http'},
] as const

test.each([
  ['squashfs', 'overlay'],
  ['ramdisk', 'overlay'],
  ['nfs-overlay', 'overlay'],
  ['nfs', 'nfs'],
])('%s boots by PXELINUX, GRUB and iPXE', {timeout: LIMIT_MS}, (style, mounted) =>
  withNetwork(`matrix-${style}`, async (network) => {
    const {lab, server} = await serveRoot(network, style)
    if (style.startsWith('nfs')) await startGanesha(network, lab)
    for (const {menu, host, firmware, protocol} of MENUS) {
      await bootRoot(network, host, firmware, async (console) => {
        expect(await console.run('findmnt -n -o FSTYPE /'), menu).toBe(mounted)
        expect(await console.run('hostname -I'), menu).toBe(host.ip)
        expect(await console.run('systemctl --failed --no-legend --plain'), menu).toBe('')
        expect(await console.run('if [ -d /sys/firmware/efi ]; then echo uefi; else echo bios; fi'), menu).toBe(firmware)
        // Only a root of the style nfs is written to.
        await console.run(`echo ${host.name} >~/${host.name}; sync`)
        expect(existsSync(join(lab.folder, 'roots/root_demo/tree/home', USER.name, host.name)), menu).toBe(style === 'nfs')
      })
      expect(fetched(server).filter((file) => file === `${protocol}:root_demo/vmlinuz`).length, menu).toBe(menu === 'GRUB' ? 2 : 1)
    }
  }),
)

test.each([
  ['that debootstrap made, where mmdebstrap is not installed', without('mmdebstrap'), 0],
  ['of an ordinary user', asOrdinaryUser({namespaces: true}), ORDINARY],
])('a root %s boots, with all its packages set up', {timeout: LIMIT_MS}, (_, as, owner) =>
  withNetwork('builder', async (network) => {
    await serveRoot(network, 'squashfs', {as, owner})
    await bootRoot(network, HOST, 'bios', async (console) => {
      expect(await console.run('findmnt -n -o FSTYPE /')).toBe('overlay')
      expect(await console.run('systemctl --failed --no-legend --plain')).toBe('')
      expect(await console.run('dpkg --audit; stat -c "%U:%G %a" /etc/shadow /usr/bin/sudo')).toBe('root:shadow 640\nroot:root 4755')
    })
  }),
)

/** A lab whose three hosts boot one root. One of another builder has no part in the shared template. */
async function serveRoot(
  network: Network,
  style: string,
  builder?: {readonly as: readonly string[]; readonly owner: number},
): Promise<{lab: Lab; server: Server}> {
  // Without a port the bridge would have no link.
  await network.addClient('52:54:00:00:00:78')
  const dhcpd = await startDhcpd(network, HAND_WRITTEN + grubClass({except: IPXE_HOST.mac}))
  const settings = {'boot.loader': 'pxelinux', 'dhcp.boot-options': 'subnet', 'fs.exports': 'none'}
  const lab = await makeLab(network, {dhcp: 'isc', dhcpd, settings})
  await lab.must('loader', 'install')
  await installGrub(lab.tftpRoot)
  await lab.must('dhcp', 'apply')
  if (builder === undefined) await shareTemplate(lab.folder)
  else await mustRun(['chown', '-R', `${builder.owner}:${builder.owner}`, network.folder])
  await createRoot(lab, 'root_demo', style, builder?.as)
  for (const {host} of MENUS) await addRootHost(lab, host, 'root_demo')
  const server = await startServe(lab, 'off')
  await advertiseNoRouter(network)
  return {lab, server}
}

async function bootRoot(
  network: Network,
  {name, mac}: {readonly name: string; readonly mac: string},
  firmware: Firmware,
  look: (console: Console) => Promise<void>,
): Promise<void> {
  const machine = await powerOn(network, firmware, mac, 1024)
  try {
    await look(await logIn(machine, name))
  } finally {
    await machine.stop()
  }
}
