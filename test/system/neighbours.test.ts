// Tables as the systems print them: Linux's as seen (Debian 12, net-tools 2.10), macOS's and FreeBSD's after their formats.
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import type {Exec} from '../../src/system/exec.js'
import {openNeighbours, parseArpProgram, parseProcArp} from '../../src/system/neighbours.js'
import {temporaryFolder} from '../support/temporary-folder.js'

const PROC = `IP address       HW type     Flags       HW address            Mask     Device
192.0.2.1        0x1         0x2         02:fc:00:00:00:05     *        eth0
192.168.56.100   0x1         0x0         00:00:00:00:00:00     *        br0
192.168.56.101   0x1         0x6         52:54:00:a1:b2:c3     *        br0
192.168.56.102   0x20        0x2         52:54:00:a1:b2:c4     *        ib0
`

test("Linux's table gives complete Ethernet entries, and no others", () => {
  expect([...parseProcArp(PROC)]).toEqual([
    ['192.0.2.1', '02:fc:00:00:00:05'],
    ['192.168.56.101', '52:54:00:a1:b2:c3'],
  ])
  for (const text of ['', 'IP address\n', '\n\n', 'nonsense 0x1\n192.0.2.1 0x1 0x2']) expect(parseProcArp(text).size).toBe(0)
})

test('the table of the arp program is read on other systems', () => {
  const text = `? (192.0.2.1) at 02:fc:00:00:00:05 [ether] on eth0
? (192.168.56.100) at <incomplete> on br0
? (192.168.178.9) at (incomplete) on en0 ifscope [ethernet]
? (192.168.178.1) at 8:0:27:1:2:3 on en0 ifscope [ethernet]
router.lan (192.168.72.1) at 00:50:56:c0:00:08 on em0 expires in 1139 seconds [ethernet]
`
  expect([...parseArpProgram(text)]).toEqual([
    ['192.0.2.1', '02:fc:00:00:00:05'],
    ['192.168.178.1', '8:0:27:1:2:3'],
    ['192.168.72.1', '00:50:56:c0:00:08'],
  ])
})

test('an address that is new is found at once, one that is known counts for a while', async () => {
  const path = join(temporaryFolder(), 'arp')
  writeFileSync(path, PROC)
  let nowMs = 0
  const neighbours = openNeighbours({platform: 'linux', path, now: () => nowMs})
  expect(await neighbours.findMac('192.0.2.1')).toBe('02:fc:00:00:00:05')
  expect(await neighbours.findMac('192.0.2.2')).toBeUndefined()
  writeFileSync(path, PROC.replace('192.0.2.1 ', '192.0.2.2 ').replaceAll('a1:b2:c3', 'a1:b2:c9'))
  expect(await neighbours.findMac('192.168.56.101')).toBe('52:54:00:a1:b2:c3')
  expect(await neighbours.findMac('192.0.2.2')).toBe('02:fc:00:00:00:05')
  writeFileSync(path, PROC)
  expect(await neighbours.findMac('192.168.56.101')).toBe('52:54:00:a1:b2:c9')
  nowMs = 501
  expect(await neighbours.findMac('192.168.56.101')).toBe('52:54:00:a1:b2:c3')
})

test('a question that comes while the table is read waits for the next reading', async () => {
  const tables = ['', '? (10.0.0.9) at 8:0:27:1:2:3 on en0 ifscope [ethernet]\n']
  const ends: (() => void)[] = []
  const exec: Exec = async () => {
    const stdout = tables.shift() ?? ''
    await new Promise<void>((resolve) => ends.push(resolve))
    return {exitCode: 0, stdout, stderr: '', timedOut: false}
  }
  const neighbours = openNeighbours({platform: 'darwin', exec, now: () => 0})
  const early = neighbours.findMac('10.0.0.9')
  await Promise.resolve()
  const late = neighbours.findMac('10.0.0.9')
  ends[0]?.()
  expect(await early).toBeUndefined()
  await Promise.resolve()
  ends[1]?.()
  expect(await late).toBe('8:0:27:1:2:3')
})

test('the program is not started for every stranger', async () => {
  const clock = {nowMs: 0, started: 0}
  const exec: Exec = async () => (clock.started++, {exitCode: 0, stdout: '', stderr: '', timedOut: false})
  const neighbours = openNeighbours({platform: 'darwin', exec, now: () => clock.nowMs})
  for (let count = 0; count < 10; count++) await neighbours.findMac('10.0.0.9')
  expect(clock.started).toBe(1)
  clock.nowMs = 250
  await neighbours.findMac('10.0.0.9')
  expect(clock.started).toBe(2)
})

test('questions asked together start the program once', async () => {
  const started: string[] = []
  const exec: Exec = async ({file, args}) => {
    started.push([file, ...args].join(' '))
    return {exitCode: 0, stdout: '? (10.0.0.9) at 8:0:27:1:2:3 on en0 ifscope [ethernet]\n', stderr: '', timedOut: false}
  }
  const neighbours = openNeighbours({platform: 'darwin', exec, now: () => 0})
  const found = await Promise.all(Array.from({length: 20}, () => neighbours.findMac('10.0.0.9')))
  expect(new Set(found)).toEqual(new Set(['8:0:27:1:2:3']))
  expect(started).toEqual(['arp -an'])
})

test('a system that cannot tell knows no neighbours', async () => {
  const broken: Exec = async () => {
    throw new Error('no such program')
  }
  expect(await openNeighbours({platform: 'darwin', exec: broken}).findMac('10.0.0.9')).toBeUndefined()
  expect(await openNeighbours({platform: 'linux', path: '/nonexistent/arp'}).findMac('10.0.0.9')).toBeUndefined()
})
