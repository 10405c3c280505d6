// The DHCP server does not take the edit: everything is as it was, the old daemon answers, and pxectl says what happened.
//
//     br0 192.168.56.1: dhcpd ── c1: busybox udhcpc
import {chmod, readFile, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {expect, test} from 'vitest'
import {HAND_WRITTEN, startDhcpd, type Dhcpd} from './support/dhcpd.js'
import {errorOf, hostNames, makeLab, snapshot, type Lab} from './support/lab.js'
import {requestLease} from './support/lease.js'
import {withNetwork, type Client, type Network} from './support/network.js'
import {until} from './support/programs.js'

const PRINTER = {mac: '00:80:77:12:34:56', ip: '192.168.56.9'} as const
const NEW_HOST = ['add-host', 'tk1', '--mac', '52:54:00:a1:b2:c3', '--ip', '192.168.56.21', '--root', 'root_tk1'] as const

/** What pxectl may leave beside dhcpd.conf: its lock, and backups of the old file. */
const KEPT = /^\.dhcpd\.conf\.pxectl\.lock$|^dhcpd\.conf\.pxectl-\d{8}T[\d.]+Z$/

type Scene = {readonly network: Network; readonly dhcpd: Dhcpd; readonly lab: Lab; readonly client: Client}

/** A lab whose daemon runs, with `restart` as the restart command where one is given. */
async function inLab(
  title: string,
  options: {config?: string; restart?: (dhcpd: Dhcpd) => string},
  work: (scene: Scene) => Promise<void>,
): Promise<void> {
  await withNetwork(title, async (network) => {
    const dhcpd = await startDhcpd(network, options.config)
    let {restart} = dhcpd
    if (options.restart !== undefined) {
      restart = join(network.folder, 'restart-dhcpd')
      await writeFile(restart, `#!/bin/sh\n${options.restart(dhcpd)}\n`)
      await chmod(restart, 0o755)
    }
    const lab = await makeLab(network, {dhcp: 'isc', dhcpd: {config: dhcpd.config, restart}})
    await work({network, dhcpd, lab, client: await network.addClient(PRINTER.mac)})
  })
}

/** Adds a host, which must fail as `external` (5), and checks that nothing at all has changed. */
async function expectRolledBack({dhcpd, lab, client}: Scene): Promise<ReturnType<typeof errorOf>> {
  const before = {config: await snapshot(dirname(dhcpd.config)), boot: await snapshot(lab.tftpRoot)}
  const answer = await lab.pxectl(...NEW_HOST)
  expect(answer.exitCode, answer.stdout).toBe(5)

  expect(await readFile(dhcpd.config, 'utf8')).toBe(before.config.get('dhcpd.conf'))
  const more = [...(await snapshot(dirname(dhcpd.config))).keys()].filter((name) => !before.config.has(name) && !KEPT.test(name))
  expect(more, 'no file is left beside dhcpd.conf').toEqual([])
  expect(await snapshot(lab.tftpRoot)).toEqual(before.boot)
  expect(await hostNames(lab)).toEqual([])
  expect(await dhcpd.pid(), 'dhcpd runs').toBeDefined()
  expect((await requestLease(client))?.address, 'dhcpd answers').toBe(PRINTER.ip)
  return errorOf(answer)
}

test('dhcpd -t refuses the edit: the daemon is not even restarted', () =>
  // Fine by itself, but it makes the `option host-name "tk1"` of every host a syntax error.
  inLab('refused', {config: `option host-name code 12 = ip-address;\n${HAND_WRITTEN}`}, async (scene) => {
    const daemon = await scene.dhcpd.pid()
    const error = await expectRolledBack(scene)
    expect(await scene.dhcpd.pid(), 'the same daemon').toBe(daemon)
    expect(error.message).toMatch(/dhcpd/)
    expect([error.message, ...error.causes, JSON.stringify(error)].join('\n'), "dhcpd's own words").toMatch(/expecting IP address/)
    expect(error.suggestions.length).toBeGreaterThan(0)
  }))

test('the edit is refused once and works when its cause is gone', () =>
  inLab('repaired', {config: `option host-name code 12 = ip-address;\n${HAND_WRITTEN}`}, async (scene) => {
    await expectRolledBack(scene)
    await writeFile(scene.dhcpd.config, HAND_WRITTEN)
    await scene.lab.must(...NEW_HOST)
    expect(await hostNames(scene.lab)).toEqual(['tk1'])
  }))

test('dhcpd -t accepts the edit but the daemon does not start with it', () =>
  // With the new host the daemon is told to serve an interface for which it has no subnet: `-t` cannot see that.
  inLab(
    'not-started',
    {restart: (dhcpd) => `if grep -q tk1 ${dhcpd.config}; then sed 's/ br0 / lo /' ${dhcpd.restart} | sh; else ${dhcpd.restart}; fi`},
    async (scene) => {
      const error = await expectRolledBack(scene)
      expect(error.suggestions.length).toBeGreaterThan(0)
    },
  ))

test('the restart command says all is well, but no daemon is there afterwards', () =>
  inLab(
    'silent-death',
    {
      restart: (dhcpd) =>
        `if grep -q tk1 ${dhcpd.config}; then sed 's/ br0 / lo /' ${dhcpd.restart} | sh; exit 0; else exec ${dhcpd.restart}; fi`,
    },
    async (scene) => {
      // The daemon of another network, such as a container's: it shows in /proc, and its command line would fit ours.
      await withNetwork('silent-other', async (other) => {
        await writeFile(join(other.folder, 'dhcpd.conf'), HAND_WRITTEN)
        await writeFile(join(other.folder, 'leases'), '')
        const words = [
          'dhcpd',
          '-4',
          '-f',
          '-d',
          '-cf',
          'dhcpd.conf',
          '-lf',
          join(other.folder, 'leases'),
          '-pf',
          join(other.folder, 'pid'),
          'br0',
        ]
        const daemon = other.start(words, {cwd: other.folder})
        await until('the other dhcpd to listen', 20_000, () => daemon.stderr().includes('Sending on'))
        await expectRolledBack(scene)
      })
    },
  ))

test('the restart command itself is missing', () =>
  withNetwork('no-restart', async (network) => {
    const dhcpd = await startDhcpd(network)
    const lab = await makeLab(network, {dhcp: 'isc', dhcpd: {config: dhcpd.config, restart: join(network.folder, 'no-such-command')}})
    const answer = await lab.pxectl(...NEW_HOST)
    expect([5, 6]).toContain(answer.exitCode)
    expect(await readFile(dhcpd.config, 'utf8')).toBe(HAND_WRITTEN)
    expect(await hostNames(lab)).toEqual([])
  }))

test('an edit of somebody else while dhcpd restarts is not overwritten by the rollback of a bad one', () =>
  // The restart command stands for an administrator who saves the file at the worst moment, and then fails.
  inLab(
    'meddled',
    {
      restart: (dhcpd) =>
        `if grep -q tk1 ${dhcpd.config}; then echo '# saved by hand' >>${dhcpd.config}; exit 1; fi; exec ${dhcpd.restart}`,
    },
    async ({lab, dhcpd}) => {
      const answer = await lab.pxectl(...NEW_HOST)
      expect([4, 5], answer.stdout).toContain(answer.exitCode)
      expect(await hostNames(lab)).toEqual([])
      expect(await readFile(dhcpd.config, 'utf8')).toContain('# saved by hand')
    },
  ))

test('dhcp rollback brings back the configuration before the last change, byte for byte', () =>
  inLab('rollback', {}, async ({lab, dhcpd, client}) => {
    await lab.must(...NEW_HOST)
    expect(await readFile(dhcpd.config, 'utf8')).toContain('host tk1')
    await lab.must('dhcp', 'rollback')
    expect(await readFile(dhcpd.config, 'utf8')).toBe(HAND_WRITTEN)
    expect((await requestLease(client))?.address).toBe(PRINTER.ip)
  }))
