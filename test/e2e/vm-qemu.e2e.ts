// Virtual machines of pxectl in the real QEMU: made by one command, they boot the lab's image over its network; made on another machine
// by a real ssh; and whoever is killed while making one leaves nothing of it.
//
//     br0 192.168.56.1: pxectl serve (DHCP, TFTP, HTTP), sshd ("tk2") ── tapN: QEMU
import {chmod, mkdir, readdir, readFile, writeFile} from 'node:fs/promises'
import {cpus} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {HOST} from './support/boot.js'
import {errorOf, hostNames, makeLab, startServe, type JsonObject, type Lab} from './support/lab.js'
import {advertiseNoRouter, withNetwork, type Network} from './support/network.js'
import {until} from './support/programs.js'
import {pxectlCommand} from './support/program.js'
import {startSshMachine, type SshMachine} from './support/ssh-machine.js'

const vmsOf = (network: Network): string => join(network.folder, 'vms')

async function makeVmLab(network: Network): Promise<Lab> {
  const env = {PXECTL_VM_FOLDER: vmsOf(network)}
  return makeLab(network, {dhcp: 'builtin', settings: {'vm.hypervisor': 'qemu', 'vm.memory': '1024'}, env})
}

const vmOf = (json: JsonObject): JsonObject => json['vm'] as JsonObject

for (const firmware of ['bios', 'uefi']) {
  test(
    `vm create --start makes a machine with ${firmware} that boots its host's image, and goes on without us`,
    () =>
      withNetwork(`qemu-${firmware}`, async (network) => {
        const lab = await makeVmLab(network)
        await lab.must('loader', 'install')
        await lab.addImage('debian')
        await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, '--image', 'debian')
        const server = await startServe(lab, 'full')
        await advertiseNoRouter(network)
        const wanted = ['--firmware', firmware, '--network', 'bridged:br0', '--disk', '64M', '--start']
        const made = vmOf(await lab.must('vm', 'create', HOST.name, ...wanted))
        expect(made).toMatchObject({
          name: HOST.name,
          hypervisor: 'qemu',
          state: 'running',
          host: HOST.name,
          mac: HOST.mac,
          firmware,
          drift: [],
        })
        const serial = join(vmsOf(network), HOST.name, 'serial.log')
        await until('the image to have booted', 600_000, async () => /PXECTL-E2E done/.test(await readFile(serial, 'latin1')))
        expect(await readFile(serial, 'latin1')).toContain(`PXECTL-E2E mac=${HOST.mac} address=${HOST.ip} hostname=${HOST.name}`)
        await until('the machine to have switched itself off', 60_000, async () => {
          return vmOf(await lab.must('vm', 'show', HOST.name))['state'] === 'poweroff'
        })
        expect(server.events().some((event) => event.kind === 'done' && String(event['name']).includes('vmlinuz'))).toBe(true)
        await lab.must('vm', 'start', HOST.name)
        await lab.must('vm', 'reset', '--all')
        await lab.must('vm', 'remove', HOST.name, '--force')
        expect(await readdir(vmsOf(network))).toEqual([])
      }),
    900_000,
  )
}

test('vm create killed at any moment leaves no VM, no host and no row; the next command clears up', () =>
  withNetwork('qemu-kill', async (network) => {
    const lab = await makeVmLab(network)
    // A disk that is never done, so that there is a middle.
    const bin = join(network.folder, 'bin')
    await mkdir(bin)
    await writeFile(join(bin, 'qemu-img'), '#!/bin/sh\n: >"$0.begun"\nexec sleep 1000\n')
    await chmod(join(bin, 'qemu-img'), 0o755)
    const words = [
      'vm',
      'create',
      'tk9',
      '--add-host',
      '--network',
      'nat',
      '--disk',
      '64M',
      '--config',
      join(lab.folder, 'pxectl.ini'),
      '--json',
    ]
    const env = {PXECTL_VM_FOLDER: vmsOf(network), PATH: `${bin}:${process.env['PATH']}`}
    const running = network.start([...pxectlCommand, ...words], {env})
    await until('the disk to be begun', 60_000, async () => (await readdir(bin)).includes('qemu-img.begun'))
    expect(await hostNames(lab)).toEqual(['tk9'])
    running.child.kill('SIGKILL')
    await running.ended
    const list = await lab.must('vm', 'list')
    expect(list).toMatchObject({vms: [], warnings: ['the making of tk9 was interrupted; what was left of it is gone']})
    expect(await hostNames(lab)).toEqual([])
    expect(await readdir(vmsOf(network))).toEqual([])
    expect(vmOf(await lab.must('vm', 'create', 'tk9', '--add-host', '--network', 'nat'))).toMatchObject({state: 'poweroff', host: 'tk9'})
  }))

const withMachine = (title: string, work: (machine: SshMachine) => Promise<void>): Promise<void> =>
  withNetwork(title, async (network) => {
    const lab = await makeVmLab(network)
    const machine = await startSshMachine(network, join(lab.folder, 'pxectl.ini'))
    await machine.setKnownHost('right')
    await work(machine)
  })

async function memoryMiB(): Promise<number> {
  const [, kib] = /^MemTotal:\s*(\d+) kB$/m.exec(await readFile('/proc/meminfo', 'utf8')) ?? []
  return Math.floor((Number(kib) * 0.8) / 1024)
}

test('--on and --refer-physical-machine: a VM on another machine, as large as it, over one connection', () =>
  withMachine('qemu-on', async (machine) => {
    const folder = '/var/lib/pxectl/vms/e2e-on'
    const size = {cpus: cpus().length, memoryMiB: await memoryMiB()}
    const words = ['e2e-on', '--on', 'tk2', '--mac', '52:54:00:00:00:77', '--network', 'nat', '--hypervisor', 'qemu']
    try {
      const made = await machine.pxectl('vm', 'create', ...words, '--refer-physical-machine', 'tk2')
      expect(made, made.stdout).toMatchObject({exitCode: 0, json: {vm: {...size, machine: 'tk2', state: 'poweroff', path: folder}}})
      // One for asking the machine that is referred to, one for all the rest.
      expect(machine.logins()).toBe(2)
      expect(await readdir(folder)).toEqual(['run'])
      // Less, so that it starts on a small machine.
      await writeFile(join(folder, 'run'), (await readFile(join(folder, 'run'), 'utf8')).replace(/-m \d+/, '-m 128'))
      const drifted = await machine.pxectl('vm', 'list')
      expect(drifted.json).toMatchObject({vms: [{drift: [{what: 'memoryMiB', wanted: String(size.memoryMiB), found: '128'}]}]})
      expect((await machine.pxectl('vm', 'sync', '--adopt')).json).toMatchObject({mended: [{name: 'e2e-on', mended: 'adopted'}]})
      const started = await machine.pxectl('vm', 'start', 'e2e-on')
      expect(started.json, started.stdout).toMatchObject({vms: [{name: 'e2e-on', state: 'running', memoryMiB: 128, drift: []}]})
      expect(await machine.clients()).toEqual([])
      const console = await machine.pxectl('vm', 'console', 'e2e-on')
      expect(console.json).toMatchObject({machine: 'tk2', consoles: [{kind: 'serial-socket', path: `${folder}/serial.sock`}]})
      const stopped = await machine.pxectl('vm', 'stop', 'e2e-on', '--force')
      expect(stopped.json, stopped.stdout).toMatchObject({vms: [{state: 'poweroff'}]})
      const removed = await machine.pxectl('vm', 'remove', 'e2e-on')
      expect(removed, removed.stdout).toMatchObject({exitCode: 0})
      expect(await readdir('/var/lib/pxectl/vms')).not.toContain('e2e-on')
    } finally {
      await machine.pxectl('vm', 'remove', 'e2e-on', '--force', '--yes')
    }
  }))

test('--on that does not get there: a key refused, a machine unreachable, no hypervisor there; nothing is made', () =>
  withMachine('qemu-away', async (machine) => {
    const create = (...words: string[]) => machine.pxectl('vm', 'create', 'tk9', '--mac', '52:54:00:00:00:78', '--network', 'nat', ...words)
    const cases: readonly (readonly [string, string[], string, number])[] = [
      ['a key refused', ['--on', 'tk2', '--remote-user', 'stranger'], 'SSH_DENIED', 6],
      ['a machine unreachable', ['--on', '192.168.56.77'], 'SSH_UNREACHABLE', 6],
      ['a machine unknown', ['--on', 'nosuch.invalid'], 'SSH_NAME_UNKNOWN', 3],
      ['no hypervisor', ['--on', 'tk2', '--hypervisor', 'vmware'], 'HYPERVISOR_MISSING', 6],
      ['no programs at all', ['--on', 'tk2', '--remote-user', 'restricted'], 'SSH_COMMAND_MISSING', 6],
      ['a key refused, referred to', ['--refer-physical-machine', 'tk2', '--remote-user', 'stranger'], 'SSH_DENIED', 6],
      ['unreachable, referred to', ['--refer-physical-machine', '192.168.56.77'], 'SSH_UNREACHABLE', 6],
    ]
    for (const [what, words, code, exitCode] of cases) {
      const ran = await create(...words)
      expect(errorOf(ran).code, `${what}: ${ran.stdout}`).toBe(code)
      expect(ran.exitCode, what).toBe(exitCode)
    }
    await machine.setKnownHost('wrong')
    expect(errorOf(await create('--on', 'tk2')).code).toBe('SSH_HOST_KEY_CHANGED')
    expect((await machine.pxectl('vm', 'list')).json).toMatchObject({vms: []})
    expect(await machine.clients()).toEqual([])
  }))
