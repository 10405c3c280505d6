// The transaction with Kea: whatever goes wrong, the old configuration is in place, Kea runs with it, and the error says so.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {describe, expect, test} from 'vitest'
import {findKeaRestart} from '../../src/dhcp/kea-restart.js'
import type {Applied, DhcpPlan} from '../../src/dhcp/server.js'
import {errorOf, tk2} from './fake-dhcpd.js'
import {KEA_CONF, openKeaScene, type KeaScene} from './fake-kea.js'

const addTk2 = (scene: KeaScene): Promise<DhcpPlan> => scene.server.plan({upsert: [{reservation: tk2}], remove: []})
const apply = async (scene: KeaScene): Promise<Applied> => scene.server.apply(await addTk2(scene), {restart: true})

async function fail(scene: KeaScene): Promise<{code: string; kind: string; message: string}> {
  const before = scene.text()
  const {code, kind, message} = await errorOf(apply(scene))
  expect(scene.text()).toBe(before)
  expect(readdirSync(scene.folder).filter((name) => /^\.kea-dhcp4\.conf\.pxectl-/.test(name))).toEqual([])
  return {code, kind, message}
}

test('all is well: tested on a copy, put to the daemon, swapped, reloaded, seen in the daemon', async () => {
  const scene = openKeaScene(KEA_CONF)
  const paths: string[] = []
  let asked = ''
  scene.daemon.tests.push((text, path) => (paths.push(path), expect(text).toContain('08:00:27:00:00:02'), {}))
  scene.daemon.configTests.push((config) => ((asked = JSON.stringify(config)), {}))
  expect(await apply(scene)).toEqual({restarted: true, warnings: [], backups: [`${scene.config}.pxectl-20261121T133502.123Z`]})
  expect(paths).toEqual([`${scene.folder}/.kea-dhcp4.conf.pxectl-${process.pid}`])
  expect(asked).toMatch(/^\{"Dhcp4":\{"interfaces-config".*08:00:27:00:00:02/)
  expect(scene.daemon.calls).toEqual(['test', 'restart'])
})

describe('put back', () => {
  test('kea-dhcp4 -t refuses: in its own words, with the name of the real file', async () => {
    const scene = openKeaScene(KEA_CONF)
    scene.daemon.tests.push((_, path) => ({
      exitCode: 1,
      stderr: `2026-11-21 20:49:38.944 ERROR [kea-dhcp4.dhcp4/30596.140238165418496] DHCP4_PARSER_FAIL failed\nError encountered: bad value (${path}:1:154)\n`,
    }))
    const error = await fail(scene)
    expect(error).toMatchObject({code: 'DHCPD_REFUSED', kind: 'external'})
    expect(error.message).toBe(
      `kea-dhcp4 rejected the new configuration; the old one is still in place\nError encountered: bad value (${scene.config}:1:154)`,
    )
  })

  test('the daemon refuses what kea-dhcp4 -t took', async () => {
    const scene = openKeaScene(KEA_CONF)
    scene.daemon.configTests.push(() => ({result: 1, text: 'a hook does not like it'}))
    expect((await fail(scene)).message).toMatch(/still in place\na hook does not like it/)
    expect(scene.daemon.calls).toEqual(['test'])
  })

  test('a reload fails: the old configuration comes back and is reloaded', async () => {
    const scene = openKeaScene(KEA_CONF)
    scene.daemon.reloads.push(() => ({result: 1, text: 'Config reload failed'}))
    expect((await fail(scene)).message).toMatch(/Config reload failed\nThe old configuration was put back, and the DHCP server is running/)
    expect(scene.daemon.calls).toEqual(['test', 'restart', 'restart'])
  })

  test('a daemon that says yes and does not do it', async () => {
    const scene = openKeaScene(KEA_CONF)
    scene.daemon.reloads.push(() => ({isDeaf: true}))
    expect((await fail(scene)).message).toMatch(/not that of the file: it does not have 08:00:27:00:00:02 10\.0\.0\.2 tk2\nThe old/)
  })

  test('a daemon that dies of the reload is started again with the old configuration', async () => {
    const scene = openKeaScene(KEA_CONF, {restart: undefined})
    scene.daemon.reloads.push(() => ({dies: true}))
    const first = await fail(scene)
    expect(first.message).toMatch(/broke off\nThe old configuration was put back, but.*not run with it either: nobody answers \(/s)

    const withCommand = openKeaScene(KEA_CONF, {restart: 'restart-kea'})
    withCommand.daemon.restarts.push(() => ({dies: true}))
    expect((await fail(withCommand)).message).toMatch(/The old configuration was put back, and the DHCP server is running/)
    expect(withCommand.daemon.running).toBe(true)
    expect(withCommand.daemon.calls).toEqual(['test', 'restart', 'restart'])
  })

  test('both fail: both errors are told', async () => {
    const scene = openKeaScene(KEA_CONF)
    scene.daemon.reloads.push(
      () => ({result: 1, text: 'first'}),
      () => ({result: 1, text: 'second'}),
    )
    expect((await fail(scene)).message).toMatch(/first\nThe old configuration was put back, but.*second/s)
  })
})

test('a host that is removed must be gone from the daemon, too', async () => {
  const scene = openKeaScene(KEA_CONF)
  await apply(scene)
  scene.daemon.reloads.push(() => ({isDeaf: true}))
  const removal = await scene.server.plan({upsert: [], remove: ['tk2']})
  expect((await errorOf(scene.server.apply(removal, {restart: true}))).message).toMatch(/it still has 08:00:27:00:00:02/)
})

test('without kea-dhcp4 here the daemon is asked; without either it is said that nobody was', async () => {
  const scene = openKeaScene(KEA_CONF)
  scene.daemon.installed = false
  expect((await apply(scene)).warnings).toEqual([])
  const alone = openKeaScene(KEA_CONF)
  alone.daemon.installed = false
  alone.daemon.running = false
  const plan = await addTk2(alone)
  expect((await alone.server.apply(plan, {restart: false})).warnings).toEqual([expect.stringContaining('not tested before use')])
})

test('without a control socket: the restart command, and a look at the process', async () => {
  const text = KEA_CONF.replace(/ {4}"control-socket".*\n/, '')
  const scene = openKeaScene(text, {restart: 'restart-kea'})
  expect(await apply(scene)).toMatchObject({restarted: true, warnings: [expect.stringContaining('names no control socket')]})
  const dead = openKeaScene(text, {restart: 'restart-kea'})
  dead.daemon.restarts.push(() => ({dies: true}))
  expect((await fail(dead)).message).toMatch(/kea-dhcp4 is not running\nThe old/)
  expect(await apply(openKeaScene(text))).toMatchObject({restarted: false, warnings: [expect.stringContaining('restart it yourself')]})
})

test('Kea 3.0 names its sockets in a list', async () => {
  const sockets =
    '"control-sockets": [{"socket-type": "http", "socket-address": "::1"}, {"socket-type": "unix", "socket-name": "kea4-ctrl-socket"}]'
  const scene = openKeaScene(KEA_CONF.replace(/"control-socket": \{.*\}/, sockets))
  expect(await apply(scene)).toMatchObject({restarted: true, warnings: []})
})

test('check: what is declared twice, off its subnet, unused, hidden by a file name, or unlike database and daemon', async () => {
  const scene = openKeaScene(KEA_CONF)
  await apply(scene)
  const text = scene
    .text()
    .replace(
      '"pools"',
      '"reservations": [\n{"hw-address": "080027000002", "ip-address": "10.9.0.2", "hostname": "a", "boot-file-name": "x"},\n{"hw-address": "1:1:1:1:1:1", "ip-address": "10.0.0.150"}], "pools"',
    )
    .replace(/,\n *"reservations": \[ \/\*[^\]]*\]/, '')
    .replace(
      '"subnet4"',
      '"reservations": [{"flex-id": "1", "hostname": "A"}], "client-classes": [{"name": "h", "test": "option[60].text == \'HTTPClient\'", "boot-file-name": "http://x"}], "subnet4"',
    )
  writeFileSync(scene.config, text)
  const findings = await scene.server.check([tk2])
  expect(findings.map(({severity, code, line}) => `${severity} ${code} ${line ?? ''}`.trim())).toEqual([
    'warning DHCP_NAME_TAKEN 10',
    'error DHCP_IP_OFF_SUBNET 10',
    'warning DHCP_IP_DYNAMIC 11',
    'warning DHCP_RESERVATIONS_UNUSED 5',
    'error DHCP_DISAGREES',
    'warning DHCP_HTTPCLIENT_MISSING 5',
    'error DHCP_NOT_RELOADED',
  ])
  scene.daemon.running = false
  scene.daemon.tests.push(() => ({exitCode: 1, stderr: `Syntax check failed with: ${scene.config}:3.1-4: no\n`}))
  const later = await scene.server.check([])
  expect(later).toContainEqual(expect.objectContaining({code: 'DHCPD_REFUSED', line: 3, file: scene.config}))
  expect(later).toContainEqual(expect.objectContaining({code: 'DHCP_NOT_ASKED'}))
  writeFileSync(scene.config, '{\n"Dhcp4": {]}')
  expect(await scene.server.check([])).toMatchObject([{code: 'DHCPD_CONF_BROKEN', severity: 'error', line: 2, file: scene.config}])
})

test('check: classes in an order that hides those of pxectl', async () => {
  const scene = openKeaScene(KEA_CONF)
  await apply(scene)
  const classes =
    '"client-classes": [{"name": "mine", "boot-file-name": "x"}, {"name": "pxectl-bios", "test": "true", "boot-file-name": "y"}],'
  writeFileSync(scene.config, readFileSync(scene.config, 'utf8').replace('"subnet4"', `${classes}\n"subnet4"`))
  expect((await scene.server.check([tk2])).map(({code}) => code)).toEqual(['DHCP_CLASS_ORDER', 'DHCP_NOT_RELOADED'])
  // A class that is looked at after all others, in the words of Kea 2 and of Kea 3, hides nothing.
  const text = readFileSync(scene.config, 'utf8')
  for (const key of ['only-if-required', 'only-in-additional-list']) {
    writeFileSync(scene.config, text.replace('{"name": "mine",', `{"name": "mine", "${key}": true,`))
    expect((await scene.server.check([tk2])).map(({code}) => code)).toEqual(['DHCP_NOT_RELOADED'])
  }
})

test('the restart command of this system', async () => {
  const find = (
    existing: readonly string[],
    units: readonly string[] = [],
    hasSocket = true,
    config = '/etc/kea/kea-dhcp4.conf',
  ): Promise<unknown> =>
    findKeaRestart({
      configured: undefined,
      config,
      hasSocket,
      fileExists: async (path) => existing.includes(path),
      exec: async ({args}) => ({exitCode: units.includes(args[1] ?? '') ? 0 : 1, stdout: '', stderr: '', timedOut: false}),
    })
  expect(await find(['/run/systemd/system'], ['kea-dhcp4-server.service'])).toEqual({
    file: 'systemctl',
    args: ['restart', 'kea-dhcp4-server.service'],
  })
  expect(await find(['/etc/init.d/kea-dhcp4-server'])).toEqual({file: '/etc/init.d/kea-dhcp4-server', args: ['restart']})
  expect(await find(['/sbin/rc-service', '/etc/init.d/kea-dhcp4'])).toEqual({file: '/sbin/rc-service', args: ['kea-dhcp4', 'restart']})
  expect(await find(['/usr/sbin/keactrl'])).toEqual({file: '/usr/sbin/keactrl', args: ['start', '-s', 'dhcp4']})
  expect(await find(['/usr/sbin/keactrl'], [], false)).toEqual({file: '/usr/sbin/keactrl', args: ['reload', '-s', 'dhcp4']})
  expect(await find(['/usr/sbin/keactrl'], [], true, '/srv/kea.conf'), 'a file that no service reads').toBeUndefined()
})
