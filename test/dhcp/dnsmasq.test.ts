// dnsmasq's configuration: what is read, what is written where, and what the daemon is told.
import {existsSync, mkdirSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, onTestFinished, test} from 'vitest'
import {openDnsmasqServer} from '../../src/dhcp/dnsmasq.js'
import {renderDnsmasqBoot} from '../../src/dhcp/dnsmasq-boot.js'
import {parseConfLines, parseHostLines, readDhcpHost, readDhcpRange, isReservedWord} from '../../src/dhcp/dnsmasq-conf.js'
import {isReadFrom} from '../../src/dhcp/dnsmasq-load.js'
import type {DhcpChange} from '../../src/dhcp/server.js'
import {bootOptions, errorOf, reservation} from './fake-dhcpd.js'
import {DNSMASQ_CONF, openDnsmasqScene, type DnsmasqScene} from './fake-dnsmasq.js'

const one = reservation('one', '52:54:00:00:00:01', '10.0.0.11')
const two = reservation('two', '52:54:00:00:00:02', '10.0.0.12')
const add = (...hosts: (typeof one)[]): DhcpChange => ({upsert: hosts.map((each) => ({reservation: each, isNew: true})), remove: []})
const set = (...hosts: (typeof one)[]): DhcpChange => ({upsert: hosts.map((each) => ({reservation: each})), remove: []})
const apply = async ({server}: DnsmasqScene, change: DhcpChange, restart = true) => server.apply(await server.plan(change), {restart})

describe('lines', () => {
  test.each([
    ['domain-needed', 'domain-needed', []],
    ['  dhcp-range = 10.0.0.1 , 10.0.0.9\r', 'dhcp-range', ['10.0.0.1', '10.0.0.9']],
    ['dhcp-boot="a,b",srv # note', 'dhcp-boot', ['a,b', 'srv']],
    ['server=/lab/10.0.0.1#5353', 'server', ['/lab/10.0.0.1#5353']],
    ['dhcp-host=a,,b', 'dhcp-host', ['a', '', 'b']],
    ['txt-record=x,"# no comment"', 'txt-record', ['x', '# no comment']],
  ])('%j', (text, key, fields) => {
    expect(parseConfLines(Buffer.from(`${text}\n#x=y\n`))).toEqual([{line: 1, key, fields}])
  })

  test.each([
    ['52:54:00:00:00:01,tk1,10.0.0.5', 'tk1', ['52:54:00:00:00:01'], ['10.0.0.5']],
    ['set:red,5:4:0:0:0:A,AA:BB:CC:DD:EE:FF,10.0.0.5,12h,tk1', 'tk1', ['05:04:00:00:00:0a', 'aa:bb:cc:dd:ee:ff'], ['10.0.0.5']],
    ['06-00:20:e0:3b:13:af,10.0.0.6,infinite', undefined, ['00:20:e0:3b:13:af'], ['10.0.0.6']],
    ['id:01:02,bert,[fd00::1],ignore', 'bert', [], []],
    ['11:22:33:*:*:*,set:x', undefined, [], []],
  ])('host %s', (text, name, macs, ips) => {
    const [line] = parseHostLines(Buffer.from(text))
    expect(readDhcpHost(line?.fields ?? [])).toMatchObject({name, macs, ips})
  })

  test.each([
    ['10.0.0.1,10.0.0.9,1h', {first: '10.0.0.1', last: '10.0.0.9', subnet: undefined}],
    ['set:x,10.0.0.1,10.0.0.9,255.255.0.0,1h', {first: '10.0.0.1', last: '10.0.0.9', subnet: {address: '10.0.0.0', prefix: 16}}],
    ['10.0.0.0,static', {first: '10.0.0.0', last: undefined, subnet: undefined}],
    ['10.0.0.0,proxy,255.255.255.0', {first: '10.0.0.0', last: undefined, subnet: {address: '10.0.0.0', prefix: 24}}],
    ['fd00::1,fd00::9', undefined],
  ])('range %s', (text, range) => expect(readDhcpRange(text.split(','))).toEqual(range))

  test.each(['12', '45m', '2W', 'infinite', 'ignore', 'Ignore'])('a host cannot be called %s', (name) =>
    expect(isReservedWord(name)).toBe(true),
  )
  test.each(['12x', 'm', 'ignored', '3com'])('a host can be called %s', (name) => expect(isReservedWord(name)).toBe(false))

  test('which files of a folder are read', () => {
    const read = (folder: string[]) =>
      ['a.conf', 'b.bak', '.c.conf', 'd.conf~', '#e#'].filter((name) => isReadFrom(['/d', ...folder], name))
    expect(read([])).toEqual(['a.conf', 'b.bak'])
    expect(read(['.bak', '.x'])).toEqual(['a.conf'])
    expect(read(['*.conf'])).toEqual(['a.conf'])
  })
})

describe('boot options', () => {
  test('a line for each combination of client and architecture; none for unknown ones', () => {
    expect(renderDnsmasqBoot(bootOptions)).toEqual([
      'dhcp-userclass=set:pxectl-ipxe,iPXE',
      'dhcp-vendorclass=set:pxectl-http,HTTPClient',
      'dhcp-vendorclass=set:pxectl-pxe,PXEClient',
      'dhcp-match=set:pxectl-arch,option:client-arch',
      'dhcp-match=set:pxectl-arch-0,option:client-arch,0',
      'dhcp-match=set:pxectl-arch-7,option:client-arch,7',
      'dhcp-match=set:pxectl-arch-9,option:client-arch,9',
      'dhcp-match=set:pxectl-arch-16,option:client-arch,16',
      'dhcp-boot=tag:pxectl-ipxe,http://10.0.0.1/boot.ipxe,,10.0.0.1',
      'dhcp-boot=tag:pxectl-http,tag:!pxectl-ipxe,tag:pxectl-arch-16,http://10.0.0.1/ipxe.efi,,10.0.0.1',
      'dhcp-boot=tag:pxectl-pxe,tag:!pxectl-ipxe,tag:pxectl-arch-7,ipxe.efi,,10.0.0.1',
      'dhcp-boot=tag:pxectl-pxe,tag:!pxectl-ipxe,tag:pxectl-arch-9,ipxe.efi,,10.0.0.1',
      'dhcp-boot=tag:pxectl-pxe,tag:!pxectl-ipxe,tag:pxectl-arch-0,undionly.kpxe,,10.0.0.1',
      'dhcp-boot=tag:pxectl-pxe,tag:!pxectl-ipxe,tag:!pxectl-arch,undionly.kpxe,,10.0.0.1',
      'dhcp-option-force=tag:pxectl-http,60,HTTPClient',
    ])
  })

  test("with PXELINUX, a BIOS machine's own iPXE gets the loader, and no other iPXE does", () => {
    const lines = renderDnsmasqBoot({...bootOptions, loaderForBiosIpxe: true}).filter((line) =>
      line.startsWith('dhcp-boot=tag:pxectl-ipxe'),
    )
    expect(lines).toEqual([
      'dhcp-boot=tag:pxectl-ipxe,tag:pxectl-arch-0,undionly.kpxe,,10.0.0.1',
      'dhcp-boot=tag:pxectl-ipxe,tag:!pxectl-arch-0,http://10.0.0.1/boot.ipxe,,10.0.0.1',
    ])
  })

  test('a file name is quoted where it must be, and refused where it cannot be said', () => {
    const named = (bios: string) => renderDnsmasqBoot({...bootOptions, loaders: {...bootOptions.loaders, bios}}).join('\n')
    expect(named('a, b.0')).toContain(',"a, b.0",,10.0.0.1')
    for (const bad of ['a"b', 'a\\b', 'a\nb', 'x'.repeat(128)]) expect(() => named(bad)).toThrow(/boot file name/)
  })
})

describe('files', () => {
  test('the first host brings two lines into the configuration; the next ones touch nothing but their own file', async () => {
    const scene = openDnsmasqScene()
    expect(await apply(scene, add(one))).toMatchObject({restarted: true})
    const own = `${scene.folder}/dnsmasq.pxectl`
    expect(scene.files()).toEqual({
      'dnsmasq.conf': `${DNSMASQ_CONF}\n# BEGIN pxectl\ndhcp-hostsdir=${own}/hosts\nconf-dir=${own}/conf\n# END pxectl\n`,
      'dnsmasq.pxectl/conf/boot.conf': '# The boot options of pxectl.\n',
      'dnsmasq.pxectl/hosts/one': '52:54:00:00:00:01,one,10.0.0.11\n',
    })
    scene.daemon.calls.length = 0
    const plan = await scene.server.plan(add(two))
    expect(plan.files.map(({path}) => path)).toEqual([`${own}/hosts/two`])
    expect(await scene.server.apply(plan, {restart: true})).toMatchObject({restarted: false, warnings: []})
    expect(scene.daemon.calls).toEqual(['test'])
  })

  test('where a folder of drop-ins is read, the two lines are a file of their own there', async () => {
    const scene = openDnsmasqScene(undefined, {dropIns: true})
    const before = scene.files()
    await apply(scene, add(one))
    expect(scene.files()['dnsmasq.conf']).toBe(before['dnsmasq.conf'])
    expect(scene.files()['dnsmasq.d/pxectl.conf']).toContain(`dhcp-hostsdir=${scene.folder}/dnsmasq.pxectl/hosts\n`)
  })

  test("the folder that Debian's service adds on its command line counts", async () => {
    const scene = openDnsmasqScene()
    scene.write('default', `# CONFIG_DIR=/no\nCONFIG_DIR=${scene.folder}/drop,.dpkg-dist\n`)
    mkdirSync(`${scene.folder}/drop`)
    const debian = openDnsmasqServer({
      config: scene.config,
      system: scene.config,
      defaults: `${scene.folder}/default`,
      stateFolder: `${scene.folder}/state`,
      exec: async () => ({exitCode: 0, stdout: '', stderr: '', timedOut: false}),
      probe: async () => [],
    })
    expect((await debian.plan(add(one))).files.map(({path}) => path)).toContain(`${scene.folder}/drop/pxectl.conf`)
    expect((await scene.server.plan(add(one))).files.map(({path}) => path)).toContain(scene.config)
  })

  test.each(['a=b', 'a=b\r\nc=d\r\n', '', '\n\n'])('adding and removing gives back %j', async (text) => {
    const scene = openDnsmasqScene(text)
    await apply(scene, {...add(one), bootOptions})
    await apply(scene, {...set(), remove: ['one'], bootOptions: 'remove'})
    expect(scene.files()).toEqual({'dnsmasq.conf': text})
  })

  test('what is changed or gone takes effect by SIGHUP; boot options by a restart; nothing with restart off', async () => {
    const scene = openDnsmasqScene()
    await apply(scene, add(one, two))
    const calls = async (change: DhcpChange, restart = true): Promise<string[]> => {
      scene.daemon.calls.length = 0
      await apply(scene, change, restart)
      return scene.daemon.calls.filter((call) => call !== 'test')
    }
    expect(await calls(set({...one, ip: two.ip}, {...two, ip: one.ip}))).toEqual(['reload'])
    expect(await calls({upsert: [{reservation: reservation('uno', one.mac, two.ip), previousName: 'one'}], remove: []})).toEqual(['reload'])
    expect(await calls({...set(), bootOptions})).toEqual(['restart'])
    expect(await calls({upsert: [], remove: ['two']}, false)).toEqual([])
  })

  test('a host after boot options: its folder was there when dnsmasq started, so it is watched', async () => {
    const scene = openDnsmasqScene()
    await apply(scene, {...set(), bootOptions})
    expect(existsSync(`${scene.folder}/dnsmasq.pxectl/hosts`)).toBe(true)
    scene.daemon.calls.length = 0
    await apply(scene, add(one))
    expect(scene.daemon.calls).toEqual(['test'])
  })

  test('all that dnsmasq reads as its own user is readable, whatever the umask; the backups are not', async () => {
    const scene = openDnsmasqScene()
    const umask = process.umask(0o077)
    onTestFinished(() => void process.umask(umask))
    await apply(scene, add(one))
    const own = join(scene.folder, 'dnsmasq.pxectl')
    const mode = (name: string): string => (statSync(join(own, name)).mode & 0o777).toString(8)
    expect(['', 'hosts', 'conf', 'backups'].map(mode)).toEqual(['755', '755', '755', '700'])
    expect(['hosts/one', 'conf/boot.conf'].map(mode)).toEqual(['644', '644'])
  })

  test('undoing an addition tells dnsmasq, which does not notice that a file is gone', async () => {
    const scene = openDnsmasqScene()
    await apply(scene, add(one))
    const plan = await scene.server.plan(add(two))
    await scene.server.apply(plan, {restart: true})
    scene.daemon.calls.length = 0
    await scene.server.undo(plan, {restart: true})
    expect(scene.daemon.calls).toEqual(['reload'])
  })

  test('a host of a daemon that does not run is added with a warning', async () => {
    const scene = openDnsmasqScene()
    await apply(scene, add(one))
    scene.daemon.running = false
    expect((await apply(scene, add(two))).warnings.join()).toMatch(/does not run/)
  })

  test('rollback to an older time brings the whole state of that time', async () => {
    const scene = openDnsmasqScene()
    await apply(scene, add(one))
    const before = scene.files()
    await apply(scene, set({...one, ip: two.ip}))
    await apply(scene, add(reservation('three', '52:54:00:00:00:03', '10.0.0.13')))
    const [, second] = await scene.server.backups()
    await scene.server.rollback(second?.time, {restart: true})
    expect(scene.files()).toEqual(before)
  })

  test("a line of the user's that says the same is enough; one that says something else is refused", async () => {
    const scene = openDnsmasqScene(`${DNSMASQ_CONF}dhcp-host=52:54:00:00:00:01,one,10.0.0.11\n`)
    expect((await scene.server.plan(set(one))).files).toEqual([])
    expect(await errorOf(scene.server.plan(set({...one, ip: two.ip})))).toMatchObject({code: 'DHCP_NAME_TAKEN', kind: 'conflict'})
    expect((await scene.server.plan({upsert: [], remove: ['one']})).warnings.join()).toContain(`${scene.config}:4`)
  })

  test.each([
    ['DHCP_IP_OFF_SUBNET', reservation('one', '52:54:00:00:00:01', '10.0.1.11')],
    ['DHCP_IP_OFF_SUBNET', reservation('one', '52:54:00:00:00:01', '10.0.0.255')],
    ['DHCP_NAME_RESERVED', reservation('infinite', '52:54:00:00:00:01', '10.0.0.11')],
    ['DHCP_NAME_RESERVED', reservation('10h', '52:54:00:00:00:01', '10.0.0.11')],
  ])('%s: %o', async (code, host) => expect(await errorOf(openDnsmasqScene().server.plan(add(host)))).toMatchObject({code}))

  test('an address inside a dynamic range is fine: dnsmasq keeps it', async () => {
    const scene = openDnsmasqScene()
    expect((await scene.server.plan(add(reservation('in', '52:54:00:00:00:01', '10.0.0.150')))).files).toHaveLength(4)
    expect(await scene.server.dynamicRanges()).toEqual([{first: '10.0.0.100', last: '10.0.0.199', file: scene.config, line: 3}])
  })

  test('lines that somebody wrote into our files stay', async () => {
    const scene = openDnsmasqScene()
    await apply(scene, add(one))
    scene.write('dnsmasq.pxectl/hosts/one', '# mine\n52:54:00:00:00:01,one,10.0.0.11\n52:54:00:00:00:09,nine,10.0.0.19\n')
    await apply(scene, {upsert: [], remove: ['one']})
    expect(scene.files()['dnsmasq.pxectl/hosts/one']).toBe('# mine\n52:54:00:00:00:09,nine,10.0.0.19\n')
  })

  test('no configuration at all says how to get one', async () => {
    const scene = openDnsmasqScene(undefined, {options: {config: '/nowhere/dnsmasq.conf'}})
    expect(await errorOf(scene.server.plan(add(one)))).toMatchObject({code: 'DHCPD_CONF_MISSING', kind: 'notFound'})
  })
})

describe('check', () => {
  const RANGE = 'dhcp-range=10.0.0.100,10.0.0.199,255.255.255.0,1h\n'
  test.each([
    ['DHCP_MAC_TAKEN', `${RANGE}dhcp-host=52:54:00:00:00:01,a,10.0.0.5\ndhcp-host=52:54:00:00:00:01,b,10.0.0.6\n`, 3],
    ['DHCP_IP_TAKEN', `${RANGE}dhcp-host=52:54:00:00:00:01,a,10.0.0.5\ndhcp-host=52:54:00:00:00:02,b,10.0.0.5\n`, 3],
    ['DHCP_NAME_TAKEN', `${RANGE}dhcp-host=52:54:00:00:00:01,a,10.0.0.5\ndhcp-host=52:54:00:00:00:02,A,10.0.0.6\n`, 3],
    ['DHCP_IP_OFF_SUBNET', `${RANGE}dhcp-host=52:54:00:00:00:01,a,10.0.9.5\n`, 2],
    ['DHCP_IP_DYNAMIC', `${RANGE}dhcp-host=52:54:00:00:00:01,a,10.0.0.105\n`, 2],
    ['DHCP_BOOT_FOREIGN', `${RANGE}dhcp-boot=pxelinux.0\n`, 2],
    ['DHCP_BOOT_OPTIONS_MISSING', RANGE, undefined],
    ['DHCP_SUBNET_UNDECLARED', 'domain-needed\n', undefined],
    ['DHCPD_CONF_MISSING', undefined, undefined],
  ])('%s', async (code, text, line) => {
    const scene = openDnsmasqScene(text, text === undefined ? {options: {config: '/nowhere/dnsmasq.conf'}} : {})
    const found = (await scene.server.check([])).find((finding) => finding.code === code)
    expect(found).toMatchObject({suggestion: expect.stringMatching(/./), ...(line === undefined ? {} : {file: scene.config, line})})
  })

  test('one line with two cards is no duplicate', async () => {
    const scene = openDnsmasqScene(`${RANGE}dhcp-host=52:54:00:00:00:01,52:54:00:00:00:02,a,10.0.0.5\n`)
    expect((await scene.server.check([])).map(({code}) => code)).toEqual(['DHCP_BOOT_OPTIONS_MISSING'])
  })

  test("dnsmasq's own refusal comes with file and line", async () => {
    const scene = openDnsmasqScene()
    scene.daemon.refuses = 'dnsmasq: bad option at line 7 of /etc/dnsmasq.conf\n'
    expect(await scene.server.check([])).toContainEqual(
      expect.objectContaining({code: 'DHCPD_REFUSED', file: '/etc/dnsmasq.conf', line: 7}),
    )
  })

  test('host files that no line reads, a tag in them, and a line that is none', async () => {
    const scene = openDnsmasqScene()
    await apply(scene, add(one))
    scene.write('dnsmasq.conf', DNSMASQ_CONF)
    scene.write('dnsmasq.pxectl/hosts/tagged', '52:54:00:00:00:07,set:x,seven,10.0.0.17\n')
    scene.write('dnsmasq.pxectl/hosts/bad', 'garbage\n')
    const codes = (await scene.server.check([one])).map(({code}) => code)
    expect(codes).toEqual(expect.arrayContaining(['DHCP_HOSTS_UNREAD', 'DHCP_TAG_CRASHES', 'DHCP_HOST_UNREADABLE']))
    await apply(scene, set(one))
    expect((await scene.server.check([one])).map(({code}) => code)).not.toContain('DHCP_HOSTS_UNREAD')
  })
})
