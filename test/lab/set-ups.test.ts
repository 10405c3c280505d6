import {expect, test} from 'vitest'
import {completeInitValues} from '../../src/lab/init-values.js'
import {fittingSetUps, type MachineFacts} from '../../src/lab/set-ups.js'
import {readSettings} from '../../src/lab/read-settings.js'

const lo = {interface: 'lo', address: '127.0.0.1', cidr: '127.0.0.1/8', internal: true}
const at = (name: string, net: number): MachineFacts['addresses'][number] => {
  return {interface: name, address: `192.168.${net}.1`, cidr: `192.168.${net}.1/24`, internal: false}
}
const nothing: MachineFacts = {platform: 'linux', addresses: [lo], hypervisors: {}, dhcpServers: [], takenPorts: []}
const names = (facts: Partial<MachineFacts>): string[] => fittingSetUps({...nothing, ...facts}).map(({name}) => name)

test.each([
  ['a machine without a network', {}, ['loopback']],
  ['a laptop', {addresses: [lo, at('wlan0', 1)]}, ['bridged-proxy', 'loopback']],
  ['with VirtualBox', {addresses: [lo, at('wlan0', 1)], hypervisors: {virtualbox: '7.2'}}, ['virtualbox-nat', 'bridged-proxy', 'loopback']],
  [
    'with a host-only network',
    {addresses: [lo, at('wlan0', 1), at('vboxnet0', 56)], hypervisors: {virtualbox: '7.2'}},
    ['host-only', 'virtualbox-nat', 'bridged-proxy', 'loopback'],
  ],
  ['VMware', {addresses: [lo, at('en0', 1), at('vmnet8', 77)], hypervisors: {vmware: ''}}, ['vmware-nat', 'bridged-proxy', 'loopback']],
  ['vmnet8 left behind without VMware', {addresses: [lo, at('vmnet8', 77)]}, ['loopback']],
  ['a server with dhcpd', {addresses: [lo, at('eth0', 1)], dhcpServers: ['isc']}, ['own-dhcp', 'bridged-proxy', 'loopback']],
  ['only a bridge of containers', {addresses: [lo, at('docker0', 17)]}, ['loopback']],
] as const)('%s', (_what, facts, expected) => {
  expect(names(facts)).toEqual(expected)
})

test('every proposal makes settings that are good', () => {
  const addresses = [lo, at('wlan0', 1), at('vboxnet0', 56), at('vmnet8', 77)]
  for (const server of ['isc', 'kea', 'dnsmasq'] as const) {
    const setUps = fittingSetUps({...nothing, addresses, hypervisors: {virtualbox: '7.2', vmware: ''}, dhcpServers: [server]})
    expect(setUps).toHaveLength(6)
    for (const {values} of setUps) {
      const flags = completeInitValues(values, addresses)
      expect(readSettings({configPath: '/lab/pxectl.ini', text: '', environment: {}, flags}).network.server).toBeDefined()
    }
  }
})

test('the DHCP server that runs is the one proposed', () => {
  const [first] = fittingSetUps({...nothing, addresses: [lo, at('eth0', 1)], dhcpServers: ['kea', 'isc']})
  expect(first?.values).toMatchObject({'dhcp.backend': 'kea', 'dhcp.config': '/etc/kea/kea-dhcp4.conf', 'network.interface': 'eth0'})
})
