// What other servers' logs tell, with the real servers: `why` about machines whose DHCP server is Kea or dnsmasq, the NFS server's part of a
// timeline; and `events --follow`, which shows all of it as it comes.
//
//     br0 192.168.56.1: kea-dhcp4, dnsmasq or rpc.mountd; pxectl serve ── c1 192.168.56.250: machines of packets
import {mkdir} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {expect, test} from 'vitest'
import {type PlayedMachine, playBoots} from './support/boot-play.js'
import {HAND_WRITTEN, startDnsmasq} from './support/dnsmasq-server.js'
import {startKea} from './support/kea.js'
import {errorOf, type Lab, makeLab, startServe} from './support/lab.js'
import {askMount, startMountd} from './support/mountd.js'
import {type Client, type Network, withNetwork} from './support/network.js'
import {pxectlCommand} from './support/program.js'
import {type Running, until} from './support/programs.js'

const HOST = {name: 'tk1', mac: '52:54:00:a1:b2:c3', ip: '192.168.56.21'} as const
const STRANGER = {mac: '52:54:00:77:77:77', ip: '192.168.56.77'} as const
const UEFI = {architecture: 7} as const

const asks: PlayedMachine = {...HOST, steps: [{do: 'dhcp', asking: UEFI, answered: false}]}
const isGivenOne: PlayedMachine = {...HOST, steps: [{do: 'dhcp', asking: UEFI, answered: true}]}

type Finding = {readonly code: string; readonly seen: string; readonly cause: string; readonly remedies: readonly string[]}
type Event = {
  readonly name: string
  readonly ip: string | null
  readonly source: string
  readonly details: {readonly log?: string; message?: string}
}

test('nobody listens, so nobody is seen; then each event is shown as it comes, until Ctrl-C', () =>
  withNetwork('why-nobody', async (network) => {
    const {lab, client} = await labWithClient(network, {dhcp: 'builtin'})
    await playBoots(client, [asks])
    expect(await findings(lab)).toEqual([
      expect.objectContaining({code: 'nobody-seen', remedies: expect.arrayContaining(['pxectl serve'])}),
    ])

    const everybody = lab.start('events', '--follow')
    const config = ['--config', join(lab.folder, 'pxectl.ini')]
    const mine = network.start([...pxectlCommand, 'events', '--follow', '--host', HOST.name, ...config])
    const first = network.start(['sh', '-c', `${[...pxectlCommand, 'events', '--follow', ...config].join(' ')} | head -n 1`])
    const server = await startServe(lab, 'full')
    const up: PlayedMachine = {...HOST, steps: [...isGivenOne.steps, {do: 'tftp', name: 'ipxe.efi'}, {do: 'http', name: '/up'}]}
    await playBoots(client, [up, {...STRANGER, steps: [{do: 'dhcp', asking: UEFI, answered: false}]}])
    await until('the call of the system', 60_000, () => linesOf(everybody).some((line) => line.includes('"call"')))
    await until('the call of the system, in words', 60_000, () => linesOf(mine).some((line) => / tk1 call up /.test(line)))
    expect(server.events().length, 'it serves still').toBeGreaterThan(0)

    const events = linesOf(everybody).map((line) => JSON.parse(line) as Event & {id: number; host: string | null; mac: string | null})
    const own = events.filter(({host}) => host === HOST.name).map(({source, name}) => `${source} ${name.replace(/^\//, '')}`)
    expect(own).toEqual(['dhcp discover', 'dhcp offer', 'dhcp request', 'dhcp ack', 'tftp ipxe.efi', 'call up'])
    expect(events.map(({mac}) => mac)).toContain(STRANGER.mac)
    expect(events.map(({id}) => id)).toEqual(events.map(({id}) => id).toSorted((a, b) => a - b))
    expect(linesOf(mine)).toHaveLength(own.length)
    expect(linesOf(mine).every((line) => /^\d\d:\d\d:\d\d tk1 /.test(line))).toBe(true)

    // Ctrl-C goes to the program that has the terminal; the end of a follower is no failure.
    for (const follower of [everybody, mine]) {
      follower.child.kill('SIGINT')
      expect(await follower.ended).toEqual({exitCode: 0, signal: null})
      expect(follower.stderr()).toBe('')
    }
    // Nobody reads any more: it ends by itself.
    expect((await first.ended).exitCode).toBe(0)
    expect(linesOf(first)).toHaveLength(1)
    const unknown = await lab.pxectl('events', '--follow', '--host', 'nosuch')
    expect([unknown.exitCode, errorOf(unknown).code]).toEqual([3, 'HOST_NOT_FOUND'])
    await server.stop()
    expect((await findings(lab)).map(({code}) => code)).not.toContain('nobody-seen')
  }))

test('Kea gives another address than the database says: its log tells, live and afterwards, and the remedy mends it', () =>
  withNetwork('why-kea', async (network) => {
    const kea = await startKea(network)
    const settings = {'dhcp.log': join(dirname(kea.config), 'log')}
    const {lab, client} = await labWithClient(network, {dhcp: 'kea', dhcpd: {config: kea.config}, settings}, '--no-dhcp')
    const server = await startServe(lab, 'off')
    await playBoots(client, [isGivenOne])
    const events = await until('the log to be read', 60_000, async () => {
      const read = await eventsOf(lab)
      return read.length >= 2 && read
    })
    expect(events).toEqual(['dhcp offer 192.168.56.100, kea', 'dhcp ack 192.168.56.100, kea'])
    const other = (await findings(lab)).find(({code}) => code === 'other-address')
    expect(other?.seen).toBe(`it was given 192.168.56.100; the database says ${HOST.ip}`)
    expect(other?.remedies[0]).toBe('pxectl host set tk1 --dhcp')
    // Nobody kept it: the log itself is asked, and says no more than the same.
    await server.stop()
    expect((await findings(lab)).map(({code}) => code)).toContain('other-address')

    await lab.must('host', 'set', HOST.name, '--dhcp')
    await playBoots(client, [isGivenOne])
    expect((await findings(lab)).map(({code}) => code)).not.toContain('other-address')
    await kea.kill()
  }))

test('dnsmasq has no address for it, and says so; then it has', () =>
  withNetwork('why-dnsmasq', async (network) => {
    const config = HAND_WRITTEN.replace('192.168.56.100,192.168.56.199,', '192.168.56.0,static,')
    const dnsmasq = await startDnsmasq(network, config)
    const settings = {'dhcp.log': join(dirname(dnsmasq.config), 'log')}
    const {lab, client} = await labWithClient(network, {dhcp: 'dnsmasq', dhcpd: dnsmasq, settings}, '--no-dhcp')
    const server = await startServe(lab, 'off')
    await playBoots(client, [asks])
    const finding = await until('the finding', 60_000, async () => (await findings(lab)).find(({code}) => code === 'not-answered'))
    expect(finding.seen).toContain('no address available')
    expect(finding.remedies[0]).toBe('pxectl host set tk1 --dhcp')

    await lab.must('host', 'set', HOST.name, '--dhcp')
    await playBoots(client, [isGivenOne])
    const given = await until('the answer', 60_000, async () => {
      const read = await eventsOf(lab)
      return read.at(-1)?.startsWith('dhcp ack') === true && read
    })
    expect(given.slice(-4)).toEqual(
      ['discover', `offer ${HOST.ip}`, `request ${HOST.ip}`, `ack ${HOST.ip}`].map((what) => `dhcp ${what}, dnsmasq`),
    )
    await server.stop()
  }))

test('an NFS server that a host mounts its root from', () =>
  withNetwork('why-mountd', async (network) => {
    const root = join(network.folder, 'root_tk')
    await mkdir(root)
    const log = await startMountd(network, root)
    const {lab, client} = await labWithClient(network, {dhcp: 'none', settings: {'dhcp.log': log}})
    const server = await startServe(lab, 'off')
    const follower = lab.start('events', '--follow', '--host', HOST.name)
    await client.mustRun(['ip', 'address', 'add', `${HOST.ip}/24`, 'dev', 'eth0'])
    await client.mustRun(['ip', 'route', 'replace', '192.168.56.0/24', 'dev', 'eth0', 'src', HOST.ip])
    await askMount(client, root)
    const line = await until('the mount', 60_000, () => linesOf(follower)[0])
    expect(JSON.parse(line)).toMatchObject({source: 'nfs', step: 'root', name: root, ip: HOST.ip, result: 'done', details: {log: 'mountd'}})
    expect(await lab.must('why', HOST.name)).toMatchObject({state: {step: 'root'}, findings: []})
    await server.stop()
  }))

async function labWithClient(
  network: Network,
  options: Parameters<typeof makeLab>[1],
  ...flags: readonly string[]
): Promise<{lab: Lab; client: Client}> {
  const lab = await makeLab(network, options)
  await lab.must('loader', 'install')
  await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, ...flags)
  return {lab, client: await network.addClient('52:54:00:00:99:01', '192.168.56.250/24')}
}

async function findings(lab: Lab): Promise<readonly Finding[]> {
  return (await lab.must('why', HOST.name))['findings'] as readonly Finding[]
}

/** What was kept of the host: `dhcp ack 192.168.56.21, kea`. */
async function eventsOf(lab: Lab): Promise<string[]> {
  const {events} = await lab.must('events', '--host', HOST.name)
  return (events as readonly Event[]).map(
    ({source, name, ip, details}) => `${source} ${name}${ip === null ? '' : ` ${ip}`}, ${details.log}`,
  )
}

function linesOf(running: Running): string[] {
  return running.stdout().split('\n').slice(0, -1)
}
