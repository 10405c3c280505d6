// pxectl is killed (SIGKILL) at every moment of its work: the next run finds a host that is wholly there, or not at all.
//
//     br0 192.168.56.1: dhcpd
import {chmod, readFile, rm, writeFile} from 'node:fs/promises'
import {existsSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {expect, test} from 'vitest'
import {startDhcpd, type Dhcpd} from './support/dhcpd.js'
import {hostNames, makeLab, snapshot, type Lab} from './support/lab.js'
import {requestLease} from './support/lease.js'
import {withNetwork, type Network} from './support/network.js'
import {until} from './support/programs.js'

const KILLS = 40

/** Labs that are killed at the same time: most of a run is waiting for dhcpd to live. */
const LANES = 4

// Its own time limit: it starts pxectl some 160 times.
test(`after each of ${KILLS} kills spread over add-host, database, dhcpd.conf and boot files agree`, async () => {
  const lanes = await Promise.all(
    Array.from({length: LANES}, (_, lane) => withNetwork(`kill-${lane}`, (network) => killLane(network, lane))),
  )
  const sum = (key: 'before' | 'after'): number => lanes.reduce((total, lane) => total + lane[key], 0)
  const wholes = lanes.map(({wholeMs}) => wholeMs).join(', ')
  console.log(`killed within ${wholes} ms: ${sum('before')} times the host was not there, ${sum('after')} times it was`)
  expect(sum('before') + sum('after')).toBe(KILLS)
  expect(sum('before'), 'some kills must come before the commit').toBeGreaterThan(0)
}, 900_000)

/** Every LANES-th of the kills, in a lab of its own. */
async function killLane(network: Network, lane: number): Promise<{wholeMs: number; before: number; after: number}> {
  const dhcpd = await startDhcpd(network)
  const lab = await makeLab(network, {dhcp: 'isc', dhcpd})
  // The slowest of a few whole runs: the kills have to reach the end of the work.
  let wholeMs = 0
  for (const number of [1, 2, 3]) {
    const begin = Date.now()
    await lab.must(...addHost(number))
    wholeMs = Math.max(wholeMs, Date.now() - begin)
  }
  const outcomes = {before: 0, after: 0}
  for (let kill = lane; kill < KILLS; kill += LANES) {
    const number = 10 + kill
    const before = await readFile(dhcpd.config, 'utf8')
    const child = lab.start(...addHost(number))
    await new Promise((resolve) => setTimeout(resolve, (wholeMs * (kill + 1)) / KILLS))
    child.child.kill('SIGKILL')
    await child.ended
    const there = await expectConsistent(network, lab, dhcpd, `tk${number}`, before)
    outcomes[there ? 'after' : 'before'] += 1
    const again = await lab.pxectl(...addHost(number))
    expect(again.exitCode, again.stdout).toBe(there ? 4 : 0)
  }
  expect(await hostNames(lab)).toHaveLength(3 + KILLS / LANES)
  expect(await dhcpd.pid(), 'dhcpd runs').toBeDefined()
  return {wholeMs, ...outcomes}
}

for (const [moment, restart] of [
  ['before dhcpd is restarted', (dhcpd: Dhcpd, gate: string) => `${wait(gate)}; exec ${dhcpd.restart}`],
  ['after dhcpd has been restarted', (dhcpd: Dhcpd, gate: string) => `${dhcpd.restart}; ${wait(gate)}`],
] as const) {
  test(`killed between swap and commit, ${moment}: the host is not there, and dhcpd does not serve it`, () =>
    withNetwork('kill-gate', async (network) => {
      const dhcpd = await startDhcpd(network)
      const gate = join(network.folder, 'gate')
      const gated = join(network.folder, 'restart-dhcpd')
      await writeFile(gated, `#!/bin/sh\n${restart(dhcpd, gate)}\n`)
      await chmod(gated, 0o755)
      const lab = await makeLab(network, {dhcp: 'isc', dhcpd: {config: dhcpd.config, restart: gated}})
      const before = await readFile(dhcpd.config, 'utf8')

      await writeFile(gate, '')
      const child = lab.start(...addHost(1))
      await until('the restart command to be reached', 20_000, () => existsSync(`${gate}.reached`))
      expect(await readFile(dhcpd.config, 'utf8'), 'the edit is in place').toContain('host tk1')
      child.child.kill('SIGKILL')
      await child.ended
      await rm(gate)

      expect(await expectConsistent(network, lab, dhcpd, 'tk1', before)).toBe(false)
      expect(await readFile(dhcpd.config, 'utf8')).toBe(before)
      const client = await network.addClient(macOf(1))
      expect((await requestLease(client))?.address, 'an address of the range').toMatch(/^192\.168\.56\.1\d\d$/)
      await lab.must(...addHost(1))
      expect((await requestLease(client))?.address).toBe('192.168.56.21')
    }))
}

/** Shell words that tell the test that they are reached, and go on when it removes the gate. */
function wait(gate: string): string {
  return `[ -e ${gate} ] && touch ${gate}.reached; while [ -e ${gate} ]; do sleep 0.02; done`
}

function macOf(number: number): string {
  return `52:54:00:00:01:${number.toString(16).padStart(2, '0')}`
}

function addHost(number: number): string[] {
  return ['add-host', `tk${number}`, '--mac', macOf(number), '--ip', `192.168.56.${20 + number}`, '--root', `root_tk${number}`]
}

/** Everything that pxectl keeps agrees on whether the host is there; tells which. */
async function expectConsistent(network: Network, lab: Lab, dhcpd: Dhcpd, name: string, configBefore: string): Promise<boolean> {
  const there = (await hostNames(lab)).includes(name)
  const difference = await lab.must('dhcp', 'diff')
  expect(difference['changed'], `dhcpd.conf says what the database says: ${JSON.stringify(difference)}`).toBe(false)

  const config = await readFile(dhcpd.config, 'utf8')
  if (there) expect(config).toContain(`host ${name} `)
  else expect(config).toBe(configBefore)
  await network.mustRun(['dhcpd', '-t', '-4', '-cf', dhcpd.config])

  const boot = await snapshot(lab.tftpRoot)
  const mac = macOf(Number(name.slice(2))).replaceAll(':', '-')
  expect(boot.has(`pxelinux.cfg/01-${mac}`)).toBe(there)
  const mentions = [...boot].filter(([path, text]) => path.includes(mac) || text.includes(`root_${name}`)).map(([path]) => path)
  if (!there) expect(mentions, 'no boot file of the host').toEqual([])

  const leftovers = [...(await snapshot(dirname(dhcpd.config))).keys(), ...(await snapshot(lab.folder)).keys()].filter((path) =>
    /(^|\/)\.[^/]*\.pxectl-\d+$/.test(path),
  )
  expect(leftovers, 'no temporary files').toEqual([])
  return there
}
