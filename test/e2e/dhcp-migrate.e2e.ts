// A dhcpd.conf and what `dhcp migrate` makes of it: the real dhcpd and the real Kea are asked the same, by `--prove` itself.
// Its private networks are drawn in src/vm/cable.ts; no other network takes part.
import {existsSync} from 'node:fs'
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {handWritten, startKea} from './support/kea.js'
import {makeLab} from './support/lab.js'
import {DIFFERENT, migrations} from './support/migrations.js'
import {withNetwork} from './support/network.js'
import {run, start, until} from './support/programs.js'
import {expectProved, parse, prove, provingWords, type ProofJson} from './support/prove.js'

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `pxe2e-migrate-${process.pid}-`))
  try {
    await work(folder)
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}

const temporary = async (folder: string): Promise<string[]> => (await readdir(folder)).filter((name) => name.startsWith('pxectl-prove-'))

for (const migration of migrations) {
  test(`Kea answers as dhcpd did: ${migration.title}`, () =>
    inFolder(async (folder) => {
      await expectProved(migration, {folder})
      expect(existsSync(join(folder, 'executed')), 'no program of the configuration was started').toBe(false)
      expect(await temporary(folder)).toEqual([])
      // A second time: what is there is not overwritten, and no daemon is started.
      const again = await prove({folder, conf: migration.conf})
      expect(again.exitCode).toBe(4)
      expect(parse(again).error?.code).toBe('OUTPUT_EXISTS')
    }))
}

test('what could not be converted is told as what the daemons say differently', () =>
  inFolder(async (folder) => {
    const finished = await prove({folder, conf: DIFFERENT})
    expect(finished.exitCode).toBe(5)
    const {proof} = parse(finished)
    const differences = Object.fromEntries(proof?.clients.map(({name, differences: found}) => [name, found]) ?? [])
    const all = ['bios', 'uefi-x64', 'uefi-ia32', 'uefi-arm64', 'uefi-http', 'ipxe', 'os']
    const bios = {as: ['bios', 'uefi-ia32', 'uefi-arm64'], field: 'filename', dhcpd: 'bios.0', kea: null}
    const x64 = {as: ['uefi-x64', 'ipxe'], field: 'filename', dhcpd: 'x64.efi', kea: null}
    expect(differences).toEqual({
      same: [],
      other: [{as: all, field: 'option dhcp-lease-time (51)', dhcpd: '300', kea: '43200'}],
      booting: [bios, x64],
      '(unknown)': [bios, x64],
    })
    expect(proof).toMatchObject({ok: false, asked: 28, equal: 11})
    expect(existsSync(join(folder, 'converted.conf')), 'it is written all the same').toBe(true)
  }))

test('what Kea does not take at all is said in its own words, and nothing is written', () =>
  inFolder(async (folder) => {
    // The same address for two machines, which dhcpd accepts.
    const conf = `${DIFFERENT}host twin { hardware ethernet 52:54:00:00:00:04; fixed-address 10.0.0.13; }`
    const finished = await prove({folder, conf})
    expect(finished.exitCode).toBe(5)
    expect(parse(finished).error).toMatchObject({code: 'DHCPD_REFUSED', message: expect.stringMatching(/10\.0\.0\.13/)})
    expect(existsSync(join(folder, 'converted.conf'))).toBe(false)
    expect(await temporary(folder)).toEqual([])
  }))

test('hosts of the lab are asked about, too, and the answer for people is a table', () =>
  withNetwork('migrate-lab', async (network) => {
    const conf = join(network.folder, 'dhcpd.conf')
    await writeFile(conf, 'subnet 192.168.56.0 netmask 255.255.255.0 { range 192.168.56.200 192.168.56.210; }\n')
    const kea = await startKea(network, handWritten)
    const lab = await makeLab(network, {dhcp: 'kea', dhcpd: {config: kea.config}})
    await lab.must('add-host', 'tk1', '--mac', '52:54:00:a1:b2:c3', '--ip', '192.168.56.21')
    const daemon = await kea.pid()
    const answer = await lab.must('dhcp', 'migrate', 'isc', 'kea', '--from', conf, '--prove')
    const {clients, ok} = answer['proof'] as ProofJson
    // The old configuration does not have it yet: it gets what anybody gets.
    expect(clients[0]).toMatchObject({name: 'tk1', mac: '52:54:00:a1:b2:c3', address: expect.stringMatching(/^192\.168\.56\.2[01]\d$/)})
    expect(ok).toBe(true)
    expect(await kea.pid(), 'the daemon of the lab is not touched').toBe(daemon)
    const {words} = await provingWords({folder: network.folder, conf: DIFFERENT})
    const told = await run(words.filter((word) => word !== '--json'))
    expect(told.stdout).toMatch(/^machine +mac +subnet +address +dhcpd and Kea$/m)
    expect(told.stdout).toMatch(/^same .* the same$/m)
    expect(told.stdout).toMatch(/^other .* 7 of 7 answers differ\n {2}option dhcp-lease-time \(51\): dhcpd says 300, Kea says 43200/m)
    expect(told.stdout).toMatch(/^dhcpd and Kea differ in 17 of 28 answers$/m)
    expect(told.stderr).toMatch(/^prove: asking dhcpd and Kea 28 questions each, for 4 machines$/m)
  }))

for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
  test(`${signal} in the middle leaves no process and no namespace`, () =>
    inFolder(async (folder) => {
      const hosts = Array.from({length: 3000}, (_, index) => {
        const bytes = [index >>> 8, index & 255]
        const mac = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':')
        return `host h${index} { hardware ethernet 52:54:00:09:${mac}; fixed-address 10.9.${1 + (bytes[0] ?? 0)}.${bytes[1]}; }\n`
      })
      const {words, env} = await provingWords({folder, conf: `subnet 10.9.0.0 netmask 255.255.0.0 { }\n${hosts.join('')}`})
      const running = start(words, {env})
      await until('both daemons and both askers to run', 60_000, async () => (await processesOf(folder)).length >= 4)
      const holders = await childrenOf(running.child.pid ?? 0)
      expect(holders.length).toBeGreaterThan(0)
      running.child.kill(signal)
      expect(await running.ended).toMatchObject({exitCode: null, signal})
      await until('all to be gone', 20_000, async () => (await processesOf(folder)).length === 0)
      await until('the namespaces to be gone', 20_000, () => holders.every((pid) => !existsSync(`/proc/${pid}`)))
      // Nobody can clean up after SIGKILL.
      if (signal !== 'SIGKILL') expect(await temporary(folder)).toEqual([])
      expect(existsSync(join(folder, 'converted.conf'))).toBe(false)
    }))
}

/** Processes that name a temporary file of the proof: daemons and those that ask, with the programs that put them in their place. */
async function processesOf(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')))
  return lines.filter((line) => line.includes(`${folder}/pxectl-prove-`))
}

async function childrenOf(pid: number): Promise<string[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return children.split(' ').filter((child) => child !== '')
}
