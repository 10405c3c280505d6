// `pxectl up` against a real dhcpd: 500 hosts in one change, killed at every moment, and twice at once.
//
//     br0 192.168.56.1: dhcpd
import {chmod, mkdir, readFile, rm, writeFile} from 'node:fs/promises'
import {existsSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {expect, test} from 'vitest'
import {HAND_WRITTEN, startDhcpd, type Dhcpd} from './support/dhcpd.js'
import {linuxTree} from './support/image-media.js'
import {hostNames, labAt, snapshot, type Lab} from './support/lab.js'
import {withNetwork, type Network} from './support/network.js'
import {pxectlCommand} from './support/program.js'
import {until} from './support/programs.js'

type Scene = {
  readonly lab: Lab
  readonly env: Readonly<Record<string, string>>
  readonly dhcpd: Dhcpd
  /** How often dhcpd was restarted. */
  readonly restarts: () => Promise<number>
  /** While it is there, a restart waits after it has said so with a file beside it. */
  readonly gate: string
}

const HEAD = `
network: {interface: br0, server: 192.168.56.1, subnet: 192.168.56.0/24, range: 192.168.56.100-192.168.56.199}
dhcp: {backend: isc, config: "\${env.DHCPD_CONF}", restart: "\${env.DHCPD_RESTART}"}
loaders: false
images:
  debian: {source: medium}
`

async function openScene(network: Network, text: string, conf = HAND_WRITTEN): Promise<Scene> {
  const dhcpd = await startDhcpd(network, conf)
  const folder = join(network.folder, 'lab')
  await mkdir(folder)
  await linuxTree(join(folder, 'medium'), {kernel: 'debian-installer/amd64/linux', initrd: 'debian-installer/amd64/initrd.gz'})
  await writeFile(join(folder, 'lab.yaml'), text)
  const [count, gate, counted] = ['restarts', 'gate', 'counted-restart'].map((name) => join(network.folder, name)) as [
    string,
    string,
    string,
  ]
  await writeFile(
    counted,
    `#!/bin/sh
echo restart >>${count}
[ -e ${gate} ] && touch ${gate}.reached
while [ -e ${gate} ]; do sleep 0.02; done
exec ${dhcpd.restart}
`,
  )
  await chmod(counted, 0o755)
  const env = {DHCPD_CONF: dhcpd.config, DHCPD_RESTART: counted}
  return {
    lab: labAt(network, folder, env),
    env,
    dhcpd,
    restarts: async () => (await readFile(count, 'utf8').catch(() => '')).split('\n').length - 1,
    gate,
  }
}

const groupOf = (count: number): string => `${HEAD}groups:\n  node: {count: ${count}, ip: 192.168.56.21, host: {image: debian}}\n`

test('500 hosts in one file are one change of dhcpd.conf and one restart, and so is their end', () =>
  withNetwork('up-500', async (network) => {
    const wide = HAND_WRITTEN.replace('192.168.56.0 netmask 255.255.255.0', '192.168.48.0 netmask 255.255.240.0')
    const text = groupOf(500).replace('192.168.56.0/24', '192.168.48.0/20').replace('ip: 192.168.56.21', 'ip: 192.168.57.1')
    const {lab, dhcpd, restarts} = await openScene(network, text, wide)
    const begin = Date.now()
    await lab.must('up', '--yes')
    console.log(`500 hosts in ${((Date.now() - begin) / 1000).toFixed(1)} s`)
    expect(await restarts()).toBe(1)
    expect((await readFile(dhcpd.config, 'utf8')).match(/fixed-address 192\.168\.5[78]/g)).toHaveLength(500)
    expect(await dhcpd.pid(), 'dhcpd runs').toBeDefined()
    expect(await lab.must('plan')).toMatchObject({changes: []})
    await lab.must('down', '--yes')
    expect(await restarts()).toBe(2)
    expect(await readFile(dhcpd.config, 'utf8')).toBe(wide)
  }))

const KILLS = 5

test(`after each of ${KILLS} kills spread over up, another up ends right, and down leaves nothing`, {timeout: 1_200_000}, () =>
  withNetwork('up-kill', async (network) => {
    const {lab, dhcpd} = await openScene(network, groupOf(5))
    const before = [...(await snapshot(lab.folder)).keys()].sort()
    const begin = Date.now()
    await lab.must('up', '--yes')
    const wholeMs = Date.now() - begin
    await lab.must('down', '--yes')
    const ended: string[] = []
    for (let kill = 0; kill < KILLS; kill++) {
      const up = lab.start('up', '--yes')
      await new Promise((resolve) => setTimeout(resolve, (wholeMs * (kill + 1)) / (KILLS + 1)))
      up.child.kill('SIGKILL')
      await up.ended
      ended.push(existsSync(join(lab.folder, 'pxectl.ini')) ? `${(await hostNames(lab)).length} hosts` : 'no lab')
      await lab.must('up', '--yes')
      expect(await lab.must('plan')).toMatchObject({changes: []})
      expect(await hostNames(lab)).toHaveLength(5)
      expect(await lab.must('dhcp', 'diff')).toMatchObject({changed: false})
      await lab.must('down', '--yes')
      expect([...(await snapshot(lab.folder)).keys()].sort(), `after a kill that left ${ended.at(-1)}`).toEqual(before)
      expect(await readFile(dhcpd.config, 'utf8')).toBe(HAND_WRITTEN)
    }
    console.log(`killed within ${wholeMs} ms, it left: ${ended.join(', ')}`)
    const left = [...(await snapshot(dirname(dhcpd.config))).keys()].filter((path) => /\.pxectl-\d+$/.test(path) && path.startsWith('.'))
    expect(left, 'no temporary files').toEqual([])
  }),
)

test('killed while dhcpd is being restarted: no host is there, and the next up makes all', () =>
  withNetwork('up-gate', async (network) => {
    const {lab, dhcpd, gate} = await openScene(network, groupOf(5))
    await writeFile(gate, '')
    const up = lab.start('up', '--yes')
    await until('the restart to be reached', 60_000, () => existsSync(`${gate}.reached`))
    up.child.kill('SIGKILL')
    await up.ended
    await rm(gate)
    expect(await hostNames(lab)).toEqual([])
    await lab.must('up', '--yes')
    expect(await lab.must('plan')).toMatchObject({changes: []})
    expect((await readFile(dhcpd.config, 'utf8')).match(/fixed-address 192\.168\.56\.2\d/g)).toHaveLength(5)
  }))

test('of two at once the second waits, says for whom, and finds nothing left to do', () =>
  withNetwork('up-twice', async (network) => {
    const {lab, env, gate, restarts} = await openScene(network, groupOf(5))
    await writeFile(gate, '')
    const first = lab.start('up', '--yes')
    await until('the restart to be reached', 60_000, () => existsSync(`${gate}.reached`))
    const second = network.start([...pxectlCommand, 'up', '--yes'], {cwd: lab.folder, env})
    await until('the second to wait', 60_000, () => second.stderr().includes(`(process ${first.child.pid})`))
    expect(second.stderr()).toContain('waiting for another pxectl up or down of this lab')
    await rm(gate)
    expect((await first.ended).exitCode).toBe(0)
    expect((await second.ended).exitCode, second.stderr()).toBe(0)
    expect(second.stdout()).toContain('nothing to do')
    expect(await restarts()).toBe(1)
  }))
