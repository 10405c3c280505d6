// Disks, restarts and daemons that fail: nothing is half-written, the old daemon answers, and the error says why.
//
//     br0 192.168.56.1: dhcpd
import {existsSync} from 'node:fs'
import {chmod, copyFile, mkdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openIscServer} from '../../src/dhcp/isc.js'
import type {DhcpServer} from '../../src/dhcp/server.js'
import {parseHostname} from '../../src/net/hostname.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {parseMac} from '../../src/net/mac.js'
import {PxectlError} from '../../src/errors.js'
import {exec} from '../../src/system/exec.js'
import {execGroup} from '../../src/system/exec-group.js'
import {HAND_WRITTEN, startDhcpd, type Dhcpd} from './support/dhcpd.js'
import {errorOf, hostNames, makeLab, snapshot, type Lab} from './support/lab.js'
import {withNetwork, type Network} from './support/network.js'
import {pxectlCommand} from './support/program.js'
import {mustRun, until} from './support/programs.js'

const NEW_HOST = ['add-host', 'tk1', '--mac', '52:54:00:a1:b2:c3', '--ip', '192.168.56.21', '--root', 'root_tk1'] as const
const tk1 = {name: parseHostname('tk1'), mac: parseMac('52:54:00:a1:b2:c3'), ip: parseIpv4('192.168.56.21')}

/** A lab whose dhcpd.conf stands alone on a small file system of its own. */
async function onSmallDisk(
  title: string,
  work: (scene: {lab: Lab; mount: string; config: string; dhcpd: Dhcpd}) => Promise<void>,
): Promise<void> {
  await withNetwork(title, async (network) => {
    const dhcpd = await startDhcpd(network)
    const mount = join(network.folder, 'etc')
    await mkdir(mount)
    await mustRun(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'pxectl-e2e', mount])
    try {
      const config = join(mount, 'dhcpd.conf')
      await copyFile(dhcpd.config, config)
      const restart = join(network.folder, 'restart')
      await writeFile(restart, (await readFile(dhcpd.restart, 'utf8')).replaceAll(dhcpd.config, config))
      await chmod(restart, 0o755)
      await network.mustRun([restart])
      const lab = await makeLab(network, {dhcp: 'isc', dhcpd: {config, restart}})
      await work({lab, mount, config, dhcpd})
    } finally {
      // Lazily: the daemon in its namespace still sees it, and ends with the network.
      await mustRun(['umount', '-l', mount])
    }
  })
}

/** Adding a host fails as an environment error (6), and nothing at all has changed. */
async function expectUntouched(lab: Lab, mount: string, dhcpd: Dhcpd): Promise<ReturnType<typeof errorOf>> {
  const before = {disk: await snapshot(mount), boot: await snapshot(lab.tftpRoot), daemon: await dhcpd.pid()}
  const answer = await lab.pxectl(...NEW_HOST)
  expect(answer.exitCode, answer.stdout).toBe(6)
  const after = await snapshot(mount)
  after.delete('.dhcpd.conf.pxectl.lock')
  expect(after).toEqual(before.disk)
  expect(await snapshot(lab.tftpRoot)).toEqual(before.boot)
  expect(await dhcpd.pid(), 'the same daemon').toBe(before.daemon)
  expect(await hostNames(lab)).toEqual([])
  return errorOf(answer)
}

test('the file system is full', () =>
  onSmallDisk('disk-full', async ({lab, mount, dhcpd}) => {
    await mustRun(['sh', '-c', `dd if=/dev/zero of=${join(mount, 'filler')} bs=1k 2>/dev/null; true`])
    const error = await expectUntouched(lab, mount, dhcpd)
    expect(error.code).toBe('DISK_FULL')
    expect(error.message).toContain('no space left')
    expect(error.suggestions.length).toBeGreaterThan(0)
  }))

test('the file system has room for the candidate or the backup, but not for more', () =>
  onSmallDisk('disk-nearly-full', async ({lab, mount, dhcpd}) => {
    // The first command leaves the lock behind; then a page is left.
    await lab.must('dhcp', 'diff')
    await mustRun(['sh', '-c', `dd if=/dev/zero of=${join(mount, 'filler')} bs=4k 2>/dev/null; true`])
    await mustRun(['truncate', '-s', '-4096', join(mount, 'filler')])
    expect((await expectUntouched(lab, mount, dhcpd)).code).toBe('DISK_FULL')
  }))

test('the file system is read-only', () =>
  onSmallDisk('read-only', async ({lab, mount, dhcpd}) => {
    await mustRun(['mount', '-o', 'remount,ro', mount])
    const error = await expectUntouched(lab, mount, dhcpd)
    expect(error.code).toBe('FILE_FORBIDDEN')
    expect(error.message).toContain('read-only file system')
    expect(error.suggestions.join('\n')).toContain('findmnt')
  }))

/** dhcpd with a restart command that misbehaves as long as tk1 is declared. */
async function openMisbehaving(network: Network, script: (dhcpd: Dhcpd) => string): Promise<{dhcpd: Dhcpd; server: DhcpServer}> {
  const dhcpd = await startDhcpd(network)
  const restart = join(network.folder, 'misbehave')
  await writeFile(restart, `#!/bin/sh\nif grep -q tk1 ${dhcpd.config}; then\n${script(dhcpd)}\nfi\nexec ${dhcpd.restart}\n`)
  await chmod(restart, 0o755)
  const server = openIscServer({
    config: dhcpd.config,
    placement: 'region',
    stateFolder: network.folder,
    restart: `ip netns exec ${network.namespace} ${restart}`,
    exec,
    restartExec: execGroup,
    restartTimeoutMs: 3000,
  })
  return {dhcpd, server}
}

async function expectPutBack({dhcpd, server}: {dhcpd: Dhcpd; server: DhcpServer}): Promise<PxectlError> {
  const plan = await server.plan({upsert: [{reservation: tk1}], remove: []})
  const error = await server.apply(plan, {restart: true}).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof PxectlError)) throw new Error('the change was not refused', {cause: error})
  expect(error).toMatchObject({code: 'DHCPD_RESTART_FAILED', kind: 'external'})
  expect(error.message).toContain('The old configuration was put back, and the DHCP server is running with it.')
  expect(await readFile(dhcpd.config, 'utf8')).toBe(HAND_WRITTEN)
  expect(await dhcpd.pid()).toBeDefined()
  return error
}

test('a restart command that hangs is ended with all it started', () =>
  withNetwork('hangs', async (network) => {
    const pids = join(network.folder, 'pids')
    const scene = await openMisbehaving(network, () => `trap '' TERM\nsleep 300 & echo $! >${pids}\necho $$ >>${pids}\nsleep 300\nwait`)
    const error = await expectPutBack(scene)
    expect(error.message).toContain('did not finish within 3 s, and was ended')
    const started = (await readFile(pids, 'utf8')).trim().split('\n')
    expect(started).toHaveLength(2)
    for (const pid of started) {
      // A dead one may wait for its parent to look at it.
      await until(`process ${pid} to be gone`, 5000, async () => {
        const state = existsSync(`/proc/${pid}`) ? await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => ') Z') : ') Z'
        return state.includes(') Z')
      })
    }
  }))

test('a daemon that starts and dies two seconds later is noticed', () =>
  withNetwork('dies-late', async (network) => {
    const scene = await openMisbehaving(
      network,
      (dhcpd) => `${dhcpd.restart}\npid=$(cat ${join(network.folder, 'dhcp/dhcpd.pid')})\n(sleep 2; kill $pid) >/dev/null 2>&1 &\nexit 0`,
    )
    const error = await expectPutBack(scene)
    expect(error.message).toMatch(/succeeded, but dhcpd ended within 2\.5 s of its start/)
  }))

test('dhcp rollback --list, and a rollback to the first of three changes', () =>
  withNetwork('rollback-time', async (network) => {
    const dhcpd = await startDhcpd(network)
    const lab = await makeLab(network, {dhcp: 'isc', dhcpd})
    expect(await lab.must('dhcp', 'rollback', '--list')).toEqual({backups: []})
    await lab.must(...NEW_HOST)
    await lab.must('host', 'set', 'tk1', '--ip', '192.168.56.22')
    await lab.must('host', 'set', 'tk1', '--ip', '192.168.56.23')
    const {backups} = (await lab.must('dhcp', 'rollback', '--list')) as {backups: {time: string; files: {path: string}[]}[]}
    expect(backups).toHaveLength(3)
    expect(backups.every(({files}) => files[0]?.path === dhcpd.config)).toBe(true)
    const unknown = await lab.pxectl('dhcp', 'rollback', '1999')
    expect([unknown.exitCode, errorOf(unknown).code]).toEqual([3, 'BACKUP_MISSING'])
    const ambiguous = await lab.pxectl('dhcp', 'rollback', '20')
    expect([ambiguous.exitCode, errorOf(ambiguous).code]).toEqual([2, 'BACKUP_AMBIGUOUS'])
    const dry = await lab.must('dhcp', 'rollback', backups[1]?.time ?? '', '--dry-run')
    expect(JSON.stringify(dry['files'])).toContain('fixed-address 192.168.56.21;')
    const done = await lab.must('dhcp', 'rollback', backups[2]?.time ?? '')
    expect(done['time']).toBe(backups[2]?.time)
    expect(await readFile(dhcpd.config, 'utf8')).toBe(HAND_WRITTEN)
  }))

test('a dhcpd that may not read what it is to test is said so, and nothing has changed', () =>
  withNetwork('dhcpd-denied', async (network) => {
    const dhcpd = await startDhcpd(network)
    // Few kernels of test machines have AppArmor. What dhcpd says is the same where the rights of files deny it.
    const bin = join(network.folder, 'confined')
    await mkdir(bin)
    const drop = 'setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all'
    await writeFile(join(bin, 'dhcpd'), `#!/bin/sh\nexec ${drop} /usr/sbin/dhcpd "$@"\n`, {mode: 0o755})
    const lab = await makeLab(network, {dhcp: 'isc', dhcpd, env: {PATH: `${bin}:${process.env['PATH'] ?? ''}`}})
    const before = {boot: await snapshot(lab.tftpRoot), daemon: await dhcpd.pid()}
    const answer = await lab.pxectl(...NEW_HOST)
    expect(answer.exitCode, answer.stdout).toBe(6)
    expect(errorOf(answer)).toMatchObject({code: 'DHCPD_READ_FORBIDDEN'})
    expect(errorOf(answer).message).toContain(`Can't open ${dhcpd.config}: Permission denied`)
    expect(await readFile(dhcpd.config, 'utf8')).toBe(HAND_WRITTEN)
    expect(await snapshot(lab.tftpRoot)).toEqual(before.boot)
    expect(await dhcpd.pid()).toBe(before.daemon)
    expect(await hostNames(lab)).toEqual([])
  }))

test('dhcp diff is plain when piped, in colour on a terminal, and plain there too where colours are not wanted', () =>
  withNetwork('diff-colour', async (network) => {
    const dhcpd = await startDhcpd(network)
    const lab = await makeLab(network, {dhcp: 'isc', dhcpd})
    await lab.must(...NEW_HOST)
    await writeFile(dhcpd.config, HAND_WRITTEN)
    const words = [...pxectlCommand, 'dhcp', 'diff', '--config', join(lab.folder, 'pxectl.ini')]
    const env = {NO_COLOR: '', TERM: 'xterm'}
    const plain = await network.mustRun(words, {env})
    const terminal = async (line: string): Promise<string> =>
      (await network.mustRun(['script', '-qec', line, '/dev/null'], {env})).replaceAll('\r\n', '\n')
    expect(plain).toContain('\n+host tk1')
    expect(plain).not.toContain('\u001B')
    expect(await terminal(words.join(' '))).toContain('\u001B[32m+host tk1')
    expect(await terminal(`${words.join(' ')} --no-color`)).toBe(plain)
    expect(await terminal(`NO_COLOR=1 ${words.join(' ')}`)).toBe(plain)
  }))
