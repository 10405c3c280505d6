// Machines of VirtualBox at plain NAT: what they are told of booting, as a plan. test/e2e/virtualbox-dhcp.e2e.ts does it for real.
import {describe, expect, test} from 'vitest'
import type {BootOptions} from '../../src/dhcp/reservation.js'
import type {DhcpChange} from '../../src/dhcp/server.js'
import {natCommands, natStateOf, planNat, type NatContext} from '../../src/dhcp/virtualbox-nat.js'
import {renderState, type ServerState} from '../../src/dhcp/virtualbox-state.js'
import {PxectlError} from '../../src/errors.js'
import {parseNatSettings} from '../../src/vboxmanage/nat-settings.js'
import {findVersion} from '../../src/vboxmanage/version.js'
import {parseVmInfo, type VmInfo} from '../../src/vboxmanage/vm-info.js'
import {bootOptions, reservation} from './fake-dhcpd.js'

const one = reservation('one', '52:54:00:00:00:01', '10.0.0.11')
const options: BootOptions = {...bootOptions, loaderForBiosIpxe: true, loaders: {...bootOptions.loaders, bios: 'pxelinux.0'}}
const change = (part: Partial<DhcpChange> = {}): DhcpChange => ({upsert: [{reservation: one}], remove: [], ...part})
const vm = (text = ''): VmInfo =>
  parseVmInfo(`name="tk1"\nUUID="u"\nVMState="poweroff"\nnic1="intnet"\nintnet1="lab"\nnic2="nat"\nmacaddress2="525400000001"\n${text}`)
const context = (part: Partial<NatContext> = {}): NatContext => ({version: findVersion('7.2.22')!, options, folder: undefined, ...part})
const ours: ServerState = [
  {selector: '--vm=tk1', settings: []},
  {selector: '--nic=2', settings: ['--nat-enable-tftp=on', '--nattftpfile=pxelinux.0', '--nattftpserver=10.0.0.1', '--pxectl-host=one']},
]
const bare = ours.slice(0, 1)
const theirs: ServerState = [...bare, {selector: '--nic=2', settings: ['--nattftpfile=own.0']}]
const plan = (state: ServerState, wanted = change(), how: Partial<NatContext> = {}, machine = vm()) => {
  const {plans, warnings} = planNat(wanted, [{vm: machine, state}], context(how))
  return {after: plans[0]?.after, warnings}
}

describe('a settings file', () => {
  const xml = (
    body: string,
  ): string => `<Machine><Snapshot uuid="x"><Adapter slot="1" enabled="true"><NAT><TFTP prefix="" boot-file="old"/></NAT></Adapter></Snapshot>
<ExtraData><ExtraDataItem name="pxectl/nat-tftp-2" value="one"/></ExtraData><Network><Adapter slot="0"/>${body}</Network></Machine>`
  test('as 7.2 writes it, and with what XML cannot hold as it is', () => {
    const settings = parseNatSettings(
      xml(
        '<Adapter slot="1" enabled="true">\n <NAT enable-tftp="true">\n  <TFTP prefix="/a &amp; &quot;b&#x41;" boot-file="pxelinux.0" next-server=""/>\n </NAT>\n</Adapter>',
      ),
    )
    expect(settings.cards).toEqual(new Map([[2, {isOn: true, prefix: '/a & "bA', file: 'pxelinux.0', server: ''}]]))
    expect(natStateOf(vm(), settings)[1]?.settings).toContain('--pxectl-host=one')
  })
  test('cards without settings, and those of snapshots, are none', () => {
    expect(parseNatSettings(xml('<Adapter slot="1" enabled="true"><NAT/></Adapter>')).cards.size).toBe(0)
  })
})

describe('planning', () => {
  test('a host at NAT is told the loader and the server; 7.2 also that it may', () => {
    expect(plan(bare).after).toEqual(ours)
    const [, card] = plan(bare, change(), {version: findVersion('7.1.12')!}).after ?? []
    expect(card?.settings).toEqual(['--nattftpfile=pxelinux.0', '--nattftpserver=10.0.0.1', '--pxectl-host=one'])
    expect(plan(ours).after, 'so already').toBeUndefined()
  })
  test('a TFTP server that firmware cannot ask is replaced by that of VirtualBox, on the same files', () => {
    const [, card] = plan(bare, change(), {folder: '/srv/tftp'}).after ?? []
    expect(card?.settings).toEqual(['--nat-enable-tftp=on', '--nattftpfile=pxelinux.0', '--nattftpprefix=/srv/tftp', '--pxectl-host=one'])
  })
  test('UEFI machines get its loader', () => {
    const [, card] = plan(bare, change(), {}, vm('firmware="EFI"\n')).after ?? []
    expect(card?.settings).toContain('--nattftpfile=ipxe.efi')
  })
  test.each<[string, Partial<DhcpChange>, Partial<NatContext>, VmInfo]>([
    ['the host is removed', {upsert: [], remove: ['one']}, {}, vm()],
    ['the host is removed, and boot options are not ours', {upsert: [], remove: ['one']}, {options: undefined}, vm()],
    ['boot options are removed', {upsert: []}, {options: 'remove'}, vm()],
    [
      'the host has another card now',
      {upsert: [{reservation: {...one, mac: reservation('x', '52:54:00:00:00:09', '10.0.0.9').mac}}]},
      {},
      vm(),
    ],
    ['the card is elsewhere', {}, {}, parseVmInfo('name="tk1"\nVMState="poweroff"\nnic2="intnet"\nmacaddress2="525400000001"\n')],
  ])('what was told is taken back: %s', (_, wanted, how, machine) => expect(plan(ours, change(wanted), how, machine).after).toEqual(bare))
  test('hosts that a change does not name follow the boot options', () => {
    const other = {...options, loaders: {...options.loaders, bios: 'other.0'}}
    const [, card] = plan(ours, change({upsert: []}), {options: other}).after ?? []
    expect(card?.settings).toContain('--nattftpfile=other.0')
    expect(plan(ours, change({upsert: []}), {options: undefined}).after).toBeUndefined()
  })
  test("somebody else's settings stay, and are told of", () => {
    const {after, warnings} = plan(theirs)
    expect(after).toBeUndefined()
    expect(warnings).toEqual([expect.stringContaining('settings of its own for NAT')])
    expect(plan(theirs, change(), {options: 'remove'}).after).toBeUndefined()
  })
  test('a machine that runs is locked: it is told of', () => {
    const {after, warnings} = plan(bare, change(), {}, {...vm(), state: 'running'})
    expect(after).toBeUndefined()
    expect(warnings).toEqual([expect.stringMatching(/is running.*pxectl dhcp apply/)])
  })
  test('iPXE, which NAT would give itself for ever, is refused', () => {
    expect(() => plan(bare, change(), {options: bootOptions})).toThrow(PxectlError)
  })
})

test('the commands, there and back', () => {
  expect(natCommands('u', bare, ours)).toEqual([
    ['modifyvm', 'u', '--nat-enable-tftp2', 'on', '--nattftpserver2', '10.0.0.1', '--nattftpfile2', 'pxelinux.0'],
    ['setextradata', 'u', 'pxectl/nat-tftp-2', 'one'],
  ])
  expect(natCommands('u', ours, bare)).toEqual([
    ['modifyvm', 'u', '--nat-enable-tftp2', 'off', '--nattftpserver2', '', '--nattftpfile2', ''],
    ['setextradata', 'u', 'pxectl/nat-tftp-2'],
  ])
  expect(natCommands('u', ours, ours)).toEqual([])
  expect(renderState(bare).toString()).toBe('--vm=tk1\n')
})
