// Every lab of examples/ as its user runs it: `pxectl up --yes`, a look at what came of it, `pxectl down --yes`, and nothing is left. The files are
// taken as they are; this network's names come from the environment.
//
//     br0 192.168.56.1: dhcpd or pxectl serve ── tapN: QEMU; ── tap ── socat ── UDP ── VirtualBox
import {cp, mkdir, readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {debianMirror} from './support/debian-suite.js'
import {HAND_WRITTEN, startDhcpd} from './support/dhcpd.js'
import {shareTemplate} from './support/fs-lab.js'
import {linuxTree} from './support/image-media.js'
import {hostNames, labAt, snapshot, startServe, type Lab} from './support/lab.js'
import {advertiseNoRouter, withNetwork, type Network} from './support/network.js'
import {projectFolder} from './support/program.js'
import {until} from './support/programs.js'
import {writeRootFiles} from './support/roots.js'
import {connectVirtualbox, withVirtualboxOn} from './support/virtualbox-network.js'

const EXAMPLES = join(projectFolder, 'examples')
const BOOT_MS = 900_000

type Example = {
  readonly file: string
  readonly lab: Lab
  readonly up: () => Promise<void>
  readonly down: () => Promise<void>
}

/** A copy of the example beside the files that it wants; `down` expects that nothing more is there than before. */
async function openExample(network: Network, name: string, env: Readonly<Record<string, string>>): Promise<Example> {
  const folder = join(network.folder, 'lab')
  await mkdir(folder, {recursive: true})
  await cp(EXAMPLES, folder, {recursive: true})
  const medium = await linuxTree(join(network.folder, 'medium'), {
    kernel: 'debian-installer/amd64/linux',
    initrd: 'debian-installer/amd64/initrd.gz',
  })
  const lab = labAt(network, folder, {LAB_IMAGE: medium, LAB_INTERFACE: 'br0', PXECTL_VM_FOLDER: join(network.folder, 'vms'), ...env})
  const file = join(folder, name)
  const names = async (): Promise<string[]> => [...(await snapshot(folder)).keys()].sort()
  const before = await names()
  return {
    file,
    lab,
    up: async () => {
      expect((await lab.pxectl('plan', file)).exitCode).toBe(4)
      await lab.must('up', file, '--yes')
      expect(await lab.must('plan', file)).toMatchObject({changes: []})
    },
    down: async () => {
      await lab.must('down', file, '--yes')
      expect(await names()).toEqual(before)
      expect(await readdir(join(network.folder, 'vms')).catch(() => [])).toEqual([])
    },
  }
}

test('no example is forgotten here', async () => {
  const names = (await readdir(EXAMPLES)).filter((name) => name.endsWith('.yaml'))
  expect(names.sort()).toEqual(['classroom.yaml', 'diskless.yaml', 'qemu.yaml', 'virtualbox.yaml'])
})

test('qemu.yaml: two machines boot, and stay on', {timeout: 2_400_000}, () =>
  withNetwork('ex-qemu', async (network) => {
    const {lab, up, down} = await openExample(network, 'qemu.yaml', {LAB_BOOT_ARGS: 'e2e.stay=1'})
    await advertiseNoRouter(network)
    await up()
    // The machines asked before anybody served them: `up` said so, and what helps.
    const server = await startServe(lab, 'full')
    await lab.must('vm', 'reset', '--all')
    for (const name of ['node1', 'node2']) {
      const serial = join(network.folder, 'vms', name, 'serial.log')
      await until(`${name} to have booted`, BOOT_MS, async () => /PXECTL-E2E done/.test(await readFile(serial, 'latin1')))
    }
    await server.stop()
    await down()
  }),
)

test('classroom.yaml: 24 seats in an existing dhcpd.conf, with a menu of their own', () =>
  withNetwork('ex-class', async (network) => {
    const dhcpd = await startDhcpd(network)
    const {lab, up, down} = await openExample(network, 'classroom.yaml', {DHCPD_CONF: dhcpd.config, DHCPD_RESTART: dhcpd.restart})
    await up()
    expect(await hostNames(lab)).toHaveLength(24)
    const config = await readFile(dhcpd.config, 'utf8')
    expect(config.match(/fixed-address 192\.168\.56\.(2[1-9]|3\d|4[0-4])/g)).toHaveLength(24)
    expect(await dhcpd.pid(), 'dhcpd runs').toBeDefined()
    expect(JSON.stringify(await lab.must('menu', 'show', 'seat7', '--format', 'ipxe'))).toContain('Choose what this seat is today')
    await down()
    expect(await readFile(dhcpd.config, 'utf8')).toBe(HAND_WRITTEN)
  }))

test('virtualbox.yaml: machines are made and started, the first one first', {timeout: 2_400_000}, () =>
  withNetwork('ex-vbox', (network) =>
    withVirtualboxOn(network, async ({env, manage, machineFiles}) => {
      const more = {LAB_COUNT: '1', LAB_VM_NETWORK: 'udp:15121:127.0.0.1:15111'}
      const {lab, up, down} = await openExample(network, 'virtualbox.yaml', {...env, ...more})
      await connectVirtualbox(network, 1)
      await up()
      const {vms} = (await lab.must('vm', 'list')) as {vms: {name: string; state: string; hypervisor: string}[]}
      expect(vms.map(({name, state, hypervisor}) => [name, state, hypervisor])).toEqual([
        ['box1', 'running', 'virtualbox'],
        ['first', 'running', 'virtualbox'],
      ])
      await down()
      expect(await manage('list', 'vms')).toBe('')
      expect(await machineFiles()).toEqual([])
    }),
  ),
)

test('diskless.yaml: four machines share a root that was made of packages', {timeout: 2_400_000}, () =>
  withNetwork('ex-diskless', async (network) => {
    const files = join(network.folder, 'files')
    const {secret} = await writeRootFiles(files)
    await shareTemplate(files)
    const {lab, up, down} = await openExample(network, 'diskless.yaml', {
      LAB_MIRROR: await debianMirror(),
      LAB_ROOTS: join(files, 'roots'),
      LAB_PASSWORD_FILE: secret,
      LAB_EXPORTS: 'none',
    })
    await up()
    // Without a port the bridge would have no link while the boot test asks.
    await network.addClient('52:54:00:00:00:78')
    const server = await startServe(lab, 'full')
    const {json} = await lab.pxectl('boot-test', 'worker3', '--timeout', '30')
    expect(json, 'all but the NFS server, which does not run here').toMatchObject({failure: {step: 'root'}})
    await server.stop()
    await down()
    expect(await readdir(join(files, 'roots'))).toEqual(['.templates'])
  }),
)
