// What only the VirtualBox back end does: a state as text and as words of VBoxManage, failures half-way, its lint.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import type {DhcpChange} from '../../src/dhcp/server.js'
import {commandsBetween, isBetween} from '../../src/dhcp/virtualbox-commands.js'
import {getNetwork} from '../../src/dhcp/virtualbox-network.js'
import {parseState, renderState, stateOf, type ServerState} from '../../src/dhcp/virtualbox-state.js'
import {PxectlError} from '../../src/errors.js'
import {parseIpv4, parseRange, parseSubnet} from '../../src/net/ipv4.js'
import {parseDhcpServers} from '../../src/vboxmanage/dhcp-servers.js'
import {bootOptions, errorOf, reservation} from './fake-dhcpd.js'
import {openVirtualboxScene, type VirtualboxScene} from './fake-vboxmanage.js'

const recorded = parseDhcpServers(readFileSync(new URL('../../fixtures/vboxmanage/list-dhcpservers.txt', import.meta.url), 'utf8'))
const one = reservation('one', '52:54:00:00:00:01', '10.0.0.11')
const two = reservation('two', '52:54:00:00:00:02', '10.0.0.12')
const pxelinux = {...bootOptions, loaderForBiosIpxe: true, loaders: {...bootOptions.loaders, bios: 'pxelinux.0'}}
const add = (...hosts: (typeof one)[]): DhcpChange => ({upsert: hosts.map((host) => ({reservation: host, isNew: true})), remove: []})
const apply = async ({server}: VirtualboxScene, change: DhcpChange) => server.apply(await server.plan(change), {restart: true})

describe('a state as text', () => {
  test('of everything that a server can have been told', () => {
    const state = stateOf(recorded[1]!)
    expect(renderState(state).toString()).toBe(`--network=pxelab
  --server-ip=192.168.100.1
  --netmask=255.255.255.0
  --lower-ip=192.168.100.10
  --upper-ip=192.168.100.200
  --enable
--global
  --set-opt=3 192.168.100.1
  --set-opt=6 192.168.100.1 1.1.1.1
  --set-opt=66 192.168.100.1
  --set-opt=67 pxelinux.0
  --set-opt-hex=150 c0a86401
--group=uefi
  --set-opt=67 snponly.efi
--mac-address=08:00:27:aa:bb:cc
  --fixed-address=192.168.100.51
--mac-address=08:00:27:aa:bb:dd
  --fixed-address=10.9.9.9
--vm=6c3ccffd-9a82-4bd0-a5e5-67ffb1ca0678 --nic=3
  --fixed-address=192.168.100.50
  --set-opt=67 ipxe.efi
`)
    expect(parseState(renderState(state), 'x')).toEqual(state)
  })

  test.each(['  --enable\n', 'hello\n', '--global\n\n'])('%j is none', (text) => {
    expect(() => parseState(Buffer.from(text), 'FILE')).toThrow(expect.objectContaining({code: 'DHCP_BACKUP_DAMAGED', kind: 'invalidData'}))
  })
})

describe('from one state to another', () => {
  const network = {selector: '--network=lab', settings: ['--server-ip=10.0.0.2', '--enable']}
  const from: ServerState = [
    network,
    {selector: '--global', settings: ['--min-lease-time=60', '--set-opt=3 10.0.0.1', '--force-opt=3']},
    {selector: '--group=my group', settings: ['--incl-mac=08:00:27:00:00:01']},
    {selector: '--mac-address=52:54:00:00:00:01', settings: ['--fixed-address=10.0.0.11', '--set-opt=12 one']},
    {selector: '--vm=abc --nic=2', settings: ['--fixed-address=10.0.0.12']},
  ]
  test('what goes is taken back by name, what changes is only said anew', () => {
    const to: ServerState = [
      {...network, settings: ['--server-ip=10.0.0.2', '--disable']},
      {selector: '--global', settings: ['--set-opt-hex=3 0a000001', '--set-opt=6 1.1.1.1 2.2.2.2']},
      {selector: '--group=my group', settings: []},
      {selector: '--mac-address=52:54:00:00:00:01', settings: ['--set-opt=12 uno']},
    ]
    expect(commandsBetween('lab', from, to)).toEqual([
      [
        ...['dhcpserver', 'modify', '--network=lab', '--vm=abc', '--nic=2', '--remove-config', '--disable'],
        ...['--global', '--min-lease-time=0', '--unforce-opt=3', '--set-opt-hex=3', '0a000001', '--set-opt=6', '1.1.1.1 2.2.2.2'],
        ...['--group=my group', '--del-mac=08:00:27:00:00:01'],
        ...['--mac-address=52:54:00:00:00:01', '--fixed-address=', '--set-opt=12', 'uno'],
      ],
    ])
    expect(commandsBetween('lab', from, from)).toEqual([])
  })

  test('many hosts take several commands, each short enough for Windows', () => {
    const hosts = Array.from({length: 1000}, (_, index) => ({
      selector: `--mac-address=52:54:00:00:${String(index >> 8).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`,
      settings: ['--fixed-address=10.100.200.100', `--set-opt=12 a-rather-long-name-of-a-host-${index}`, '--set-opt-hex=224 70786563746c'],
    }))
    const commands = commandsBetween('lab', [network], [network, ...hosts])
    expect(commands.length).toBeGreaterThan(1)
    for (const words of commands) expect(words.join(' ').length).toBeLessThan(30_000)
  })

  test('every state on the way is known as one, and one that somebody else changed is not', () => {
    const settings = fc.uniqueArray(fc.integer({min: 1, max: 6}), {maxLength: 5}).map((codes) => codes.map((code) => `--set-opt=${code} x`))
    fc.assert(
      fc.property(settings, settings, fc.nat(6), (old, wanted, steps) => {
        const state = (list: readonly string[]): ServerState => [network, {selector: '--global', settings: list}]
        const way = [
          ...old.filter((one) => !wanted.includes(one)).map((gone) => ({gone, come: undefined})),
          ...wanted.map((come) => ({come, gone: undefined})),
        ]
        let now = [...old]
        for (const {gone, come} of way.slice(0, steps))
          now = gone === undefined ? [...new Set([...now, come ?? ''])] : now.filter((one) => one !== gone)
        expect(isBetween(state(now), state(old), state(wanted))).toBe(true)
        expect(isBetween(state([...now, '--set-opt=7 theirs']), state(old), state(wanted))).toBe(false)
        const [kept] = old.filter((one) => wanted.includes(one))
        if (kept !== undefined) expect(isBetween(state(now.filter((one) => one !== kept)), state(old), state(wanted))).toBe(false)
      }),
    )
  })
})

describe('which network', () => {
  test('by its name, or by that of its host-only interface', () => {
    expect(getNetwork(recorded, {wanted: 'pxelab'}).network).toBe('pxelab')
    expect(getNetwork(recorded, {wanted: 'vboxnet0'}).network).toBe('HostInterfaceNetworking-vboxnet0')
  })
  test('none named, or one without a server: both say what there is', () => {
    const fail = (wanted: string | undefined, more = {}): PxectlError => {
      try {
        getNetwork(recorded, {wanted, ...more})
      } catch (error) {
        if (error instanceof PxectlError) return error
      }
      throw new Error('no error')
    }
    expect(fail(undefined)).toMatchObject({code: 'DHCP_NETWORK_UNKNOWN', kind: 'usage'})
    const missing = fail('vboxnet7', {subnet: parseSubnet('192.168.56.0/24'), range: parseRange('192.168.56.100-192.168.56.199')})
    expect(missing).toMatchObject({code: 'DHCP_NETWORK_MISSING', kind: 'notFound'})
    expect(missing.message).toContain('pxelab2')
    expect(missing.suggestions[0]).toBe(
      'make one: VBoxManage dhcpserver add --interface=vboxnet7 --server-ip=192.168.56.254 --netmask=255.255.255.0 --lower-ip=192.168.56.200 --upper-ip=192.168.56.253 --enable',
    )
  })
})

describe('planning', () => {
  test.each([
    ['an address off the network', '10.0.1.11', 'DHCP_IP_OFF_SUBNET'],
    ['the broadcast address', '10.0.0.255', 'DHCP_IP_OFF_SUBNET'],
    ["the DHCP server's own address", '10.0.0.2', 'DHCP_IP_TAKEN'],
  ])('%s, which VirtualBox takes in without a word, is refused', async (_, ip, code) => {
    const {server} = openVirtualboxScene()
    expect(await errorOf(server.plan(add({...one, ip: parseIpv4(ip)})))).toMatchObject({code, kind: 'conflict'})
  })

  test('a client that somebody else told VirtualBox of is refused, with the command that forgets it', async () => {
    const {server, vbox} = openVirtualboxScene()
    await vbox.mustRun(['dhcpserver', 'modify', '--network=lab', `--mac-address=${one.mac}`, '--fixed-address=10.0.0.99'])
    const error = await errorOf(server.plan(add(one)))
    expect(error.code).toBe('DHCP_MAC_TAKEN')
    expect(error.suggestions.join('\n')).toContain(`VBoxManage dhcpserver modify --network=lab --mac-address=${one.mac} --remove-config`)
    expect((await server.declared()).map(({managed}) => managed)).toEqual([false])
  })

  test('what somebody set for a host of ours stays when it changes, and goes with it', async () => {
    const scene = openVirtualboxScene()
    const before = await scene.text()
    await apply(scene, add(one))
    await scene.vbox.mustRun(['dhcpserver', 'modify', '--network=lab', `--mac-address=${one.mac}`, '--set-opt=67', 'own.0'])
    const moved = {...one, mac: two.mac, ip: two.ip}
    await apply(scene, {upsert: [{reservation: moved}], remove: []})
    expect(await scene.text()).toContain(
      `--mac-address=${two.mac}\n  --fixed-address=10.0.0.12\n  --set-opt=12 one\n  --set-opt=67 own.0\n`,
    )
    await apply(scene, {upsert: [], remove: ['one']})
    expect(await scene.text()).toBe(before)
  })

  test('boot options: the whole URL, since the server fills in no next-server; one file for all', async () => {
    const scene = openVirtualboxScene()
    const plan = await scene.server.plan({...add(), bootOptions: pxelinux})
    expect(plan.files[0]?.after?.toString()).toContain('--set-opt=67 tftp://10.0.0.1/pxelinux.0\n')
    expect(plan.warnings.join()).toContain('UEFI cannot run')
    expect(await errorOf(scene.server.plan({...add(), bootOptions}))).toMatchObject({code: 'DHCP_ONE_FILE_ONLY', kind: 'usage'})
  })

  test('boot options of somebody else are refused, and stay when ours are removed', async () => {
    const scene = openVirtualboxScene()
    await scene.vbox.mustRun(['dhcpserver', 'modify', '--network=lab', '--global', '--set-opt=67', 'theirs.0'])
    const error = await errorOf(scene.server.plan({...add(), bootOptions: pxelinux}))
    expect(error).toMatchObject({code: 'DHCP_FILENAME_DECLARED', kind: 'conflict'})
    expect(error.suggestions[0]).toContain('VBoxManage dhcpserver modify --network=lab --del-opt=67')
    expect((await scene.server.plan({...add(), bootOptions: 'remove'})).files).toEqual([])
  })

  test('a host that is a machine at this network is told by its card, and by its MAC address once the machine is gone', async () => {
    const scene = openVirtualboxScene()
    const uuid = '6c3ccffd-9a82-4bd0-a5e5-67ffb1ca0678'
    await apply(scene, add(one))
    scene.fake.vms.push({uuid, info: 'name="vm"\nUUID="x"\nnic1="intnet"\nintnet1="lab"\nmacaddress1="525400000001"\n'})
    await apply(scene, {upsert: [{reservation: one}], remove: []})
    expect(await scene.text()).toContain(`--vm=${uuid} --nic=1\n  --fixed-address=10.0.0.11\n  --set-opt=12 one\n`)
    expect(await scene.text()).not.toContain('--mac-address')
    expect(await scene.server.declared()).toMatchObject([{name: 'one', mac: one.mac, managed: true}])
    scene.fake.vms.push({uuid: uuid.replace('6', '7'), info: 'nic1="nat"\nmacaddress1="525400000001"\n'})
    await apply(scene, {upsert: [{reservation: one}], remove: []})
    expect(await scene.text(), 'two machines have the address').toContain(`--mac-address=${one.mac}\n`)
    scene.fake.vms.pop()
    await apply(scene, {upsert: [{reservation: one}], remove: []})
    scene.fake.vms.pop()
    await apply(scene, {upsert: [{reservation: one}], remove: []})
    expect(await scene.text()).not.toContain('--vm=')
  })

  test('dhcp.boot-options = none leaves them alone', async () => {
    const {server} = openVirtualboxScene({bootOptionsScope: undefined})
    expect((await server.plan({...add(), bootOptions})).files).toEqual([])
  })
})

describe('applying', () => {
  const failure = 'VBoxManage: error: The machine is gone\n'
  test.each([1, 2, 4, 6])('VBoxManage fails after %i words: what it did is taken back, and no backup is left', async (words) => {
    const scene = openVirtualboxScene()
    const before = await scene.text()
    scene.fake.failAfter = {words, exitCode: 1, stderr: failure}
    const error = await errorOf(apply(scene, add(one, two)))
    expect(error).toMatchObject({code: 'VBOXMANAGE_FAILED', kind: 'external'})
    expect(error.message).toContain('The machine is gone')
    expect(await scene.text()).toBe(before)
    expect(readdirSync(join(scene.folder, 'state'))).toEqual([])
  })

  test('exit status 0 with half of the change is a failure', async () => {
    const scene = openVirtualboxScene()
    const before = await scene.text()
    scene.fake.failAfter = {words: 2, exitCode: 0, stderr: ''}
    const error = await errorOf(apply(scene, add(one)))
    expect(error.message).toContain('but shows something else now')
    expect(await scene.text()).toBe(before)
  })

  test('a change that was interrupted half-way can be undone; one that somebody else went on with cannot', async () => {
    const scene = openVirtualboxScene()
    await apply(scene, add(one))
    const before = await scene.text()
    const plan = await scene.server.plan({
      upsert: [{reservation: {...one, ip: parseIpv4('10.0.0.50')}}, {reservation: two, isNew: true}],
      remove: [],
    })
    const [change] = plan.files
    const half = ['dhcpserver', 'modify', '--network=lab', `--mac-address=${two.mac}`, '--fixed-address=10.0.0.12']
    await scene.vbox.mustRun(half)
    expect(await scene.server.held?.undoState(change!)).toBe('restored')
    await scene.server.undo(plan, {restart: true})
    expect(await scene.text()).toBe(before)
    expect(await scene.server.held?.undoState(change!)).toBe('untouched')

    await scene.vbox.mustRun([...half, '--set-opt=3', '10.0.0.1'])
    expect(await scene.server.held?.undoState(change!)).toBe('foreign')
    expect(await errorOf(scene.server.undo(plan, {restart: true}))).toMatchObject({code: 'DHCPD_CONF_CHANGED'})
  })

  test('a server that does not run is not restarted, and that is fine', async () => {
    const scene = openVirtualboxScene()
    scene.fake.running = false
    expect(await apply(scene, add(one))).toMatchObject({restarted: false, warnings: []})
    expect(await scene.server.restart()).toMatchObject({restarted: false, warnings: [expect.stringContaining('does not run now')]})
  })

  test('a server that ran before must run after its restart, whatever VBoxManage says', async () => {
    const runs = [true, false]
    const scene = openVirtualboxScene({probe: () => async () => ((runs.length > 1 ? runs.shift() : false) === true ? [7] : [])})
    const before = await scene.text()
    const error = await errorOf(apply(scene, add(one)))
    expect(error).toMatchObject({code: 'DHCPD_RESTART_FAILED', kind: 'external'})
    expect(await scene.text()).toBe(before)
  })

  test('a backup that was damaged is refused, and nothing changes', async () => {
    const scene = openVirtualboxScene()
    await apply(scene, add(one))
    const before = await scene.text()
    const [name = ''] = readdirSync(join(scene.folder, 'state'))
    writeFileSync(join(scene.folder, 'state', name), 'hello\n')
    expect(await errorOf(scene.server.rollback(undefined, {restart: true}))).toMatchObject({
      code: 'DHCP_BACKUP_DAMAGED',
      kind: 'invalidData',
    })
    expect(await scene.text()).toBe(before)
  })
})

describe('check', () => {
  const codesOf = async ({server}: VirtualboxScene, context = {}): Promise<string[]> =>
    (await server.check([one], {server: parseIpv4('10.0.0.1'), ...context})).map(({code, severity}) => `${severity} ${code}`)

  test('a network without a server', async () => {
    expect(await codesOf(openVirtualboxScene({network: 'nosuch'}))).toEqual(['error DHCP_NETWORK_MISSING'])
  })

  test('a server that is switched off, of another network than the lab, without a boot file', async () => {
    const scene = openVirtualboxScene({subnet: parseSubnet('10.0.0.0/16')})
    await apply(scene, add(one))
    scene.fake.enabled = false
    expect(await codesOf(scene)).toEqual(['error DHCP_SERVER_DISABLED', 'error DHCP_SUBNET_DIFFERS', 'warning DHCP_BOOT_OPTIONS_MISSING'])
  })

  test.each([
    ['tftp://10.0.0.1/pxelinux.0', ['note DHCP_ONE_FILE_ONLY']],
    ['tftp://10.0.0.9/pxelinux.0', ['warning DHCP_NEXT_SERVER', 'note DHCP_ONE_FILE_ONLY']],
    ['pxelinux.0', ['warning DHCP_NEXT_SERVER', 'note DHCP_ONE_FILE_ONLY']],
    ['tftp://10.0.0.1/nosuch', ['error DHCP_FILENAME_MISSING', 'note DHCP_ONE_FILE_ONLY']],
  ])('the boot file %s', async (file, codes) => {
    const scene = openVirtualboxScene()
    await apply(scene, add(one))
    await scene.vbox.mustRun(['dhcpserver', 'modify', '--network=lab', '--global', '--set-opt=67', file])
    expect(await codesOf(scene, {hasBootFile: async (name: string) => name === 'pxelinux.0'})).toEqual(codes)
  })

  test('addresses: two hosts with one, one off the network, one in the pool', async () => {
    const scene = openVirtualboxScene()
    await apply(scene, add(one))
    for (const [mac, ip] of [
      ['52:54:00:00:00:07', '10.0.0.11'],
      ['52:54:00:00:00:08', '10.0.1.1'],
      ['52:54:00:00:00:09', '10.0.0.150'],
    ])
      await scene.vbox.mustRun(['dhcpserver', 'modify', '--network=lab', `--mac-address=${mac}`, `--fixed-address=${ip}`])
    expect(await codesOf(scene)).toEqual([
      'error DHCP_IP_TAKEN',
      'error DHCP_IP_OFF_SUBNET',
      'note DHCP_IP_DYNAMIC',
      'warning DHCP_BOOT_OPTIONS_MISSING',
    ])
  })

  test('machines whose card is elsewhere, and those with UEFI', async () => {
    const scene = openVirtualboxScene()
    await apply(scene, add(one))
    const machine = (nic: string): void =>
      void scene.fake.vms.splice(0, 1, {
        uuid: '6c3ccffd-9a82-4bd0-a5e5-67ffb1ca0678',
        info: `name="vm"\nUUID="6c3c"\nfirmware="EFI"\n${nic}macaddress1="525400000001"\n`,
      })
    const found = async (): Promise<string[]> => (await codesOf(scene)).filter((code) => code.includes(' VM_'))
    machine('nic1="intnet"\nintnet1="lab"\n')
    expect(await found()).toEqual(['warning VM_FIRMWARE_UEFI'])
    machine('nic1="hostonly"\nhostonlyadapter1="vboxnet0"\n')
    expect(await found()).toEqual(['warning VM_NETWORK_DIFFERS', 'warning VM_FIRMWARE_UEFI'])
    machine('nic1="nat"\nnatnet1="nat"\n')
    const suggestion = async ({server}: VirtualboxScene): Promise<string | undefined> =>
      (await server.check([one])).find(({code}) => code === 'VM_NETWORK_DIFFERS')?.suggestion
    expect(await suggestion(scene)).toContain('pxectl dhcp apply')
    const byHand = openVirtualboxScene({bootOptionsScope: undefined})
    byHand.fake.vms.push(...scene.fake.vms)
    expect(await suggestion(byHand)).toContain('--nat-enable-tftp1 on --nattftpserver1')
  })
})
