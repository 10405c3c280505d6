// Kea as Debian 12 has it (2.2), Debian 13 (2.6) and Debian sid (3.0): each takes what pxectl writes, over its control socket,
// and tells clients the same.
//
//     br0 192.168.56.1: kea-dhcp4, pxectl ── c1: busybox udhcpc, or what a firmware asks
import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {beforeAll, describe, expect, test} from 'vitest'
import {bootTable} from '../../src/dhcp/boot-table.js'
import {planKeaChange} from '../../src/dhcp/kea-plan.js'
import type {BootOptions} from '../../src/dhcp/reservation.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {askAsRelay, type Asking, COUNTED_USER_CLASS} from './support/firmware-client.js'
import {HOST} from './support/boot.js'
import {playBoots} from './support/boot-play.js'
import {handWritten, startKea, type Kea, type KeaProgram} from './support/kea.js'
import {keaOf, type KeaSuite} from './support/kea-versions.js'
import {errorOf, type Lab, makeLab} from './support/lab.js'
import {requestLease} from './support/lease.js'
import {migrations} from './support/migrations.js'
import {SERVER, withNetwork, type Network} from './support/network.js'
import {run} from './support/programs.js'
import {expectProved} from './support/prove.js'

const PRINTER = {mac: '00:80:77:12:34:56', ip: '192.168.56.9'} as const

type Version = {
  readonly suite: KeaSuite
  readonly version: RegExp
  /** How a configuration of that version is written: what is around what pxectl changes. */
  readonly words: (socket: string) => {readonly sockets: string; readonly classes: string; readonly pool: string}
}

const OLD_WORDS: Version['words'] = (socket) => ({
  sockets: `"control-socket": { "socket-type": "unix", "socket-name": "${socket}" }`,
  classes: '{ "name": "late", "test": "option[60].exists", "only-if-required": true }, { "name": "all", "test": "option[53].exists" }',
  pool: '"client-class": "all", "require-client-classes": [ "late" ]',
})

// Of Kea 3.0: `control-socket`, `client-class`, `only-if-required` and `require-client-classes` have new names.
const NEW_WORDS: Version['words'] = (socket) => ({
  sockets: `"control-sockets": [ { "socket-type": "unix", "socket-name": "${socket}" } ]`,
  classes:
    '{ "name": "late", "test": "option[60].exists", "only-in-additional-list": true }, { "name": "all", "test": "option[53].exists" }',
  pool: '"client-classes": [ "all" ], "evaluate-additional-classes": [ "late" ]',
})

const VERSIONS: readonly Version[] = [
  {suite: 'bookworm', version: /^2\.2\./, words: OLD_WORDS},
  {suite: 'trixie', version: /^2\.6\./, words: OLD_WORDS},
  {suite: 'sid', version: /^3\./, words: NEW_WORDS},
  // The old words are still taken.
  {suite: 'sid', version: /^3\./, words: OLD_WORDS},
]

const configOf =
  ({words}: Version, socket: string) =>
  (folder: string): string => {
    const {sockets, classes, pool} = words(socket)
    return handWritten(folder)
      .replace(/"control-socket": \{.*\}/, sockets)
      .replace('"subnet4": [', `"client-classes": [ ${classes} ],\n    "subnet4": [`)
      .replace('"192.168.56.100 - 192.168.56.199"', `"192.168.56.100 - 192.168.56.199", ${pool}`)
  }

for (const version of VERSIONS) {
  const {suite} = version
  describe(`Kea of Debian ${suite}${version.words === OLD_WORDS ? '' : ', in the words of 3.0'}`, () => {
    let path: string | undefined
    beforeAll(async () => {
      path = await keaOf(suite)
    })

    /** Kea 3.0 takes control sockets in /run/kea only, and only where nobody else may look. */
    async function withKea(work: (network: Network, start: (config?: string) => Promise<Kea>) => Promise<void>): Promise<void> {
      const title = `kea-${suite}`
      await mkdir('/run/kea', {mode: 0o750, recursive: true})
      const socket = `/run/kea/pxe2e-${process.pid}`
      const program: KeaProgram = {path, socket}
      try {
        await withNetwork(title, (network) =>
          work(network, (config) => startKea(network, config === undefined ? configOf(version, socket) : () => config, program)),
        )
      } finally {
        for (const name of [socket, `${socket}.lock`]) await rm(name, {force: true})
      }
    }

    const env = (): Record<string, string> => ({PATH: [...(path === undefined ? [] : [path]), process.env['PATH'] ?? ''].join(':')})

    test('it is the version that it should be', async () => {
      expect((await run(['kea-dhcp4', '-v'], {env: env()})).stdout).toMatch(version.version)
    })

    test('hosts come, change and go over the control socket; a bad one is refused', () =>
      withKea(async (network, start) => {
        const kea = await start()
        const lab = await makeLab(network, {dhcp: 'kea', dhcpd: {config: kea.config}, env: env()})
        await lab.must('dhcp', 'apply', '--boot-options', 'global')
        const before = await readFile(kea.config, 'utf8')
        expect(before).toContain('pxectl-bios')
        const client = await network.addClient(HOST.mac)
        const printer = await network.addClient(PRINTER.mac)
        const daemon = await kea.pid()

        await lab.must('add-host', 'tk1', '--mac', HOST.mac, '--ip', '192.168.56.21')
        expect(await requestLease(client)).toEqual({address: '192.168.56.21', hostname: 'tk1'})
        await lab.must('host', 'set', 'tk1', '--ip', '192.168.56.22')
        expect(await requestLease(client)).toEqual({address: '192.168.56.22', hostname: 'tk1'})
        const findings = (await lab.pxectl('dhcp', 'check')).json['findings'] as {severity: string; code: string}[]
        expect(findings.filter(({severity, code}) => severity === 'error' || code === 'DHCP_CLASS_ORDER')).toEqual([])

        const text = await readFile(kea.config, 'utf8')
        const printers = '{ "hw-address": "00:80:77:12:34:56", "ip-address": "192.168.56.9" }'
        await writeFile(kea.config, text.replace(printers, `${printers},\n\t\t${printers.replace('.9"', '.10"')}`))
        const refused = await lab.pxectl('add-host', 'tk3', '--mac', '52:54:00:a1:b2:c9', '--ip', '192.168.56.23')
        expect(refused.exitCode, refused.stdout).toBe(5)
        const error = errorOf(refused)
        expect([error.message, ...error.causes].join('\n'), "Kea's own words").toMatch(/already been added/)
        await writeFile(kea.config, text)

        await lab.must('host', 'remove', 'tk1', '--yes')
        expect((await requestLease(client))?.address).toMatch(/^192\.168\.56\.1\d\d$/)
        expect((await requestLease(printer))?.address).toBe(PRINTER.ip)
        expect(await readFile(kea.config, 'utf8')).toBe(before)
        expect(await kea.pid(), 'the same process').toBe(daemon)
      }))

    test('its log tells the timeline what was asked, given and refused', () =>
      withKea(async (network, start) => {
        const config = configOf(version, `/run/kea/pxe2e-${process.pid}`)(join(network.folder, 'kea'))
        const kea = await start(config.replace('"valid-lifetime": 600,', `"valid-lifetime": 600, "authoritative": true, ${DEBUG_LOG},`))
        const settings = {'dhcp.log': join(dirname(kea.config), 'log')}
        const lab = await makeLab(network, {dhcp: 'kea', dhcpd: {config: kea.config}, settings, env: env()})
        await lab.must('add-host', 'tk1', '--mac', HOST.mac, '--ip', '192.168.56.21')
        await lab.must('add-host', 'tk2', '--mac', '52:54:00:a1:b2:c4', '--ip', '192.168.56.22')
        const client = await network.addClient('52:54:00:00:99:01', '192.168.56.250/24')
        const asking = {architecture: 0} as const
        await playBoots(client, [
          {
            mac: HOST.mac,
            ip: '192.168.56.21',
            steps: [
              {do: 'dhcp', asking, answered: true},
              {do: 'decline', asking, ip: '192.168.56.21', server: SERVER},
            ],
          },
          {mac: '52:54:00:a1:b2:c4', ip: '192.168.56.22', steps: [{do: 'request', asking, ip: '10.9.9.9'}]},
        ])
        const declined = await why(lab, 'tk1')
        expect(declined.events).toEqual(['discover', 'offer 192.168.56.21', 'request', 'ack 192.168.56.21', 'decline 192.168.56.21'])
        expect(declined.findings[0]).toMatchObject({code: 'address-in-use'})
        const refused = await why(lab, 'tk2')
        expect(refused.findings[0]).toMatchObject({code: 'offer-refused', seen: expect.stringContaining('10.9.9.9')})
      }))

    test('each row of the boot table', () =>
      withKea(async (network, start) => {
        const source = join(network.folder, 'source.conf')
        await writeFile(source, configOf(version, `/run/kea/pxe2e-${process.pid}`)(join(network.folder, 'kea')))
        const plan = await planKeaChange({upsert: [], remove: [], bootOptions: OPTIONS}, {config: source, bootOptionsScope: 'global'})
        const kea = await start(plan.files[0]?.after?.toString('latin1') ?? '')
        const client = await network.addClient('52:54:00:00:00:77', '192.168.56.250/24')
        await client.mustRun(['ip', 'route', 'add', 'default', 'dev', 'eth0'])
        const offers = await askAsRelay(
          client,
          '192.168.56.250',
          TABLE.map(({asking}) => asking),
        )
        expect(offers.map((offer) => offer?.filename ?? null)).toEqual(TABLE.map(({filename}) => filename))
        const named = offers.filter((offer) => typeof offer?.filename === 'string')
        expect(named.every((offer) => offer?.nextServer === SERVER)).toBe(true)
        expect(offers.map((offer) => offer?.vendorClass ?? null)).toEqual(TABLE.map(({vendorClass}) => vendorClass))
        expect(await kea.log()).not.toMatch(/ ERROR /)
      }))

    if (version.words === OLD_WORDS)
      for (const migration of migrations)
        test(`a converted configuration: ${migration.title}`, async () => {
          const folder = await mkdtemp(join(tmpdir(), `pxe2e-kea-${process.pid}-`))
          try {
            await expectProved(migration, {folder, path})
          } finally {
            await rm(folder, {recursive: true, force: true})
          }
        })
  })
}

/** The level at which Kea says what it is asked, and why it refuses. */
const DEBUG_LOG = '"loggers": [{"name": "kea-dhcp4", "severity": "DEBUG", "debuglevel": 50, "output_options": [{"output": "stdout"}]}]'

type Findings = {readonly code: string; readonly seen: string}[]

async function why(lab: Lab, name: string): Promise<{events: string[]; findings: Findings}> {
  const {events, findings} = (await lab.must('why', name)) as {events: {name: string; ip: string | null}[]; findings: Findings}
  return {events: events.map(({name: what, ip}) => (ip === null ? what : `${what} ${ip}`)), findings}
}

const OPTIONS: BootOptions = {
  nextServer: parseIpv4(SERVER),
  ipxeScript: `http://${SERVER}:8069/boot.ipxe`,
  loaderForBiosIpxe: true,
  loaders: {bios: 'bios.0', uefiX64: 'x64.efi', uefiIa32: 'ia32.efi', uefiArm64: 'arm64.efi'},
  httpLoaders: {uefiX64: `http://${SERVER}/x64.efi`, uefiIa32: `http://${SERVER}/ia32.efi`, uefiArm64: `http://${SERVER}/arm64.efi`},
}

type Row = {readonly asking: Asking; readonly filename: string | null; readonly vendorClass: string | null}

const row = (asking: Asking, filename: string | null): Row => ({
  asking,
  filename,
  vendorClass: asking.isHttpClient === true && filename !== null ? 'HTTPClient' : null,
})

const TABLE: readonly Row[] = [
  ...bootTable(OPTIONS).flatMap(({client, architectures, filename}) =>
    (architectures ?? [7, 11]).map((architecture) =>
      row({architecture, isIpxe: client === 'ipxe', isHttpClient: client === 'http'}, filename),
    ),
  ),
  row({architecture: undefined}, 'bios.0'),
  row({architecture: 7, isIpxe: true, userClass: COUNTED_USER_CLASS}, OPTIONS.ipxeScript),
  row({architecture: 27}, null),
  row({architecture: 27, isHttpClient: true}, null),
]
