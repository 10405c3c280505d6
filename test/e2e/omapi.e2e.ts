// A running dhcpd is told of hosts by OMAPI: it answers for them at once and is not restarted; and whoever restarts it later
// gets the same answers, although OMAPI leaves records in its lease file.
//
//     br0 192.168.56.1: dhcpd, OMAPI port 7911 ── c1, c2: busybox udhcpc
import {readFile, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {expect, test} from 'vitest'
import {HAND_WRITTEN, startDhcpd, type Dhcpd} from './support/dhcpd.js'
import {makeLab, type JsonObject, type Lab} from './support/lab.js'
import {requestLease} from './support/lease.js'
import {withNetwork, type Client, type Network} from './support/network.js'
import {until} from './support/programs.js'

const SECRET = 'cHhlY3RsLWVuZC10by1lbmQtc2VjcmV0LTEyMzQ1Njc4OTA='
const omapi = (algorithm: string, secret = SECRET): string =>
  `omapi-port 7911;\nkey lab-key {\n  algorithm ${algorithm};\n  secret ${secret};\n};\nomapi-key lab-key;\n`

type Scene = {
  readonly network: Network
  readonly dhcpd: Dhcpd
  readonly lab: Lab
  readonly client: Client
  readonly printer: Client
  /** Runs pxectl, which must leave dhcpd running as it is; gives the warnings. */
  readonly told: (...args: string[]) => Promise<readonly string[]>
  /** Runs pxectl, which must restart dhcpd; gives the warnings. */
  readonly restarted: (...args: string[]) => Promise<readonly string[]>
  readonly restartByHand: () => Promise<void>
  readonly leases: string
}

async function inLab(
  title: string,
  config: string,
  work: (scene: Scene) => Promise<void>,
  settings: Record<string, string> = {},
): Promise<void> {
  await withNetwork(title, async (network) => {
    const dhcpd = await startDhcpd(network, config)
    const lab = await makeLab(network, {dhcp: 'isc', dhcpd, settings})
    const restartByHand = async (): Promise<void> => {
      await network.mustRun([dhcpd.restart])
      await until('dhcpd runs', 30_000, async () => (await dhcpd.pid()) !== undefined)
    }
    // A file that was written within 20 ms of the start may have been changed after it.
    await restartByHand()
    const run = async (args: readonly string[], isSame: boolean): Promise<readonly string[]> => {
      const before = await dhcpd.pid()
      const json = await lab.must(...args)
      const pid = await dhcpd.pid()
      expect(pid, 'dhcpd runs').toBeDefined()
      expect(pid === before, `${args.join(' ')}: ${warningsOf(json).join('; ')}`).toBe(isSame)
      return warningsOf(json)
    }
    await work({
      network,
      dhcpd,
      lab,
      client: await network.addClient('52:54:00:a1:b2:c3'),
      printer: await network.addClient('00:80:77:12:34:56'),
      told: (...args) => run(args, true),
      restarted: (...args) => run(args, false),
      restartByHand,
      leases: join(dirname(dhcpd.config), 'dhcpd.leases'),
    })
  })
}

const warningsOf = (json: JsonObject): readonly string[] => json['warnings'] as string[]
const addTk1 = ['add-host', 'tk1', '--mac', '52:54:00:a1:b2:c3', '--ip', '192.168.56.21'] as const

test('a host is added, changed, renamed and removed without a restart; restarts by hand in between change nothing', () =>
  inLab('omapi', omapi('hmac-sha256') + HAND_WRITTEN, async ({client, printer, told, restartByHand, leases}) => {
    expect(await told(...addTk1)).toEqual([])
    expect(await requestLease(client)).toEqual({address: '192.168.56.21', hostname: 'tk1'})
    await restartByHand()
    expect(await requestLease(client)).toEqual({address: '192.168.56.21', hostname: 'tk1'})
    expect(await readFile(leases, 'utf8'), 'dhcpd.conf has it now').not.toContain('host tk1')

    expect(await told('host', 'set', 'tk1', '--ip', '192.168.56.22')).toEqual([])
    expect(await told('host', 'set', 'tk1', '--ip', '192.168.56.23')).toEqual([])
    expect(await requestLease(client)).toEqual({address: '192.168.56.23', hostname: 'tk1'})
    await restartByHand()
    expect(await requestLease(client)).toEqual({address: '192.168.56.23', hostname: 'tk1'})
    await restartByHand()
    expect(await requestLease(client)).toEqual({address: '192.168.56.23', hostname: 'tk1'})

    expect(await told('host', 'set', 'tk1', '--name', 'tk9')).toEqual([])
    expect(await requestLease(client)).toEqual({address: '192.168.56.23', hostname: 'tk9'})
    expect(await told('host', 'remove', 'tk9', '--yes')).toEqual([])
    expect((await requestLease(client))?.address).toMatch(/^192\.168\.56\.1\d\d$/)

    // Removed and declared again before any restart: OMAPI's tombstone must not win.
    expect(await told(...addTk1)).toEqual([])
    expect(await told('host', 'remove', 'tk1', '--yes')).toEqual([])
    expect(await told(...addTk1)).toEqual([])
    for (const _ of [1, 2, 3]) {
      expect(await requestLease(client)).toEqual({address: '192.168.56.21', hostname: 'tk1'})
      await restartByHand()
    }
    expect(await told('host', 'remove', 'tk1', '--yes')).toEqual([])
    await restartByHand()
    expect((await requestLease(client))?.address).toMatch(/^192\.168\.56\.1\d\d$/)
    expect(await readFile(leases, 'utf8')).not.toContain('host tk1')
    expect((await requestLease(printer))?.address).toBe('192.168.56.9')
  }))

test.each(['hmac-md5', 'hmac-sha1', 'hmac-sha224', 'hmac-sha384', 'hmac-sha512'])('%s', (algorithm) =>
  inLab('omapi-key', omapi(algorithm) + HAND_WRITTEN, async ({client, told}) => {
    expect(await told(...addTk1)).toEqual([])
    expect((await requestLease(client))?.address).toBe('192.168.56.21')
  }),
)

test('another MAC address takes a restart, after which dhcpd.conf counts and not what OMAPI left', () =>
  inLab('omapi-mac', omapi('hmac-sha256') + HAND_WRITTEN, async ({network, client, told, restarted}) => {
    await told(...addTk1)
    // Now the lease file has a tombstone and a record, which would win at the next start.
    await told('host', 'set', 'tk1', '--ip', '192.168.56.22')
    const other = await network.addClient('52:54:00:a1:b2:c4')
    expect(await restarted('host', 'set', 'tk1', '--mac', other.mac)).toEqual([expect.stringContaining('another MAC address')])
    expect(await requestLease(other)).toEqual({address: '192.168.56.22', hostname: 'tk1'})
    expect((await requestLease(client))?.address).toMatch(/^192\.168\.56\.1\d\d$/)
  }))

test('a removed host that comes back with a restart lives', () =>
  inLab('omapi-back', omapi('hmac-sha256') + HAND_WRITTEN, async ({client, dhcpd, lab, restarted, restartByHand, told}) => {
    await told(...addTk1)
    await restartByHand()
    await told('host', 'remove', 'tk1', '--yes')
    await writeFile(dhcpd.config, `# a hand was here\n${await readFile(dhcpd.config, 'utf8')}`)
    expect(await restarted(...addTk1)).toEqual([expect.stringContaining('was changed after dhcpd was started')])
    expect(await requestLease(client)).toEqual({address: '192.168.56.21', hostname: 'tk1'})
    await restartByHand()
    expect(await requestLease(client)).toEqual({address: '192.168.56.21', hostname: 'tk1'})
    const {findings} = (await lab.must('dhcp', 'check')) as {findings: {code: string}[]}
    expect(findings.map(({code}) => code).filter((code) => /OMAPI|TOMBSTONE/.test(code))).toEqual([])
  }))

test('what else is pending is brought in by a restart; dry runs say which way it would go', () =>
  inLab('omapi-dry', omapi('hmac-sha256') + HAND_WRITTEN, async ({client, dhcpd, lab, told, restarted}) => {
    expect(await told(...addTk1, '--dry-run')).toEqual([
      expect.stringMatching(/would be told by OMAPI \(127\.0\.0\.1 port 7911\), without a restart/),
    ])
    expect((await requestLease(client))?.address).toMatch(/^192\.168\.56\.1\d\d$/)
    await told(...addTk1, '--no-restart')
    expect((await requestLease(client))?.address).toMatch(/^192\.168\.56\.1\d\d$/)
    const add = ['add-host', 'tk2', '--mac', '52:54:00:a1:b2:c9', '--ip', '192.168.56.30'] as const
    expect(await told(...add, '--dry-run')).toEqual([expect.stringMatching(/would need a restart: .*was changed after dhcpd was started/)])
    expect(await restarted(...add)).toHaveLength(1)
    expect(await requestLease(client)).toEqual({address: '192.168.56.21', hostname: 'tk1'})

    // The same process, and a file that it was told of.
    await told('host', 'set', 'tk1', '--ip', '192.168.56.22')
    await lab.must('config', 'set', 'dhcp.boot-options', 'subnet')
    expect(await restarted('dhcp', 'apply')).toEqual([expect.stringContaining('more than hosts changes')])
    await told('host', 'set', 'tk1', '--ip', '192.168.56.23')
    expect(await told('dhcp', 'rollback', '--yes')).toEqual([])
    expect(await requestLease(client)).toEqual({address: '192.168.56.22', hostname: 'tk1'})
    expect(await dhcpd.log()).not.toContain(SECRET)
  }))

test('a key that dhcpd does not run with yet; a dhcpd that pxectl may not restart', () =>
  inLab('omapi-wrong', omapi('hmac-sha256') + HAND_WRITTEN, async ({client, dhcpd, lab, restarted, told}) => {
    const newer = omapi('hmac-sha256', 'YW5vdGhlci1zZWNyZXQtYW5vdGhlci1zZWNyZXQ=')
    const text = await readFile(dhcpd.config, 'utf8')
    await writeFile(dhcpd.config, text.replace(omapi('hmac-sha256'), newer))
    const [warning] = await restarted(...addTk1)
    expect(warning).toMatch(/was changed after dhcpd was started.*restarted instead/)
    expect(await requestLease(client)).toEqual({address: '192.168.56.21', hostname: 'tk1'})
    await lab.must('config', 'set', 'dhcp.restart', 'none')
    expect(await told('host', 'set', 'tk1', '--ip', '192.168.56.22')).toEqual([])
    expect(await requestLease(client)).toEqual({address: '192.168.56.22', hostname: 'tk1'})
    expect(await told('host', 'set', 'tk1', '--mac', '52:54:00:a1:b2:c5')).toEqual([
      expect.stringMatching(/another MAC address.*restart it yourself/),
    ])
  }))
