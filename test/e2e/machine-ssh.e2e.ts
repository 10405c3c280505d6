// Machines are asked over a real ssh: OpenSSH's client and server, keys, known hosts, and every way to fail.
//
//     br0 192.168.56.1: pxectl, ssh ─── sshd ("tk2")        ┌─ c1 192.168.56.51: forwards nothing
//      └────────────────────────────────────────────────────┘    10.9.9.0/24 lies behind it
import {readFile} from 'node:fs/promises'
import {cpus} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {errorOf, makeLab} from './support/lab.js'
import {withNetwork, type Network} from './support/network.js'
import {until} from './support/programs.js'
import {startSshMachine, type SshMachine} from './support/ssh-machine.js'

const withMachine = (title: string, work: (machine: SshMachine, network: Network) => Promise<void>): Promise<void> =>
  withNetwork(title, async (network) => {
    const lab = await makeLab(network, {dhcp: 'none'})
    const machine = await startSshMachine(network, join(lab.folder, 'pxectl.ini'))
    await machine.setKnownHost('right')
    await work(machine, network)
  })

async function realMemory(): Promise<number> {
  const [, kib] = /^MemTotal:\s*(\d+) kB$/m.exec(await readFile('/proc/meminfo', 'utf8')) ?? []
  return Number(kib) * 1024
}

test('a machine is asked over one connection, remembered, and known also when it is gone', () =>
  withMachine('ssh', async (machine) => {
    const facts = {name: 'tk2', os: 'linux', cpus: cpus().length, memoryBytes: await realMemory()}
    const probed = await machine.pxectl('machine', 'probe', 'tk2')
    expect(probed, probed.stderr).toMatchObject({exitCode: 0, json: {machines: [facts], failures: []}})
    expect(machine.logins()).toBe(1)
    // busybox, and a login that talks before it runs anything.
    for (const user of ['busybox', 'noisy']) {
      const ran = await machine.pxectl('machine', 'probe', 'tk2', '--remote-user', user)
      expect(ran.json, user).toMatchObject({machines: [{...facts, remoteUser: user}]})
    }
    expect(machine.logins()).toBe(3)
    const gone = await machine.pxectl('machine', 'probe', 'tk2', '--port', '1')
    expect(errorOf(gone).code).toBe('SSH_REFUSED')
    expect((await machine.pxectl('machine', 'show', 'tk2')).json).toMatchObject({machine: {...facts, remoteUser: 'noisy', port: null}})
    expect(await machine.clients()).toEqual([])
  }))

test('keys: who is not let in, and who is not known, hears so, and nothing is accepted', () =>
  withMachine('ssh-keys', async (machine) => {
    const probe = (...more: string[]) => machine.pxectl('machine', 'probe', 'tk2', ...more)
    const denied = await probe('--remote-user', 'stranger')
    expect(denied.exitCode).toBe(6)
    expect(errorOf(denied)).toMatchObject({
      code: 'SSH_DENIED',
      suggestions: expect.arrayContaining(['put your key there: ssh-copy-id -o User=stranger tk2']),
    })

    await machine.setKnownHost('none')
    const unknown = await probe()
    expect(unknown.exitCode).toBe(6)
    expect(errorOf(unknown).code).toBe('SSH_HOST_KEY_UNKNOWN')
    expect(await machine.knownHosts()).toBe('')

    await machine.setKnownHost('wrong')
    const before = await machine.knownHosts()
    const changed = await probe()
    expect(changed.exitCode).toBe(4)
    expect(errorOf(changed).code).toBe('SSH_HOST_KEY_CHANGED')
    expect(errorOf(changed).suggestions.join('\n')).toMatch(/ssh-keygen -f "\S+known_hosts" -R "192\.168\.56\.1"/)
    expect(await machine.knownHosts()).toBe(before)
    expect(machine.logins()).toBe(0)
    expect((await machine.pxectl('machine', 'list')).json).toEqual({machines: [], warnings: []})
  }))

test('no way there: a closed port, an unknown name, nobody at an address, a network that swallows everything', () =>
  withMachine('ssh-away', async (machine, network) => {
    await network.addClient('52:54:00:00:01:01', '192.168.56.51/24')
    await network.mustRun(['ip', 'route', 'add', '10.9.9.0/24', 'via', '192.168.56.51'])
    const cases: readonly (readonly [string, string[], string, number])[] = [
      ['a closed port', ['192.168.56.51'], 'SSH_REFUSED', 6],
      ['an unknown name', ['nosuch.invalid'], 'SSH_NAME_UNKNOWN', 3],
      ['nobody there', ['192.168.56.77'], 'SSH_UNREACHABLE', 6],
      ['swallowed', ['10.9.9.9', '--timeout', '6'], 'SSH_UNREACHABLE', 6],
    ]
    for (const [what, args, code, exitCode] of cases) {
      const ran = await machine.pxectl('machine', 'probe', ...args)
      expect(errorOf(ran).code, what).toBe(code)
      expect(ran.exitCode, what).toBe(exitCode)
    }
    const all = await machine.pxectl('machine', 'probe', '10.9.9.9', 'tk2', '192.168.56.51')
    expect(all.exitCode).toBe(6)
    expect(all.json).toMatchObject({
      machines: [{name: 'tk2'}],
      failures: [
        {name: '10.9.9.9', error: {code: 'SSH_UNREACHABLE'}},
        {name: '192.168.56.51', error: {code: 'SSH_REFUSED'}},
      ],
    })
    expect(await machine.clients()).toEqual([])
  }))

test('a login that gives no facts: no programs, no shell, an end in the middle, no end at all, a flood', () =>
  withMachine('ssh-odd', async (machine) => {
    const cases: readonly (readonly [string, string, number])[] = [
      ['restricted', 'SSH_COMMAND_MISSING', 6],
      ['closed', 'MACHINE_NO_FACTS', 5],
      ['cut', 'SSH_CLOSED', 5],
      ['hanging', 'SSH_TIMEOUT', 6],
      ['talking', 'SSH_OUTPUT_TOO_LONG', 5],
    ]
    for (const [user, code, exitCode] of cases) {
      const time = user === 'hanging' ? '4' : '60'
      const ran = await machine.pxectl('machine', 'probe', 'tk2', '--remote-user', user, '--timeout', time)
      expect(errorOf(ran).code, `${user}: ${ran.stdout}`).toBe(code)
      expect(ran.exitCode, user).toBe(exitCode)
      expect(await machine.clients(), user).toEqual([])
    }
  }))

for (const signal of ['SIGKILL', 'SIGINT'] as const) {
  test(`pxectl that ends by ${signal} leaves no ssh behind`, () =>
    withMachine(`ssh-${signal.toLowerCase()}`, async (machine) => {
      const running = machine.startPxectl('machine', 'probe', 'tk2', '--remote-user', 'hanging', '--timeout', '600')
      await until('ssh to be let in', 60_000, () => machine.logins() === 1)
      expect(await machine.clients()).toHaveLength(1)
      running.child.kill(signal)
      await running.ended
      await until('ssh to end', 20_000, async () => (await machine.clients()).length === 0)
    }))
}
