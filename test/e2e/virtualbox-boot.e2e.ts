// Machines that `pxectl vm` makes and runs with the real VirtualBox, through their whole life: they boot from `pxectl serve` to its menu.
//
//     br0 192.168.56.1: dhcpd, pxectl serve ── tap1 ── socat ── UDP 15101 / 15102 ── VirtualBox: its iPXE ROM, 08:00:27:a1:b2:c3
//
//     ROM → pxelinux.0 → pxelinux.cfg/01-08-00-27-a1-b2-c3 → menu on the serial line
//
// VirtualBox's own networks need its kernel modules, and so does its front end: see support/virtualbox.ts.
import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {parseVmInfo, type VmInfo} from '../../src/vboxmanage/vm-info.js'
import {fetched} from './support/boot.js'
import {startDhcpd} from './support/dhcpd.js'
import {errorOf, makeLab, startServe, type Lab, type Server} from './support/lab.js'
import {withNetwork, type Network} from './support/network.js'
import {until} from './support/programs.js'
import {openVirtualbox} from './support/virtualbox.js'

const HOST = {name: 'tk1', mac: '08:00:27:a1:b2:c3', ip: '192.168.56.21'} as const
const NETWORK = 'udp:15102:127.0.0.1:15101'

/** Interpreted machines keep time by the CPU that they get. */
const LIMIT_MS = 900_000

type Scene = {
  readonly lab: Lab
  /** Runs VBoxManage where pxectl runs it: its service, and so its machines, are in the network that the first call came from. */
  readonly manage: (...args: string[]) => Promise<string>
  readonly infoOf: (uuid: string) => Promise<VmInfo>
  /** Files in the folder of VirtualBox's machines. */
  readonly machineFiles: () => Promise<string[]>
  /** What a machine has sent over its serial line. */
  readonly serial: (name: string) => Promise<string>
}

async function withVirtualbox(title: string, work: (network: Network, scene: Scene) => Promise<void>): Promise<void> {
  await withNetwork(title, async (network) => {
    const virtualbox = await openVirtualbox(network.folder, `pxe2e${title}${process.pid}`, {canStart: true})
    // The service of the first call is outside of the network.
    await virtualbox.close()
    const env = {PATH: `${virtualbox.bin}:${process.env['PATH'] ?? ''}`}
    const dhcpd = await startDhcpd(network)
    const settings = {'boot.loader': 'pxelinux', 'dhcp.boot-options': 'subnet', 'boot.timeout': '600', 'vm.hypervisor': 'virtualbox'}
    const lab = await makeLab(network, {dhcp: 'isc', dhcpd, settings, env})
    await lab.must('loader', 'install')
    await lab.addImage('debian')
    await lab.must('dhcp', 'apply')
    const manage: Scene['manage'] = (...args) => network.mustRun([virtualbox.program, ...args], {env: {LC_ALL: 'C.UTF-8'}})
    const machines = join(network.folder, 'machines')
    try {
      await work(network, {
        lab,
        manage,
        infoOf: async (uuid) => parseVmInfo(await manage('showvminfo', uuid, '--machinereadable')),
        machineFiles: async () => (await readdir(machines, {recursive: true}).catch(() => [])).sort(),
        serial: (name) => readFile(join(machines, name, 'serial.log'), 'latin1').catch(() => ''),
      })
    } finally {
      const running = await manage('list', 'runningvms')
      for (const [, uuid = ''] of running.matchAll(/\{([0-9a-f-]{36})\}$/gm)) await manage('controlvm', uuid, 'poweroff')
      await virtualbox.close()
    }
  })
}

type VmAnswer = {readonly uuid: string; readonly state: string; readonly mac: string; readonly cpus: number; readonly memoryMiB: number}
const vmOf = (answer: Readonly<Record<string, unknown>>): VmAnswer => answer['vm'] as VmAnswer

/** A serial line shows what PXELINUX paints with cursor movements in between. */
const plain = (text: string): string => text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')

async function untilMenu(server: Server, scene: Scene, name: string, config: string): Promise<void> {
  await until(`${name} to ask for its configuration`, 240_000, () => fetched(server).some((file) => file === `tftp:${config}`))
  await until(`the menu of ${name}`, 120_000, async () => /debian/.test(plain(await scene.serial(name))))
}

test(
  'a machine is made as its host is, boots to its menu, and is gone without a trace',
  () =>
    withVirtualbox('vboxboot', async (network, scene) => {
      const {lab, manage, infoOf, machineFiles} = scene
      await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, '--image', 'debian')
      const tap = await network.addTap()
      network.start(['socat', `TUN,tun-type=tap,tun-name=${tap},iff-no-pi,iff-up`, 'UDP4-DATAGRAM:127.0.0.1:15102,bind=127.0.0.1:15101'])
      const create = [
        'vm',
        'create',
        HOST.name,
        '--cpus',
        '1',
        '--memory',
        '256',
        '--vram',
        '16',
        '--network',
        NETWORK,
        '--serial',
        'file',
        '--disk',
        '64M',
      ]

      const dry = await lab.must(...create, '--dry-run')
      expect((dry['steps'] as string[])[0]).toMatch(/VBoxManage createvm --name tk1 /)
      expect(await machineFiles()).toEqual([])
      const made = vmOf(await lab.must(...create))
      expect(made).toMatchObject({state: 'poweroff', mac: HOST.mac, cpus: 1, memoryMiB: 256, hypervisor: 'virtualbox'})
      const info = await infoOf(made.uuid)
      expect(info).toMatchObject({
        name: HOST.name,
        cpus: 1,
        memoryMiB: 256,
        firmware: 'bios',
        nics: [{mac: HOST.mac, attachment: 'generic'}],
      })
      expect([1, 2, 3, 4].map((at) => info.values.get(`boot${at}`))).toEqual(['net', 'disk', 'none', 'none'])
      expect(errorOf(await lab.pxectl(...create))).toMatchObject({code: 'VM_EXISTS'})

      const server = await startServe(lab, 'off')
      await lab.must('vm', 'start', HOST.name)
      await untilMenu(server, scene, HOST.name, 'pxelinux.cfg/01-08-00-27-a1-b2-c3')
      const {vms} = (await lab.must('vm', 'list')) as {vms: VmAnswer[]}
      expect(vms).toEqual([expect.objectContaining({name: HOST.name, state: 'running', uuid: made.uuid})])
      expect((await lab.pxectl('vm', 'remove', HOST.name, '--yes')).exitCode).toBe(4)
      await lab.must('vm', 'reset', HOST.name)
      await lab.must('vm', 'stop', HOST.name, '--force')
      expect(vmOf(await lab.must('vm', 'show', HOST.name))).toMatchObject({state: 'poweroff'})
      await lab.must('vm', 'remove', HOST.name, '--yes')
      expect(await manage('list', 'vms')).toBe('')
      expect(await manage('list', 'hdds')).toBe('')
      expect(await machineFiles()).toEqual([])
    }),
  LIMIT_MS,
)

test(
  'on NAT it boots from the lab too, though no DHCP server of the lab reaches it',
  () =>
    withVirtualbox('vboxnat', async (_network, scene) => {
      const {lab} = scene
      const size = ['--cpus', '1', '--memory', '256']
      await lab.must('vm', 'create', 'tk2', '--mac', '08:00:27:a1:b2:c4', ...size, '--network', 'nat', '--serial', 'file')
      const server = await startServe(lab, 'off')
      await lab.must('vm', 'start', 'tk2')
      await untilMenu(server, scene, 'tk2', 'pxelinux.cfg/default')
      await lab.must('vm', 'stop', 'tk2', '--force')
      await lab.must('vm', 'remove', 'tk2', '--yes')
    }),
  LIMIT_MS,
)
