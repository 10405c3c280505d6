// A whole lab from one file: three QEMU machines, two of VirtualBox, an existing dhcpd, an image and a PXE filesystem; planned, brought up until
// all five have booted, changed, and taken down until nothing is left.
//
//     br0 192.168.56.1: dhcpd, pxectl serve, nfs-ganesha ── tapN: QEMU: node1, node2 (image), store (root over NFS)
//                                                        └─ tap1, tap2 ── socat ── UDP ── VirtualBox: box1, box2 (image)
import {existsSync} from 'node:fs'
import {readdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {debianMirror} from './support/debian-suite.js'
import {HAND_WRITTEN, startDhcpd} from './support/dhcpd.js'
import {shareTemplate} from './support/fs-lab.js'
import {startGanesha} from './support/ganesha.js'
import {linuxTree} from './support/image-media.js'
import {labAt, snapshot, startServe, type JsonObject, type Lab} from './support/lab.js'
import {advertiseNoRouter, withNetwork, type Network} from './support/network.js'
import {mustRun, until} from './support/programs.js'
import {writeRootFiles} from './support/roots.js'
import {connectVirtualbox, withVirtualboxOn, type VirtualboxOn} from './support/virtualbox-network.js'

const LAB_FILE = `
vars:
  net: 192.168.56
  size: \${env.NODE_SIZE}
network: {interface: br0, server: "\${net}.1", subnet: "\${net}.0/24", range: "\${net}.100-\${net}.199", domain: lab.example}
dhcp: {backend: isc, config: "\${env.DHCPD_CONF}", restart: "\${env.DHCPD_RESTART}", boot-options: subnet}
boot: {loader: pxelinux, console: "ttyS0,115200", timeout: 1}
vm: {hypervisor: qemu, network: "bridged:br0", cpus: 1}
fs: {exports: none}
images:
  debian: {source: medium, boot-args: "e2e.stay=1 e2e.up=http://\${net}.1:8069/up"}
filesystems:
  root_lab: {suite: bookworm, mirror: "\${env.MIRROR}", style: nfs-overlay, user: tester, password-file: secret, hook: hooks}
hosts:
  store: {ip: "\${net}.20", root: root_lab}
  node2: {ip: "\${net}.22", image: debian}
groups:
  node:
    count: 1
    ip: \${net}.21
    host: {image: debian}
    vm: {memory: 512, after: store}
  box:
    count: 2
    ip: \${net}.31
    host: {image: debian}
    vm: {hypervisor: virtualbox, memory: 512, vram: 16, network: "udp:1512\${n}:127.0.0.1:1511\${n}"}
vms:
  store: {memory: 1024, disk: 64M}
  node2: {memory: "\${size}", after: node}
start: {parallel: 2}
`

const NODES = ['node1', 'node2']
const HOSTS = ['box1', 'box2', 'node1', 'node2', 'store']

/** On a loaded machine an emulated one is many times slower than alone. */
const BOOT_MS = 1_200_000

test('five machines, images, a filesystem and dhcpd from one file: up, changed, down, and nothing is left', {timeout: 3_600_000}, () =>
  withNetwork('labfile', (network) => withVirtualboxOn(network, (virtualbox) => wholeLab(network, virtualbox))),
)

async function wholeLab(network: Network, virtualbox: VirtualboxOn): Promise<void> {
  const dhcpd = await startDhcpd(network)
  const env = {
    DHCPD_CONF: dhcpd.config,
    DHCPD_RESTART: dhcpd.restart,
    MIRROR: await debianMirror(),
    PXECTL_VM_FOLDER: join(network.folder, 'vms'),
    ...virtualbox.env,
  }
  const folder = join(network.folder, 'lab')
  await makeFiles(folder)
  for (const n of [1, 2]) await connectVirtualbox(network, n)
  await advertiseNoRouter(network)
  const lab = (size: string): Lab => labAt(network, folder, {...env, NODE_SIZE: size})
  const before = [...(await snapshot(folder)).keys()].sort()
  const namespaces = async (): Promise<string[]> =>
    (await mustRun(['ip', 'netns', 'list'])).split('\n').filter((line) => line.startsWith(network.namespace))
  const namespacesBefore = await namespaces()

  const plan = await lab('512').pxectl('plan')
  expect(plan.exitCode).toBe(4)
  expect(changesOf(plan.json)).toEqual(expect.arrayContaining(['create filesystem root_lab', ...HOSTS.map((name) => `create vm ${name}`)]))
  expect([...(await snapshot(folder)).keys()].sort()).toEqual(before)

  // Machines that boot at the end of `up` find the lab served.
  const up = lab('512').start('up', '--yes')
  await until('the lab to be made', 120_000, () => existsSync(join(folder, 'pxectl.ini')))
  const server = await startServe(lab('512'), 'off')
  const {exitCode} = await up.ended
  expect(exitCode, `${up.stdout()}${up.stderr()}`).toBe(0)
  await startGanesha(network, lab('512'))
  await untilSeen(lab('512'), 'up', NODES, 1)
  // Without its kernel module VirtualBox interprets: that its machines take kernel and initrd is enough.
  await untilSeen(lab('512'), 'initrd', ['box1', 'box2'], 1)
  const store = join(network.folder, 'vms/store/serial.log')
  await until('store to be up', BOOT_MS, async () => (await readFile(store, 'latin1')).includes('pxectl: store is up'))
  expect(await lab('512').must('plan')).toMatchObject({changes: []})
  expect(((await lab('512').must('status'))['parts'] as {state: string}[]).every(({state}) => state === 'ok')).toBe(true)

  const changed = await lab('448').pxectl('plan')
  expect(changed.exitCode).toBe(4)
  expect(changesOf(changed.json)).toEqual(['change vm node2'])
  await lab('448').must('up', '--yes')
  await untilSeen(lab('448'), 'up', ['node2'], 2)
  expect(await lab('448').must('plan')).toMatchObject({changes: []})

  await server.stop()
  await lab('448').must('down', '--yes')
  expect([...(await snapshot(folder)).keys()].sort()).toEqual(before)
  expect(await readFile(dhcpd.config, 'utf8')).toBe(HAND_WRITTEN)
  expect(await readdir(join(network.folder, 'vms')).catch(() => [])).toEqual([])
  expect(await virtualbox.machineFiles()).toEqual([])
  expect(await virtualbox.manage('list', 'vms')).toBe('')
  expect(await namespaces()).toEqual(namespacesBefore)
}

/** What the lab file names, and a template of the suite, which takes longer to make than all the rest. */
async function makeFiles(folder: string): Promise<void> {
  await linuxTree(join(folder, 'medium'), {
    kernel: 'debian-installer/amd64/linux',
    initrd: 'debian-installer/amd64/initrd.gz',
  })
  await writeFile(join(folder, 'lab.yaml'), LAB_FILE)
  await writeRootFiles(folder)
  await shareTemplate(folder)
}

const changesOf = (json: JsonObject): string[] =>
  (json['changes'] as {kind: string; name: string; action: string}[]).map(({kind, name, action}) => `${action} ${kind} ${name}`)

/** Until pxectl has seen so often that these came to this step of their boots. */
async function untilSeen(lab: Lab, step: 'initrd' | 'up', names: readonly string[], times: number): Promise<void> {
  await until(`${names.join(', ')} to come to ${step}`, BOOT_MS, async () => {
    const {events} = (await lab.must('events', '--limit', '10000')) as {events: {host: string | null; step: string; result: string}[]}
    const seen = events.filter((event) => event.step === step && event.result === 'done').map(({host}) => host)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    return names.every((name) => seen.filter((host) => host === name).length >= times)
  })
}
