// Every rule of `why`: a boot that has the fault, and one that has not.
import {expect, test} from 'vitest'
import type {Mac} from '../../src/net/mac.js'
import type {BootEvent} from '../../src/timeline/boot-event.js'
import {codes, dhcp, facts, file, findings, IP, leased, SERVER, START_MS} from './support.js'

const UEFI = {asker: 'pxe', architecture: 7} as const
const IPXE = {asker: 'ipxe', architecture: 0} as const
const SCRIPT = `http://${SERVER}:8069/boot.ipxe`

/** A whole boot by iPXE up to the kernel. */
const chained = (kernel: BootEvent[] = []): BootEvent[] => [
  ...leased(0, 'undionly.kpxe'),
  file(2, 'undionly.kpxe'),
  ...leased(5, SCRIPT, IPXE),
  file(7, '/boot.ipxe', 'done', {}, 'http'),
  file(7, '/ipxe/01-08-00-27-12-34-56.ipxe', 'done', {}, 'http'),
  ...kernel,
]

const whole = chained([file(8, '/images/debian12/vmlinuz', 'done', {}, 'http'), file(9, '/images/debian12/initrd.img', 'done', {}, 'http')])

test('a whole boot has no findings, whatever the time', () => {
  for (const seconds of [9, 12, 60, 600]) expect(codes(whole, facts({}, seconds))).toEqual([])
})

test('a machine that is up has none, whatever went wrong before', () => {
  const up = {...file(20, '/up', 'done', {}, 'http'), source: 'call', step: 'up'} as const
  expect(codes([...whole, file(10, '/images/debian12/missing.img', 'refused'), up])).toEqual([])
})

test('an installed system that prolongs its lease has none', () => {
  const system = {asker: 'system'} as const
  const events = [dhcp(0, 'request', system), dhcp(0, 'ack', {...system, filename: ''})]
  expect(codes(events)).toEqual([])
})

test('no DISCOVER: nobody was seen, the others were, or an unknown machine knocks', () => {
  expect(codes([], facts({lastSeenMs: undefined}))).toEqual(['nobody-seen'])
  expect(codes([], facts({lastSeenMs: START_MS - 3_600_000}))).toEqual(['nobody-seen'])
  expect(codes([])).toEqual(['no-discover', 'virtualbox-nat'])
  const stranger = {mac: '52:54:00:99:88:77' as Mac, firstMs: START_MS, lastMs: START_MS, architecture: 0}
  const [found] = findings([], facts({unknown: [stranger]}))
  expect(found?.remedies[0]).toBe('if it is one of them: pxectl host set tk2 --mac 52:54:00:99:88:77')
})

test.each(['08:00:27:12:34:65', '08:00:27:12:34:57', '08:00:72:12:34:56'])(
  'a MAC that differs in two digits at most is named: %s',
  (mac) => {
    const stranger = {mac: mac as Mac, firstMs: START_MS, lastMs: START_MS, architecture: 0}
    const [found, ...others] = findings([], facts({unknown: [stranger]}))
    expect(others).toEqual([])
    expect(found).toMatchObject({
      code: 'mac-mistyped',
      remedies: [`pxectl host set tk2 --mac ${mac}`, expect.stringContaining(`--from ${mac}`)],
    })
    expect(found?.seen).toContain(mac)
  },
)

test('a boot of yesterday that stopped says nothing of one that nobody saw today', () => {
  expect(codes(leased(0, 'undionly.kpxe'), facts({}, 86_400))).toContain('no-discover')
})

test('a machine that is no host is told so', () => {
  const host = {...facts().host, isKnown: false, name: '08:00:27:12:34:56'}
  const [found] = findings([dhcp(0, 'discover', UEFI), dhcp(0, 'ignored')], facts({host}))
  expect(found).toMatchObject({code: 'not-a-host', remedies: ['pxectl add-host NAME --from 08:00:27:12:34:56', expect.anything()]})
})

test('asked and not answered', () => {
  const asked = [0, 4, 12, 28].map((seconds) => dhcp(seconds, 'discover', UEFI))
  expect(codes(asked)).toEqual(['not-answered'])
  expect(codes(asked.slice(0, 3), facts({}, 13)), 'it may still come').toEqual([])
  expect(codes(asked, facts({}, 31)), 'it goes on asking').toEqual(['not-answered'])
  const refused = [...asked, dhcp(29, 'discover', {message: 'network 10.0.0.0/24: no free leases'}, {result: 'refused'})]
  const [found] = findings(refused, facts({backend: 'isc'}))
  expect(found?.seen).toContain('no free leases')
  expect(found?.remedies).toContain('pxectl dhcp apply')
  const [undeclared] = findings(asked, facts({host: {...facts().host, dhcp: false}}))
  expect(undeclared?.remedies[0]).toBe('pxectl host set tk2 --dhcp')
})

test('a DHCP server refuses', () => {
  expect(codes([dhcp(0, 'discover', UEFI), dhcp(1, 'nak', {server: SERVER, message: 'tk2 is .21, not .30'})])).toContain('offer-refused')
  expect(codes([dhcp(1, 'nak'), ...whole])).toEqual([])
})

test('the address is in use', () => {
  expect(codes([...leased(0, 'pxelinux.0'), dhcp(2, 'decline', {}, {ip: IP})])[0]).toBe('address-in-use')
})

test.each([
  ['192.168.56.100', "VirtualBox's DHCP server"],
  ['172.16.8.254', "VMware's DHCP server"],
  ['10.0.2.2', "VirtualBox's NAT"],
  ['192.168.1.1', '192.168.1.1'],
])('a foreign offer won: %s', (server, words) => {
  const events = [
    dhcp(0, 'discover', UEFI),
    dhcp(0, 'offer', {filename: 'ipxe.efi'}),
    dhcp(1, 'request', {...UEFI, server}),
    dhcp(1, 'ignored'),
  ]
  const [found] = findings(events)
  expect(found).toMatchObject({code: 'foreign-offer', certainty: 'certain'})
  expect(found?.seen).toContain(words)
})

test('beside another DHCP server its offers are none that are foreign', () => {
  const events = [
    dhcp(0, 'discover', UEFI),
    dhcp(1, 'request', {...UEFI, server: '192.168.56.9'}),
    dhcp(1, 'ack', {server: '192.168.56.9', filename: 'ipxe.efi'}),
  ]
  expect(codes(events, facts({backend: 'isc'}, 5))).toEqual([])
})

test('another address than that of the database', () => {
  const events = leased(0, 'undionly.kpxe').map((event) => (event.ip === undefined ? event : {...event, ip: '192.168.56.150' as typeof IP}))
  expect(codes([...events, file(2, 'undionly.kpxe')], facts({}, 5))).toEqual(['other-address'])
})

test('no boot file is named', () => {
  expect(codes(leased(0, ''))).toEqual(['no-filename'])
})

test('an address and then nothing: next-server or a firewall; for UEFI perhaps option 60 without 43', () => {
  expect(codes(leased(0, 'undionly.kpxe'))).toEqual(['loader-not-fetched'])
  const logged = [dhcp(0, 'discover', {...UEFI, log: 'dhcpd'}), {...dhcp(1, 'ack'), details: {log: 'dhcpd'}}]
  expect(codes(logged, facts({backend: 'isc'}))).toEqual(['loader-not-fetched', 'option60-without-43'])
})

test('option 60 without 43, as the server itself shows', () => {
  const asked = {serverId: SERVER, offered: IP, filename: 'ipxe.efi', isMenuLess: true}
  const [found, ...others] = findings(leased(0, 'ipxe.efi', UEFI), facts({dhcpServers: [asked]}))
  expect(others).toEqual([])
  expect(found).toMatchObject({code: 'option60-without-43', certainty: 'certain'})
  expect(found?.screen).toContain('PXE-E55: ProxyDHCP service did not reply to request on port 4011')
})

test('the boot file is not there', () => {
  expect(codes([...leased(0, 'undionly.kpxe'), file(2, 'undionly.kpxe', 'refused', {message: 'no such boot file'})])).toEqual([
    'loader-missing',
  ])
})

test.each([
  [7, 'undionly.kpxe', 'bios-file-for-uefi'],
  [9, 'pxelinux.0', 'bios-file-for-uefi'],
  [11, 'boot/pxelinux.0', 'bios-file-for-uefi'],
  [0, 'ipxe.efi', 'uefi-file-for-bios'],
  [0, 'EFI\\shimx64.efi.signed', 'uefi-file-for-bios'],
])('architecture %i was given %s: %s', (architecture, name, code) => {
  const events = [...leased(0, name, {asker: 'pxe', architecture}), file(2, name)]
  expect(codes(events)).toEqual([code])
})

test('a host whose firmware is recorded wrongly', () => {
  const events = [...leased(0, 'undionly.kpxe', UEFI), file(2, 'undionly.kpxe')]
  const [found] = findings(events, facts({host: {...facts().host, firmware: 'bios'}}))
  expect(found?.remedies[0]).toBe('pxectl host set tk2 --firmware uefi')
})

test('iPXE loads itself over and over', () => {
  const round = (seconds: number): BootEvent[] => [
    ...leased(seconds, 'undionly.kpxe', seconds === 0 ? {asker: 'pxe', architecture: 0} : IPXE),
    file(seconds + 2, 'undionly.kpxe'),
  ]
  const [found, ...others] = findings([0, 10, 20, 30].flatMap(round), facts({}, 35))
  expect(others).toEqual([])
  expect(found).toMatchObject({code: 'chain-loop', certainty: 'certain'})
  expect(found?.seen).toContain('fetched 4 times')
  expect(codes([0, 10].flatMap(round), facts({}, 15)), 'twice is no loop').toEqual([])
})

test('the same by the log of another DHCP server, which does not say who asks', () => {
  const round = (seconds: number): BootEvent[] => [...leased(seconds, 'x', {log: 'dhcpd'}), file(seconds + 2, 'undionly.kpxe')]
  const events = [0, 20, 40].flatMap(round).map((event) => (event.source === 'dhcp' ? {...event, details: {log: 'dhcpd'}} : event))
  expect(findings(events, facts({backend: 'isc'}, 50))).toMatchObject([{code: 'chain-loop', certainty: 'likely'}])
})

test('firmware that is given an address and no use for it goes on asking', () => {
  const events = [0, 10, 20, 30].flatMap((seconds) => leased(seconds, '', UEFI))
  expect(codes(events, facts({}, 31), {isAsked: true})).toEqual(['no-filename'])
})

test('a loader that is read again and again and never starts: Secure Boot on UEFI', () => {
  const round =
    (details: typeof UEFI | {asker: 'pxe'; architecture: 0}, name: string) =>
    (seconds: number): BootEvent[] => [...leased(seconds, name, details), file(seconds + 2, name)]
  expect(codes([0, 60, 120].flatMap(round(UEFI, 'ipxe.efi')), facts({}, 130))).toEqual(['secure-boot'])
  expect(codes([0, 60, 120].flatMap(round({asker: 'pxe', architecture: 0}, 'undionly.kpxe')), facts({}, 130))).toEqual(['loader-silent'])
})

test('a loader that was read once, and then silence', () => {
  const sizeAsked = file(2, 'ipxe.efi', 'done', {bytes: 0, sizeBytes: 1000, message: 'the client only asked for the size'})
  expect(codes([...leased(0, 'ipxe.efi', UEFI), sizeAsked, file(3, 'ipxe.efi')])).toEqual(['secure-boot'])
  expect(codes([...leased(0, 'ipxe.efi', UEFI), file(3, 'ipxe.efi')], facts({}, 30))).toEqual([])
})

test('ldlinux.c32 is missing', () => {
  const missing = ['ldlinux.c32', '/boot/isolinux/ldlinux.c32', '/syslinux/ldlinux.c32'].map((name) => file(3, name, 'refused'))
  const [found, ...others] = findings([...leased(0, 'pxelinux.0'), file(2, 'pxelinux.0'), ...missing])
  expect(others).toEqual([])
  expect(found).toMatchObject({
    code: 'ldlinux-missing',
    remedies: ['pxectl loader install'],
    screen: expect.arrayContaining(['Failed to load ldlinux.c32']),
  })
})

test('the menu is not found: every name that was asked for', () => {
  const names = ['01-08-00-27-12-34-56', 'C0A83815', 'C0A8381', 'default'].map((name) => file(4, `bios/pxelinux.cfg/${name}`, 'refused'))
  const events = [...leased(0, 'bios/pxelinux.0'), file(2, 'bios/pxelinux.0'), file(3, 'bios/ldlinux.c32'), ...names]
  const [found, ...others] = findings(events)
  expect(others).toEqual([])
  expect(found?.code).toBe('config-missing')
  for (const name of ['01-08-00-27-12-34-56', 'C0A83815', 'C0A8381', 'default']) expect(found?.seen).toContain(name)
  expect(found?.cause).toContain('the folder bios')
  expect(codes([...events, file(5, 'bios/pxelinux.cfg/default')], facts({}, 6))).toEqual([])
})

test('a menu that waits, and one that boots the disk', () => {
  expect(codes(chained())).toEqual(['menu-waits'])
  expect(codes(chained(), facts({bootsLocally: true}), {bootsLocally: true})).toEqual([])
})

test('the kernel is not found', () => {
  expect(codes(chained([file(8, '/images/debian12/vmlinuz', 'refused', {status: 404}, 'http')]))).toEqual(['kernel-missing'])
})

test('the kernel is found, its initrd is not', () => {
  const events = chained([
    file(8, '/images/smartos/unix', 'done', {}, 'http'),
    file(9, '/images/smartos/boot_archive', 'refused', {status: 404}, 'http'),
  ])
  const [found, ...others] = findings(events)
  expect(others).toEqual([])
  expect(found).toMatchObject({code: 'initrd-missing', remedies: expect.arrayContaining(['pxectl image verify debian12'])})
  expect(found?.screen).toContain('krtld: error during initial load/link phase')
})

test('a module of the loader is not found', () => {
  const events = [
    ...leased(0, 'pxelinux.0'),
    file(2, 'pxelinux.0'),
    file(3, 'ldlinux.c32'),
    file(4, 'pxelinux.cfg/default'),
    file(5, 'menu.c32', 'refused'),
  ]
  expect(codes(events)).toEqual(['file-missing'])
})

test('a transfer breaks off, and none follows', () => {
  const broken = file(9, '/images/debian12/initrd.img', 'failed', {
    bytes: 5_000_000,
    sizeBytes: 60_000_000,
    blksize: 1468,
    message: 'no answer',
  })
  const events = chained([file(8, '/images/debian12/vmlinuz'), broken])
  const [found, ...others] = findings(events)
  expect(others).toEqual([])
  expect(found).toMatchObject({
    code: 'transfer-broken',
    remedies: expect.arrayContaining(['smaller blocks: pxectl config set serve.max-blksize 1024']),
  })
  expect(codes([...events, file(20, '/images/debian12/initrd.img')], facts({}, 22)), 'the second try went well').toEqual([])
})

test('not one block was acknowledged: blocks or ports that do not come through; a NAT of this machine', () => {
  const unheard = file(9, 'undionly.kpxe', 'failed', {bytes: 0, sizeBytes: 70_000, blksize: 1468, message: 'no answer to 6 packets'})
  expect(codes([...leased(0, 'undionly.kpxe'), unheard])).toEqual(['tftp-unanswered'])
  expect(findings([...leased(0, 'undionly.kpxe'), unheard])[0]?.screen).toContain('PXE-E32: TFTP open timeout')
  expect(codes([{...unheard, ip: SERVER as typeof IP}])).toEqual(['virtualbox-nat'])
})

test('all is read, and then silence, where the system should get its root from us', () => {
  const [found, ...others] = findings(whole, facts({host: {...facts().host, root: 'root_tk2'}}), {reports: true})
  expect(others).toEqual([])
  expect(found).toMatchObject({
    code: 'root-silent',
    certainty: 'possible',
    remedies: expect.arrayContaining([expect.stringContaining('showmount -e 192.168.56.1')]),
  })
  const running = [...whole, dhcp(15, 'discover', {asker: 'system'})]
  expect(findings(running, facts(), {reports: true})[0]).toMatchObject({code: 'root-silent', certainty: 'likely'})
})
