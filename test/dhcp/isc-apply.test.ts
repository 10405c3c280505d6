// The transaction: whatever goes wrong, the old configuration is in place and dhcpd runs with it, and the error says so.
import {chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, renameSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {matchingTimes} from '../../src/dhcp/backups.js'
import type {DhcpChange, DhcpPlan} from '../../src/dhcp/server.js'
import {findRestartCommand, splitCommand} from '../../src/dhcp/restart-command.js'
import {errorOf, openScene, reservation, SUBNET, tk2, type Scene} from './fake-dhcpd.js'

const addTk2 = (scene: Scene): Promise<DhcpPlan> => scene.server.plan({upsert: [{reservation: tk2}], remove: []})

async function fail(scene: Scene): Promise<{code: string; kind: string; message: string}> {
  const {code, kind, message} = await errorOf(scene.server.apply(await addTk2(scene), {restart: true}))
  expect(scene.text()).toBe(SUBNET)
  expect(readdirSync(scene.folder).filter((name) => /^\.dhcpd\.conf\.pxectl-/.test(name))).toEqual([])
  return {code, kind, message}
}

test('all is well: tested, backed up, swapped, restarted', async () => {
  const scene = openScene(SUBNET)
  chmodSync(scene.config, 0o664)
  const steps: string[] = []
  const applied = await scene.server.apply(await addTk2(scene), {restart: true, onProgress: (step) => steps.push(step)})
  expect(scene.dhcpd.calls).toEqual(['test', 'restart'])
  expect(scene.text()).toContain('host tk2 {')
  expect(applied).toEqual({restarted: true, warnings: [], backups: [`${scene.config}.pxectl-20261121T133502.123Z`]})
  expect(readFileSync(applied.backups[0]!, 'latin1')).toBe(SUBNET)
  expect(statSync(scene.config).mode & 0o777).toBe(0o664)
  expect(steps).toHaveLength(3)
})

test('nothing to do: nothing is tested or restarted', async () => {
  const scene = openScene(SUBNET)
  const plan = await scene.server.plan({upsert: [], remove: ['nobody']})
  expect(await scene.server.apply(plan, {restart: true})).toEqual({restarted: false, backups: [], warnings: []})
  expect(scene.dhcpd.calls).toEqual([])
})

describe('put back', () => {
  test('dhcpd refuses', async () => {
    const scene = openScene(SUBNET)
    const banner =
      'Internet Systems Consortium DHCP Server 4.4.3-P1\nCopyright 2004-2022 Internet Systems Consortium.\nAll rights reserved.\n'
    const candidate = `${scene.folder}/.dhcpd.conf.pxectl-${process.pid}`
    scene.dhcpd.tests.push(() => ({
      exitCode: 1,
      stderr: `${banner}${candidate} line 8: semicolon expected.\nConfiguration file errors encountered -- exiting\n`,
    }))
    const error = await fail(scene)
    expect(error).toMatchObject({code: 'DHCPD_REFUSED', kind: 'external'})
    expect(error.message).toContain(`${scene.config} line 8: semicolon expected.`)
    expect(error.message).not.toContain('Copyright')
    expect(scene.dhcpd.calls).toEqual(['test'])
  })

  test('dhcpd crashes while testing, which prints no error', async () => {
    const scene = openScene(SUBNET)
    scene.dhcpd.tests.push(() => ({exitCode: -1, signal: 'SIGSEGV'}))
    expect(await fail(scene)).toMatchObject({code: 'DHCPD_REFUSED', message: expect.stringContaining('crashed (SIGSEGV)') as string})
  })

  test('the restart fails: the old file is put back and dhcpd restarted with it', async () => {
    const scene = openScene(SUBNET)
    scene.dhcpd.restarts.push(() => ({exitCode: 1, stderr: 'No subnet declaration for eth1\n', running: false}))
    const error = await fail(scene)
    expect(error).toMatchObject({code: 'DHCPD_RESTART_FAILED', kind: 'external'})
    expect(error.message).toContain('No subnet declaration for eth1')
    expect(error.message).toContain('The old configuration was put back, and the DHCP server is running with it.')
    expect(scene.dhcpd.calls).toEqual(['test', 'restart', 'restart'])
    expect(scene.dhcpd.running).toBe(true)
  })

  test('the restart "succeeds" but dhcpd is not there', async () => {
    const scene = openScene(SUBNET)
    scene.dhcpd.restarts.push(() => ({running: false}))
    expect((await fail(scene)).message).toContain('succeeded, but dhcpd is not running')
  })

  test('dhcpd starts, and ends two seconds later', async () => {
    let sleeps = 0
    const scene = openScene(SUBNET, {
      sleep: async () => {
        // 2 s after the first restart; the second, with the old file, is fine.
        if (++sleeps === 21) scene.dhcpd.running = false
      },
    })
    const error = await fail(scene)
    expect(error).toMatchObject({code: 'DHCPD_RESTART_FAILED', kind: 'external'})
    expect(error.message).toContain('succeeded, but dhcpd ended within 2.5 s of its start')
    expect(error.message).toContain('The old configuration was put back, and the DHCP server is running with it.')
  })

  test('the restart hangs, and is ended', async () => {
    const scene = openScene(SUBNET)
    scene.dhcpd.restarts.push(() => ({exitCode: -1, timedOut: true, running: false}))
    const error = await fail(scene)
    expect(error.message).toContain('did not finish within 60 s, and was ended')
    expect(scene.dhcpd.running).toBe(true)
  })

  // What systemctl 252 prints when a unit has used up its starts.
  const LIMIT =
    'Job for isc-dhcp-server.service failed because start of the service was attempted too often.\n' +
    'See "systemctl status isc-dhcp-server.service" and "journalctl -xeu isc-dhcp-server.service" for details.\n' +
    'To force a start use "systemctl reset-failed isc-dhcp-server.service"\n' +
    'followed by "systemctl start isc-dhcp-server.service" again.\n'

  test('systemd starts dhcpd no more, because it was started too often', async () => {
    const scene = openScene(SUBNET)
    const limited = () => ({exitCode: 1, stderr: LIMIT, running: false})
    scene.dhcpd.restarts.push(limited, limited)
    const error = await errorOf(scene.server.apply(await addTk2(scene), {restart: true}))
    expect(scene.text()).toBe(SUBNET)
    expect(error.message).toContain('start-limit-hit')
    expect(error.message).toContain('does not run with it either')
    expect(error.suggestions[0]).toBe('systemctl reset-failed isc-dhcp-server && systemctl start isc-dhcp-server')
  })

  test('dhcpd may not read the candidate, as AppArmor has it', async () => {
    const scene = openScene(SUBNET)
    const candidate = `${scene.folder}/.dhcpd.conf.pxectl-${process.pid}`
    scene.dhcpd.tests.push(() => ({exitCode: 1, stderr: `Can't open ${candidate}: Permission denied\n`}))
    const error = await fail(scene)
    expect(error).toMatchObject({code: 'DHCPD_READ_FORBIDDEN', kind: 'environment'})
    expect(error.message).toContain(`Can't open ${scene.config}: Permission denied`)
  })

  test('the old configuration does not come up either: both errors are told', async () => {
    const scene = openScene(SUBNET)
    scene.dhcpd.restarts.push(
      () => ({exitCode: 1, stderr: 'first', running: false}),
      () => ({exitCode: 1, stderr: 'second', running: false}),
    )
    const {message} = await fail(scene)
    expect(message).toMatch(/first[^]*does not run with it either[^]*second/)
  })

  test('somebody saved the file after it was read', async () => {
    const scene = openScene(SUBNET)
    const plan = await addTk2(scene)
    writeFileSync(scene.config, `# mine\n${SUBNET}`)
    expect(await errorOf(scene.server.apply(plan, {restart: true}))).toMatchObject({code: 'DHCPD_CONF_CHANGED', kind: 'conflict'})
    expect(scene.text()).toBe(`# mine\n${SUBNET}`)
  })

  test('somebody saved the file while dhcpd was testing', async () => {
    const scene = openScene(SUBNET)
    scene.dhcpd.tests.push(() => {
      writeFileSync(scene.config, '# mine\n')
      return {}
    })
    expect(await errorOf(scene.server.apply(await addTk2(scene), {restart: true}))).toMatchObject({code: 'DHCPD_CONF_CHANGED'})
    expect(scene.text()).toBe('# mine\n')
  })

  test('undo: only what still is as the plan left it', async () => {
    const scene = openScene(SUBNET)
    const plan = await addTk2(scene)
    await scene.server.apply(plan, {restart: true})
    await scene.server.undo(plan, {restart: true})
    expect(scene.text()).toBe(SUBNET)
    expect(scene.dhcpd.calls).toEqual(['test', 'restart', 'restart'])
    await scene.server.apply(plan, {restart: false})
    writeFileSync(scene.config, '# mine\n')
    expect(await errorOf(scene.server.undo(plan, {restart: true}))).toMatchObject({code: 'DHCPD_CONF_CHANGED'})
    expect(scene.text()).toBe('# mine\n')
  })
})

test('an included file is edited: dhcpd tests the main file with the new include', async () => {
  const scene = openScene('')
  const racks = join(scene.folder, 'racks.conf')
  const main = `${SUBNET}include "${racks}"; # racks\n`
  writeFileSync(racks, 'host tk2 { hardware ethernet 08:00:27:00:00:02; fixed-address 10.0.0.9; }\n')
  writeFileSync(scene.config, main)
  let tested = ''
  scene.dhcpd.tests.push((text) => {
    tested = readFileSync(/include "([^"]+)"/.exec(text)![1]!, 'latin1')
    return {}
  })
  await scene.server.apply(await addTk2(scene), {restart: true})
  expect(tested).toContain('10.0.0.2')
  expect(readFileSync(racks, 'latin1')).toBe(tested)
  expect(scene.text()).toBe(main)
})

test('without dhcpd here: applied with a warning', async () => {
  const scene = openScene(SUBNET)
  scene.dhcpd.installed = false
  const {warnings} = await scene.server.apply(await addTk2(scene), {restart: true})
  expect(warnings).toEqual([expect.stringContaining('not tested')])
})

test('without a restart command: applied, and the user is told to restart it', async () => {
  const scene = openScene(SUBNET, {fileExists: async () => false, restart: undefined})
  const applied = await scene.server.apply(await addTk2(scene), {restart: true})
  expect(applied).toMatchObject({restarted: false, warnings: [expect.stringContaining('restart it yourself')]})
  expect(scene.text()).toContain('host tk2')
})

test.skipIf(process.getuid?.() === 0)('a folder that cannot be written: in place, with the backup in the state folder', async () => {
  const scene = openScene(SUBNET)
  mkdirSync(join(scene.folder, 'etc'))
  const config = join(scene.folder, 'etc/dhcpd.conf')
  renameSync(scene.config, config)
  chmodSync(join(scene.folder, 'etc'), 0o555)
  const {server} = openScene(undefined, {config, stateFolder: join(scene.folder, 'state')})
  const plan = await server.plan({upsert: [{reservation: tk2}], remove: []})
  const {ino} = statSync(config)
  const applied = await server.apply(plan, {restart: false})
  expect(applied.backups).toEqual([join(scene.folder, 'state/dhcpd.conf.pxectl-20261121T133502.123Z')])
  expect(statSync(config).ino).toBe(ino)
  expect(readFileSync(config, 'latin1')).toContain('host tk2')
  chmodSync(config, 0o444)
  const removal = await server.plan({upsert: [], remove: ['tk2']})
  expect(await errorOf(server.apply(removal, {restart: false}))).toMatchObject({code: 'FILE_FORBIDDEN', kind: 'environment'})
})

test('a link stays a link', async () => {
  const scene = openScene(SUBNET)
  mkdirSync(join(scene.folder, 'real'))
  renameSync(scene.config, join(scene.folder, 'real/dhcpd.conf'))
  symlinkSync('real/dhcpd.conf', scene.config)
  await scene.server.apply(await addTk2(scene), {restart: true})
  expect(readFileSync(join(scene.folder, 'real/dhcpd.conf'), 'latin1')).toContain('host tk2')
  expect(existsSync(join(scene.folder, 'real/.dhcpd.conf.pxectl.lock'))).toBe(true)
})

test('rollback restores the last backup, and can itself be rolled back; ten backups are kept', async () => {
  let minute = 0
  const scene = openScene(SUBNET, {now: () => new Date(Date.UTC(2026, 10, 21, 13, minute++))})
  expect(await errorOf(scene.server.rollback(undefined, {restart: true}))).toMatchObject({code: 'DHCP_BACKUP_MISSING', kind: 'notFound'})
  await scene.server.apply(await addTk2(scene), {restart: true})
  const withTk2 = scene.text()
  await scene.server.rollback(undefined, {restart: true})
  expect(scene.text()).toBe(SUBNET)
  for (let round = 0; round < 11; round++) await scene.server.rollback(undefined, {restart: true})
  expect(scene.text()).toBe(withTk2)
  const backups = await scene.server.backups()
  expect(backups).toHaveLength(10)
  expect(backups[0]?.time).toBe('20261121T131200.000Z')
})

test('rollback to any time brings back every file as it was before the change of that time', async () => {
  let minute = 0
  const scene = openScene('', {now: () => new Date(Date.UTC(2026, 10, 21, 13, minute++))})
  const racks = join(scene.folder, 'racks.conf')
  const main = `${SUBNET}include "${racks}";\n`
  const rack = 'host r1 { hardware ethernet 08:00:27:00:00:11; fixed-address 10.0.0.11; }\n'
  writeFileSync(racks, rack)
  writeFileSync(scene.config, main)
  const apply = async (change: DhcpChange) => scene.server.apply(await scene.server.plan(change), {restart: true})
  await apply({upsert: [{reservation: tk2}], remove: []})
  await apply({upsert: [{reservation: reservation('r1', '08:00:27:00:00:11', '10.0.0.12')}], remove: []})
  await apply({upsert: [{reservation: reservation('tk3', '08:00:27:00:00:03', '10.0.0.3')}], remove: []})
  const [newest, middle, oldest] = await scene.server.backups()
  expect([newest?.time, middle?.time, oldest?.time]).toEqual(['20261121T130200.000Z', '20261121T130100.000Z', '20261121T130000.000Z'])
  const {time} = await scene.server.rollback(oldest?.time, {restart: true})
  expect(time).toBe(oldest?.time)
  expect([scene.text(), readFileSync(racks, 'latin1')]).toEqual([main, rack])
  expect(scene.dhcpd.calls.filter((call) => call === 'restart')).toHaveLength(4)
})

test('the time of a backup may be cut short, and written as in ISO 8601', () => {
  const backups = ['20261121T130200.000Z', '20261121T130100.000Z', '20261120T090000.000Z'].map((time) => ({time, files: []}))
  expect(matchingTimes(backups, '20261121T130100.000Z')).toEqual(['20261121T130100.000Z'])
  expect(matchingTimes(backups, '2026-11-20')).toEqual(['20261120T090000.000Z'])
  expect(matchingTimes(backups, '2026-11-21t13:01')).toEqual(['20261121T130100.000Z'])
  expect(matchingTimes(backups, '20261121')).toHaveLength(2)
  expect(matchingTimes(backups, '')).toEqual([])
})

test('the restart command of this system', async () => {
  const find = (existing: readonly string[], units: readonly string[] = [], config = '/etc/dhcp/dhcpd.conf'): Promise<unknown> =>
    findRestartCommand({
      configured: undefined,
      config,
      fileExists: async (path) => existing.includes(path),
      exec: async ({args}) => ({exitCode: units.includes(args[1] ?? '') ? 0 : 1, stdout: '', stderr: '', timedOut: false}),
    })
  expect(await find(['/run/systemd/system'], ['dhcpd.service'])).toEqual({file: 'systemctl', args: ['restart', 'dhcpd.service']})
  expect(await find(['/etc/init.d/isc-dhcp-server'])).toEqual({file: '/etc/init.d/isc-dhcp-server', args: ['restart']})
  expect(await find(['/etc/init.d/dhcp3-server'])).toEqual({file: '/etc/init.d/dhcp3-server', args: ['restart']})
  expect(await find(['/sbin/rc-service', '/etc/init.d/dhcpd'])).toEqual({file: '/sbin/rc-service', args: ['dhcpd', 'restart']})
  expect(await find(['/etc/init.d/isc-dhcp-server'], [], '/srv/lab/dhcpd.conf'), 'a file that no service reads').toBeUndefined()
  expect(splitCommand(`ssh lab 'systemctl restart' "a b"c`)).toEqual({file: 'ssh', args: ['lab', 'systemctl restart', 'a bc']})
  expect(() => splitCommand('"open')).toThrow('cannot be split')
})
