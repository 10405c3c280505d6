// PXE filesystems boot: roots of Debian's packages, made by `pxectl fs create`, from power-on to a login on the serial line.
//
//     br0 192.168.56.1: pxectl serve, dhcpd, nfs-ganesha ── tap1, tap2: QEMU, SeaBIOS with its iPXE ROM
//
//     squashfs     BIOS; built-in DHCP; ROM → iPXE script → kernel, initrd (HTTP) → root.squashfs (HTTP, into memory) → overlay → login
//     nfs-overlay  BIOS; ISC dhcpd; ROM → pxelinux.0 → kernel, initrd (TFTP) → the tree (NFS, read-only) → overlay → login, on two machines at once
//
// The styles ramdisk and nfs, UEFI, and every style by every menu: root-matrix.all.ts.
import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {fetched, HOST} from './support/boot.js'
import {startDhcpd} from './support/dhcpd.js'
import {startGanesha} from './support/ganesha.js'
import {type JsonObject, makeLab, startServe} from './support/lab.js'
import {powerOn} from './support/machine.js'
import {advertiseNoRouter, withNetwork} from './support/network.js'
import {shareTemplate} from './support/fs-lab.js'
import {addRootHost, createRoot, logIn} from './support/roots.js'

const SECOND = {name: 'tk2', mac: '52:54:00:a1:b2:c4', ip: '192.168.56.22'} as const
const LIMIT_MS = 4_500_000

test('a squashfs root boots over HTTP alone, and its user logs in with the password given', {timeout: LIMIT_MS}, () =>
  withNetwork('root-http', async (network) => {
    const lab = await makeLab(network, {dhcp: 'builtin', settings: {'boot.loader': 'ipxe', 'network.domain': 'lab.example'}})
    await lab.must('loader', 'install')
    await shareTemplate(lab.folder)
    await createRoot(lab, 'root_demo', 'squashfs')
    await addRootHost(lab, HOST, 'root_demo')
    const server = await startServe(lab, 'full')
    expect(rootStep(await lab.must('boot-test', HOST.name, '--timeout', '30'))).toMatchObject({
      ok: true,
      what: 'http://192.168.56.1:8069/root_demo/root.squashfs',
    })

    await advertiseNoRouter(network)
    const machine = await powerOn(network, 'bios', HOST.mac, 1024)
    const console = await logIn(machine, HOST.name)
    expect(await console.run('hostname -f')).toBe('tk1.lab.example')
    expect(await console.run('ip -4 -o address show scope global')).toContain(`inet ${HOST.ip}/24`)
    expect(await console.run('findmnt -n -o FSTYPE /')).toBe('overlay')
    expect(await console.run('cat /proc/swaps')).toContain('/dev/zram0')
    // It goes on to renew the lease that the initrd got.
    const configured = `sh -c 'until networkctl --no-legend --no-pager | grep -q "ether.* configured"; do sleep 1; done'`
    expect(await console.run(`timeout 200 ${configured}; echo $?`)).toBe('0')
    expect(await console.run('systemctl --failed --no-legend --plain')).toBe('')
    const files = ['root_demo/vmlinuz', 'root_demo/initrd.img', 'root_demo/root.squashfs']
    const roots = fetched(server).filter((file) => file.includes('root_'))
    expect(new Set(roots)).toEqual(new Set(files.map((file) => `http:${file}`)))
    await machine.stop()
  }),
)

test('two hosts boot one root over NFS at once, each with its own writes', {timeout: LIMIT_MS}, () =>
  withNetwork('root-overlay', async (network) => {
    // Without a port the bridge would have no link while the boot test asks.
    await network.addClient('52:54:00:00:00:78')
    const dhcpd = await startDhcpd(network)
    const settings = {
      'boot.loader': 'pxelinux',
      'dhcp.boot-options': 'subnet',
      'fs.exports': 'none',
      'fs.state': join(network.folder, 'state'),
    }
    const lab = await makeLab(network, {dhcp: 'isc', dhcpd, settings})
    await lab.must('loader', 'install')
    await lab.must('dhcp', 'apply')
    await shareTemplate(lab.folder)
    await createRoot(lab, 'root_lab', 'nfs-overlay')
    for (const host of [HOST, SECOND]) await addRootHost(lab, host, 'root_lab')
    const server = await startServe(lab, 'off')
    expect((await lab.pxectl('boot-test', HOST.name, '--timeout', '30')).json, 'no NFS server runs yet').toMatchObject({
      failure: {step: 'root'},
    })
    await startGanesha(network, lab)
    expect(rootStep(await lab.must('boot-test', HOST.name, '--timeout', '30'))).toMatchObject({ok: true})

    await advertiseNoRouter(network)
    const machines = [await powerOn(network, 'bios', HOST.mac), await powerOn(network, 'bios', SECOND.mac)] as const
    const [first, second] = await Promise.all([logIn(machines[0], HOST.name), logIn(machines[1], SECOND.name)])
    const both = async (command: string): Promise<[string, string]> => [await first.run(command), await second.run(command)]

    expect(await both('hostname')).toEqual(['tk1', 'tk2'])
    expect(await both('hostname -I')).toEqual([HOST.ip, SECOND.ip])
    for (const own of ['cat /etc/machine-id', 'cat /etc/ssh/ssh_host_ed25519_key.pub']) {
      const [one, other] = await both(own)
      expect(one, own).toMatch(/[\w+/]{32}/)
      expect(one, own).not.toBe(other)
    }
    await first.run('echo "from $(hostname)" >~/note')
    await second.run('echo "from $(hostname)" >~/note')
    expect(await both('cat ~/note')).toEqual(['from tk1', 'from tk2'])
    expect(await readdir(join(lab.folder, 'roots/root_lab/tree/home/tester')), 'the root on the server stays as it was').not.toContain(
      'note',
    )
    // What a host keeps, only that host has.
    expect(await both('findmnt -n -o SOURCE /state')).toEqual([
      `192.168.56.1:${settings['fs.state']}/tk1`,
      `192.168.56.1:${settings['fs.state']}/tk2`,
    ])
    expect(await readdir(join(settings['fs.state'], 'tk1/files/etc/ssh'))).toContain('ssh_host_ed25519_key')
    for (const machine of machines) await machine.stop()

    expect(fetched(server).filter((file) => file.startsWith('http:'))).toEqual([])
  }),
)

function rootStep(answer: JsonObject): unknown {
  return (answer['steps'] as {step: string}[]).find(({step}) => step === 'root')
}
