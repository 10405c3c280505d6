// A change of dhcpd.conf with a dhcpd that can be spoken to: what it is told, when it is restarted instead, and that the lease file's
// leftovers do not win.
import {readFileSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import type {IscOptions} from '../../src/dhcp/isc.js'
import {openOmapi} from '../../src/dhcp/omapi-session.js'
import type {Applied, DhcpChange} from '../../src/dhcp/server.js'
import {connectTcp} from '../../src/system/tcp-stream.js'
import {temporaryFolder} from '../support/temporary-folder.js'
import {bootOptions, errorOf, openScene, reservation, SUBNET, tk2, type Scene} from './fake-dhcpd.js'
import {KEY, omapiStatements, startFakeOmapi, type FakeOmapi} from './fake-omapi.js'

const SECRET = Buffer.from(KEY.secret).toString('base64')
const OLD = 'host old { hardware ethernet 08:00:27:00:00:0f; fixed-address 10.0.0.15; option host-name "old"; }\n'

type OmapiScene = Scene & {readonly omapi: FakeOmapi; readonly apply: (change: Partial<DhcpChange>) => Promise<Applied>}

/** dhcpd runs with the text; its port stands in it. */
async function openOmapiScene(more = '', options: Partial<IscOptions> = {}, statements = omapiStatements): Promise<OmapiScene> {
  const omapi = await startFakeOmapi()
  const scene = openScene(`${statements(omapi.port)}${SUBNET}${OLD}${more}`, {
    omapi: true,
    listeners: async () => [],
    // Files of this moment are older than the process, and later ones are not.
    findStart: async (pid) => ({ticks: pid, time: startTime}),
    openOmapi: (place) => openOmapi((at) => connectTcp({...at, timeoutMs: 300}), place),
    ...options,
  })
  const startTime = statSync(scene.config).ctimeMs + 1
  // The clock of the file system is coarse.
  const clock = join(scene.folder, 'clock')
  do writeFileSync(clock, '')
  while (statSync(clock).ctimeMs <= startTime)
  omapi.hosts.set('old', {handle: 7, mac: '08002700000f', ip: '0a00000f', statements: ''})
  const apply = async (change: Partial<DhcpChange>): Promise<Applied> =>
    scene.server.apply(await scene.server.plan({upsert: [], remove: [], ...change}), {restart: true})
  return {...scene, omapi, apply}
}

const add = (...reservations: readonly (typeof tk2)[]): Partial<DhcpChange> => ({upsert: reservations.map((one) => ({reservation: one}))})

test('dhcpd is told, not restarted', async () => {
  const scene = await openOmapiScene()
  expect(await scene.apply(add(tk2))).toMatchObject({restarted: false, warnings: []})
  expect(scene.text()).toContain('host tk2 {')
  expect(scene.omapi.hosts.get('tk2')).toMatchObject({mac: '080027000002', ip: '0a000002', statements: 'option host-name "tk2";'})
  await scene.apply(add(reservation('tk2', '08:00:27:00:00:02', '10.0.0.3')))
  await scene.apply({upsert: [{reservation: reservation('tk3', '08:00:27:00:00:02', '10.0.0.3'), previousName: 'tk2'}]})
  await scene.apply({remove: ['tk3', 'old']})
  expect(scene.omapi.calls).toEqual(['create tk2', 'move tk2', 'remove tk2', 'create tk3', 'remove old', 'remove tk3'])
  expect(scene.dhcpd.calls).toEqual(['test', 'test', 'test', 'test'])
  const [note, ...others] = readdirSync(join(scene.folder, 'state'))
  expect([note, others]).toEqual(['dhcpd.conf.omapi.json', []])
  expect(readFileSync(join(scene.folder, 'state', note!), 'utf8')).not.toContain(SECRET)
})

test('a host within its subnet, and one in an included file', async () => {
  const scene = await openOmapiScene('', {placement: 'subnet'})
  await scene.apply(add(tk2))
  expect(scene.text()).toMatch(/subnet [^}]*host tk2/)
  expect(scene.omapi.calls).toEqual(['create tk2'])
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'hosts.conf'), 'host x { hardware ethernet 08:00:27:00:00:01; fixed-address 10.0.0.1; }\n')
  const included = await openOmapiScene(`include "${folder}/hosts.conf";\n`)
  included.omapi.hosts.set('x', {handle: 3, mac: '080027000001', ip: '0a000001', statements: ''})
  await included.apply(add(reservation('x', '08:00:27:00:00:01', '10.0.0.7')))
  expect(included.omapi.calls).toEqual(['move x'])
  const nested = await openOmapiScene(`group {\n  filename "x";\n  include "${folder}/hosts.conf";\n}\n`)
  expect((await nested.apply(add(reservation('x', '08:00:27:00:00:01', '10.0.0.8')))).warnings).toEqual([
    expect.stringContaining('a file is included within a block'),
  ])
})

test('undo and rollback are told as well', async () => {
  const scene = await openOmapiScene()
  const plan = await scene.server.plan({upsert: [{reservation: tk2}], remove: []})
  await scene.server.apply(plan, {restart: true})
  await scene.server.undo(plan, {restart: true})
  await scene.server.apply(plan, {restart: true})
  expect(await scene.server.rollback(undefined, {restart: true})).toMatchObject({restarted: false, warnings: []})
  expect(scene.omapi.calls).toEqual(['create tk2', 'remove tk2', 'create tk2', 'remove tk2'])
  expect(scene.dhcpd.calls).not.toContain('restart')
})

test('pxectl died after dhcpd was told and before it had noted that: what dhcpd was told is taken back by a restart', async () => {
  const scene = await openOmapiScene()
  const plan = await scene.server.plan({upsert: [{reservation: tk2}], remove: []})
  await scene.server.apply(plan, {restart: true})
  rmSync(join(scene.folder, 'state/dhcpd.conf.omapi.json'))
  writeFileSync(join(scene.folder, 'dhcpd.leases'), 'host tk2 {\n  dynamic;\n  hardware ethernet 08:00:27:00:00:02;\n}\n')
  const {warnings} = await scene.server.undo(plan, {restart: true})
  expect(warnings).toEqual([expect.stringContaining('was changed after dhcpd was started')])
  expect(scene.dhcpd.calls).toEqual(['test', 'restart'])
  expect(scene.omapi.calls).toEqual(['create tk2', 'remove tk2'])
})

test('what dhcpd says of a line with the secret is told without it', async () => {
  const scene = await openOmapiScene()
  scene.dhcpd.tests.push(() => ({exitCode: 1, stderr: `dhcpd.conf line 4: bad base64\n  secret ${SECRET};\n                ^\n`}))
  const error = await errorOf(scene.apply(add(tk2)))
  expect(error.message).toContain('secret ********;')
  expect(JSON.stringify([error.message, error.details])).not.toContain(SECRET)
})

test('a preview asks and changes nothing', async () => {
  const scene = await openOmapiScene()
  const preview = async (change: DhcpChange) => scene.server.preview?.(await scene.server.plan(change))
  const where = `OMAPI (127.0.0.1 port ${scene.omapi.port})`
  expect(await preview({upsert: [{reservation: tk2}], remove: []})).toBe(
    `the running DHCP server would be told by ${where}, without a restart`,
  )
  expect(await preview({upsert: [], remove: [], bootOptions})).toBe(
    `the DHCP server would need a restart: it could not be told by ${where} (more than hosts changes)`,
  )
  expect(scene.omapi.calls).toEqual([])
})

test.each(['a restart that is not wanted', 'the setting'])('nothing is told: %s', async (why) => {
  const scene = await openOmapiScene('', why === 'the setting' ? {omapi: false} : {})
  const plan = await scene.server.plan({upsert: [{reservation: tk2}], remove: []})
  const applied = await scene.server.apply(plan, {restart: why === 'the setting'})
  expect(applied.warnings).toEqual([])
  expect(scene.omapi.calls).toEqual([])
})

describe('restarted instead, with the reason', () => {
  const mac = (last: string): string => `08:00:27:00:00:${last}`
  const cases: Record<
    string,
    {more?: string; change: Partial<DhcpChange>; options?: Partial<IscOptions>; prepare?: (scene: OmapiScene) => void; reason: string}
  > = {
    'boot options too': {change: {...add(tk2), bootOptions}, reason: 'more than hosts changes'},
    'another MAC address': {change: add(reservation('old', mac('0e'), '10.0.0.15')), reason: 'another MAC address'},
    'options in the host': {
      more: `host x { hardware ethernet ${mac('01')}; fixed-address 10.0.0.1; option routers 10.0.0.254; }\n`,
      change: add(reservation('x', mac('01'), '10.0.0.7')),
      reason: 'host x: it has options that OMAPI cannot say',
    },
    'a host in a group': {
      more: `group {\n  filename "x";\n  host x { hardware ethernet ${mac('01')}; fixed-address 10.0.0.1; }\n}\n`,
      change: add(reservation('x', mac('01'), '10.0.0.7')),
      reason: 'host x: it stands in a group',
    },
    'too many': {
      change: add(
        ...Array.from({length: 70}, (_, n) => reservation(`n${n}`, `08:00:27:01:00:${(n + 16).toString(16)}`, `10.0.0.${n + 20}`)),
      ),
      reason: 'more than 64 hosts change',
    },
    'dhcpd does not run': {change: add(tk2), prepare: ({dhcpd}) => (dhcpd.running = false), reason: 'dhcpd is not running'},
    'several of it run': {change: add(tk2), options: {probe: async () => [100, 101]}, reason: 'several dhcpd run'},
    'the port is another program’s': {
      change: add(tk2),
      options: {listeners: async () => [{pid: 5, program: 'nc', args: []}]},
      reason: 'belongs to another program, nc (process 5)',
    },
    'the file was changed by hand': {
      change: add(tk2),
      prepare: ({config}) => writeFileSync(config, `# by hand\n${readFileSync(config, 'latin1')}`),
      reason: 'was changed after dhcpd was started',
    },
    'no process to look at': {change: add(tk2), options: {findStart: async () => undefined}, reason: 'cannot be found out'},
    'it knows the host already': {
      change: add(tk2),
      prepare: ({omapi}) => omapi.hosts.set('tk2', {handle: 3, mac: '080027000009', ip: '0a000009', statements: ''}),
      reason: 'dhcpd knows a host tk2 already',
    },
    'it does not know the host': {
      change: add(reservation('old', mac('0f'), '10.0.0.7')),
      prepare: ({omapi}) => omapi.hosts.delete('old'),
      reason: 'dhcpd does not know the host old',
    },
    'it knows another machine by that name': {
      change: {remove: ['old']},
      prepare: ({omapi}) => omapi.hosts.set('old', {handle: 3, mac: '080027000009', ip: '0a000009', statements: ''}),
      reason: 'another MAC address',
    },
    'it says nothing': {change: add(tk2), prepare: ({omapi}) => (omapi.answer = () => undefined), reason: 'gave no answer within 0.3 s'},
    'it breaks off half-way': {
      change: add(tk2, reservation('tk4', mac('04'), '10.0.0.4')),
      // Key, two hosts looked for, one made, and then no more.
      prepare: ({omapi}) => (omapi.answer = (index, right, socket) => (index < 4 ? right : void socket.resetAndDestroy())),
      reason: 'broke the connection off',
    },
  }
  test.each(Object.entries(cases))('%s', async (_, {more, change, options, prepare, reason}) => {
    const scene = await openOmapiScene(more, options)
    prepare?.(scene)
    const applied = await scene.apply(change)
    expect(applied.restarted).toBe(true)
    expect(scene.dhcpd.calls.filter((call) => call === 'restart')).toHaveLength(1)
    expect(applied.warnings[0]).toContain(reason)
    expect(applied.warnings[0]).toMatch(/it was restarted instead$/)
    expect(JSON.stringify(applied)).not.toContain(SECRET)
  })

  test('a secret that dhcpd does not have', async () => {
    const wrong = Buffer.from('another secret').toString('base64')
    const scene = await openOmapiScene('', {}, (port) => omapiStatements(port, wrong))
    const {restarted, warnings} = await scene.apply(add(tk2))
    expect(restarted).toBe(true)
    expect(warnings).toEqual([expect.stringContaining('does not accept the secret of the key labkey')])
    expect(warnings.join()).not.toContain(wrong)
  })

  test('where nothing may be restarted, the change stays and the user is told', async () => {
    const scene = await openOmapiScene()
    const plan = await scene.server.plan({upsert: [], remove: [], bootOptions})
    const {restarted, warnings} = await scene.server.apply(plan, {restart: false, tell: true})
    expect([restarted, warnings]).toEqual([false, [expect.stringMatching(/more than hosts changes\): restart it yourself$/)]])
    expect(scene.dhcpd.calls).toEqual(['test'])
  })
})

test('the restart fails too: the old file is put back, and the host that dhcpd was told of is taken back', async () => {
  const scene = await openOmapiScene()
  let key = 0
  scene.omapi.answer = (index, right, socket) => {
    if (index === 0) key++
    // The first conversation ends behind the first new host.
    return key === 1 && index >= 4 ? void socket.resetAndDestroy() : right
  }
  scene.dhcpd.restarts.push(() => {
    // As dhcpd writes it down: it had made the second host as well, and could not say so.
    const record = 'host tk2 {\n  dynamic;\n  hardware ethernet 08:00:27:00:00:02;\n}\n'
    writeFileSync(join(scene.folder, 'dhcpd.leases'), `${record}${record.replaceAll('2', '4')}`)
    return {exitCode: 1, running: false}
  })
  const before = scene.text()
  const plan = await scene.server.plan({...add(tk2, reservation('tk4', '08:00:27:00:00:04', '10.0.0.4')), remove: []} as DhcpChange)
  expect(await errorOf(scene.server.apply(plan, {restart: true}))).toMatchObject({code: 'DHCPD_RESTART_FAILED'})
  expect(scene.text()).toBe(before)
  expect(scene.omapi.calls).toEqual(['create tk2', 'create tk4', 'remove tk2', 'remove tk4'])
})

describe('what OMAPI left in the lease file', () => {
  const leave = (scene: Scene, text: string): void => writeFileSync(join(scene.folder, 'dhcpd.leases'), text)
  const record = 'host old {\n  dynamic;\n  hardware ethernet 08:00:27:00:00:0f;\n  fixed-address 10.0.0.9;\n}\n'
  const tombstone = 'host old {\n  deleted;\n}\n'

  test('a record that would win once: dhcpd is started twice', async () => {
    const scene = await openOmapiScene()
    leave(scene, `${tombstone}${record}`)
    await scene.apply({bootOptions})
    expect(scene.dhcpd.calls).toEqual(['test', 'restart', 'restart'])
  })

  test('a record that dhcpd ignores, and those of other hosts, cost nothing', async () => {
    const scene = await openOmapiScene()
    leave(scene, `${record}${`${tombstone}${record}`.replaceAll('old', 'foreman')}`)
    await scene.apply({bootOptions})
    expect(scene.dhcpd.calls).toEqual(['test', 'restart'])
    expect(scene.omapi.calls).toEqual([])
  })

  test('a tombstone of a host that comes back: it is made again', async () => {
    const scene = await openOmapiScene()
    leave(scene, tombstone.replace('old', 'tk2'))
    const {warnings} = await scene.apply({...add(tk2), bootOptions})
    expect(scene.omapi.calls).toEqual(['create tk2'])
    expect(warnings).toHaveLength(1)
  })

  test('a tombstone that cannot be mended: the user is told how', async () => {
    const scene = await openOmapiScene()
    leave(scene, tombstone.replace('old', 'tk2'))
    scene.omapi.answer = () => undefined
    const {warnings} = await scene.apply({...add(tk2), bootOptions})
    expect(warnings[1]).toMatch(
      /^dhcpd ignores the host tk2, because .*: stop dhcpd, remove the blocks "host tk2" from .*dhcpd\.leases, start dhcpd$/,
    )
  })

  test('a host that only the lease file keeps alive goes with its declaration', async () => {
    const scene = await openOmapiScene()
    leave(scene, record)
    await scene.apply({remove: ['old'], bootOptions})
    expect(scene.omapi.calls).toEqual(['remove old'])
  })

  test('dhcp check', async () => {
    const scene = await openOmapiScene()
    const codes = async (): Promise<string[]> =>
      (await scene.server.check([]))
        .filter(({code}) => /OMAPI|TOMB/.test(code))
        .map(({code, severity, line}) => `${severity} ${code}:${line}`)
    expect(await codes()).toEqual([])
    leave(scene, record)
    expect(await codes()).toEqual([])
    leave(scene, `${tombstone}${record}`)
    expect(await codes()).toEqual(['warning DHCP_OMAPI_OVERRULES:4'])
    leave(scene, `${tombstone}${record.replace('10.0.0.9', '10.0.0.15')}`)
    expect(await codes()).toEqual([])
    leave(scene, `${record}${tombstone}`)
    expect(await codes()).toEqual(['error DHCP_TOMBSTONE:6'])
    leave(scene, record.replace('old', 'foreman'))
    expect(await codes()).toEqual(['note DHCP_OMAPI_HOST:1'])
    leave(scene, '')
    writeFileSync(scene.config, scene.text().replace(/omapi-key.*\n/, ''))
    expect(await codes()).toEqual(['warning DHCP_OMAPI_OPEN:1'])
  })
})
