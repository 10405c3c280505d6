// On which wires the server speaks, and how boot-test reaches a dhcpd on its own machine. Needs root, dhcpd and busybox.
//
//   d4-lab (client)            d4-server                      d4-other
//   10.77.0.9 ── veth ── lab0 10.77.0.1   oth0 10.88.0.1 ── veth ── 10.88.0.9
//                        no default route → via 10.88.0.9
import {type ChildProcess, execFileSync, spawn, spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {once} from 'node:events'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest'
import {tk1} from '../dhcp4/lab.js'

const program = fileURLToPath(new URL('../dhcp4/namespace-program.ts', import.meta.url))
const namespaces = ['d4-server', 'd4-lab', 'd4-other']
const running: ChildProcess[] = []
let folder = ''

function ip(line: string): void {
  execFileSync('ip', line.split(' '))
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pxectl-d4-'))
  for (const name of namespaces) ip(`netns add ${name}`)
  ip('-n d4-server link add lab0 type veth peer name eth0 netns d4-lab')
  ip('-n d4-server link add oth0 type veth peer name eth0 netns d4-other')
  for (const [name, device, address] of [
    ['d4-server', 'lab0', '10.77.0.1'],
    ['d4-server', 'oth0', '10.88.0.1'],
    ['d4-lab', 'eth0', '10.77.0.9'],
    ['d4-other', 'eth0', '10.88.0.9'],
  ]) {
    ip(`-n ${name} addr add ${address}/24 brd + dev ${device}`)
    ip(`-n ${name} link set ${device} up`)
  }
  ip('-n d4-server link set lo up')
  ip('-n d4-server route add default via 10.88.0.9')
  ip('-n d4-other route add 10.77.0.0/24 via 10.88.0.1')
  for (const name of ['d4-lab', 'd4-other']) ip(`-n ${name} link set eth0 address ${tk1.mac}`)
})

afterEach(async () => {
  // Port 67 is free only once they are gone.
  const children = running.splice(0).filter((child) => child.exitCode === null)
  const gone = children.map((child) => once(child, 'exit'))
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(gone)
})

afterAll(() => {
  for (const name of namespaces) spawnSync('ip', ['netns', 'del', name])
  rmSync(folder, {recursive: true, force: true})
})

/** Starts a command in a namespace; `lines` grows with its output. */
function start(namespace: string, command: readonly string[], lines: string[] = []): string[] {
  const child = spawn('ip', ['netns', 'exec', namespace, ...command])
  running.push(child)
  const collect = (chunk: Buffer) => lines.push(...chunk.toString().split('\n').filter(Boolean))
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  return lines
}

async function startProgram(namespace: string, mode: string): Promise<string[]> {
  const lines = start(namespace, ['node', '--import', 'tsx', program, mode])
  await expect.poll(() => lines.join(), {timeout: 20_000}).toContain('ready')
  return lines
}

function ask(namespace: string, path: string, address: string): unknown {
  return JSON.parse(
    execFileSync('ip', ['netns', 'exec', namespace, 'node', '--import', 'tsx', program, 'ask', path, address], {encoding: 'utf8'}),
  )
}

/** Two DISCOVERs without source address, by busybox. */
function udhcpc(namespace: string): string {
  const args = ['netns', 'exec', namespace, 'busybox', 'udhcpc', '-f', '-n', '-q', '-t', '2', '-T', '1', '-i', 'eth0', '-s', '/bin/true']
  return spawnSync('ip', args, {encoding: 'utf8'}).stderr
}

test('a client on the lab wire gets its lease', async () => {
  await startProgram('d4-server', 'serve')
  expect(udhcpc('d4-lab')).toContain('lease of 10.77.0.50 obtained from 10.77.0.1')
})

test('nothing is ever sent on another wire, not even to a known MAC, though the default route leads there', async () => {
  const events = await startProgram('d4-server', 'serve')
  const lab = await startProgram('d4-lab', 'listen')
  const other = await startProgram('d4-other', 'listen')
  expect(udhcpc('d4-other')).toContain('no lease')
  await expect.poll(() => lab.filter((line) => line.includes('"from":"10.77.0.1"')).length).toBeGreaterThan(0)
  await expect.poll(() => events.join('\n')).toContain('"kind":"offer"')
  expect(other).toEqual(['{"ready":68}'])
})

test('boot-test is answered on the lab network, on the server itself, and not from elsewhere', async () => {
  const events = await startProgram('d4-server', 'serve')
  for (const namespace of ['d4-lab', 'd4-server'])
    expect(ask(namespace, 'unicast', '10.77.0.1')).toMatchObject({kind: 'leased', ip: '10.77.0.50'})
  expect(ask('d4-other', 'unicast', '10.77.0.1')).toMatchObject({kind: 'silent', phase: 'discover'})
  await expect.poll(() => events.join('\n')).toContain('it came from 10.88.0.9, outside the lab network')
})

test('a relay on the lab network is answered, one on another network is not', async () => {
  const events = await startProgram('d4-server', 'serve')
  expect(ask('d4-lab', 'relay', '10.77.0.9')).toMatchObject({kind: 'leased', ip: '10.77.0.50'})
  expect(ask('d4-other', 'relay', '10.88.0.9')).toMatchObject({kind: 'silent', phase: 'discover'})
  await expect.poll(() => events.join('\n')).toContain('the relay 10.88.0.9 is not in 10.77.0.0/24')
})

test('a dhcpd on the same machine answers boot-test posing as a relay; our server does not start beside it', async () => {
  const conf = join(folder, 'dhcpd.conf')
  const leases = join(folder, 'leases')
  writeFileSync(leases, '')
  writeFileSync(
    conf,
    `next-server 10.77.0.1; filename "pxelinux.0"; subnet 10.77.0.0 netmask 255.255.255.0 {}
     host tk1 { hardware ethernet ${tk1.mac}; fixed-address 10.77.0.50; }`,
  )
  const log = start('d4-server', ['dhcpd', '-4', '-f', '-d', '-cf', conf, '-lf', leases, '-pf', join(folder, 'pid'), 'lab0'])
  await expect.poll(() => log.join('\n'), {timeout: 20_000}).toContain('Server starting service')
  expect(ask('d4-server', 'relay', '10.77.0.1')).toMatchObject({
    kind: 'leased',
    ip: '10.77.0.50',
    nextServer: '10.77.0.1',
    filename: 'pxelinux.0',
  })
  const refused = start('d4-server', ['node', '--import', 'tsx', program, 'serve'])
  await expect.poll(() => refused.join('\n'), {timeout: 20_000}).toContain('PORT_IN_USE')
})
