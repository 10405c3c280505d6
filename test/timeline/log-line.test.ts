// Lines of dhcpd 4.4.3-P1, dnsmasq 2.90, Kea 2.2.0 and mountd 2.6.2 as they were seen; that of an NFS 4 client as nfs-utils has it in its source.
import {expect, test} from 'vitest'
import {parseLogLine, timeOfLogLine} from '../../src/timeline/log-line.js'

const told = (line: string) => {
  const event = parseLogLine(line, 5)
  if (event === undefined) return undefined
  const {name, mac, ip, result, step, details} = event
  return {name, mac, ip, result, step, ...details}
}
const MAC = '52:54:00:a1:b2:c3'
const same = {mac: MAC, result: 'done'}

test.each([
  ['DHCPDISCOVER from 52:54:00:a1:b2:c3 via br0', {...same, name: 'discover', step: 'asked', ip: undefined, log: 'dhcpd'}],
  [
    'Nov 30 14:27:35 lab dhcpd[12]: DHCPOFFER on 10.77.0.50 to 52:54:00:a1:b2:c3 via br0',
    {...same, name: 'offer', step: 'offered', ip: '10.77.0.50', log: 'dhcpd'},
  ],
  [
    'DHCPREQUEST for 10.77.0.50 (10.77.0.1) from 52:54:00:a1:b2:c3 via br0',
    {...same, name: 'request', step: 'asked', ip: '10.77.0.50', server: '10.77.0.1', log: 'dhcpd'},
  ],
  [
    'DHCPREQUEST for 10.77.0.50 (10.77.0.1) from 52:54:00:a1:b2:c3 (tk2) via 10.77.0.9: wrong network.',
    {
      ...same,
      result: 'refused',
      name: 'request',
      step: 'asked',
      ip: '10.77.0.50',
      server: '10.77.0.1',
      message: 'wrong network.',
      log: 'dhcpd',
    },
  ],
  [
    'DHCPDISCOVER from 52:54:00:a1:b2:c3 via br0: network 10.77.0.0/24: no free leases',
    {
      ...same,
      result: 'refused',
      name: 'discover',
      step: 'asked',
      ip: undefined,
      message: 'network 10.77.0.0/24: no free leases',
      log: 'dhcpd',
    },
  ],
  ['DHCPACK on 10.77.0.50 to 52:54:00:a1:b2:c3 (tk2) via br0', {...same, name: 'ack', step: 'offered', ip: '10.77.0.50', log: 'dhcpd'}],
  [
    'DHCPNAK on 10.77.0.50 to 52:54:00:a1:b2:c3 via br0',
    {...same, result: 'refused', name: 'nak', step: 'asked', ip: '10.77.0.50', log: 'dhcpd'},
  ],
  [
    'dnsmasq-dhcp: 3025105592 DHCPDISCOVER(br0) 52:54:00:a1:b2:c3 ',
    {...same, name: 'discover', step: 'asked', ip: undefined, log: 'dnsmasq'},
  ],
  [
    'dnsmasq-dhcp[7]: DHCPACK(br0) 10.77.0.50 52:54:00:a1:b2:c3 tk2',
    {...same, name: 'ack', step: 'offered', ip: '10.77.0.50', log: 'dnsmasq'},
  ],
  [
    'dnsmasq-dhcp[7]: DHCPNAK(br0) 10.77.0.50 52:54:00:a1:b2:c3 wrong network',
    {...same, result: 'refused', name: 'nak', step: 'asked', ip: '10.77.0.50', message: 'wrong network', log: 'dnsmasq'},
  ],
  [
    '2026-11-30 18:16:20.443 INFO  [kea-dhcp4.leases/3531.140262863270400] DHCP4_LEASE_ADVERT [hwtype=1 52:54:00:a1:b2:c3], cid=[no info], tid=0x1db3a232: lease 10.77.0.50 will be advertised',
    {...same, name: 'offer', step: 'offered', ip: '10.77.0.50', log: 'kea'},
  ],
  [
    '2026-11-30 18:16:20.453 INFO  [kea-dhcp4.leases/3531.140262863270400] DHCP4_LEASE_ALLOC [hwtype=1 52:54:00:a1:b2:c3], cid=[01:52:54:00:a1:b2:c3], tid=0x1db3a232: lease 10.77.0.50 has been allocated for 600 seconds',
    {...same, name: 'ack', step: 'offered', ip: '10.77.0.50', log: 'kea'},
  ],
  [
    '2026-11-30 18:16:20.442 DEBUG [kea-dhcp4.packets/3531.140262863270400] DHCP4_PACKET_RECEIVED [hwtype=1 52:54:00:a1:b2:c3], cid=[01:52:54:00:a1:b2:c3], tid=0x1db3a232: DHCPDISCOVER (type 1) received from 0.0.0.0 to 255.255.255.255 on interface br0',
    {...same, name: 'discover', step: 'asked', ip: undefined, log: 'kea'},
  ],
  [
    '2026-11-30 18:16:20.444 DEBUG [kea-dhcp4.bad-packets/3531.140262863270400] DHCP4_PACKET_NAK_0002 [hwtype=1 52:54:00:a1:b2:c3], cid=[no info], tid=0x1db3a235: invalid address 10.9.9.9 requested by INIT-REBOOT',
    {
      ...same,
      result: 'refused',
      name: 'nak',
      step: 'asked',
      ip: '10.9.9.9',
      message: 'invalid address 10.9.9.9 requested by INIT-REBOOT',
      log: 'kea',
    },
  ],
  [
    '2026-11-30 18:18:05.214 INFO  [kea-dhcp4.leases/11359.140123644482048] DHCP4_DECLINE_LEASE Received DHCPDECLINE for addr 10.77.0.50 from client [hwtype=1 52:54:00:a1:b2:c3], cid=[no info], tid=0x18c81fc3. The lease will be unavailable for 86400 seconds.',
    {...same, result: 'refused', name: 'decline', step: 'asked', ip: '10.77.0.50', log: 'kea'},
  ],
  [
    '2026-11-30 18:16:20.444 DEBUG [kea-dhcp4.packets/3531.140262863270400] DHCP4_PACKET_SEND [hwtype=1 52:54:00:a1:b2:c3], cid=[no info], tid=0x1db3a235: trying to send packet DHCPNAK (type 6) from 10.77.0.1:67 to 255.255.255.255:68 on interface br0',
    undefined,
  ],
  ['Wrote 0 leases to leases file.', undefined],
  ['DHCPDISCOVER from <evil> via br0', undefined],
  ['INFO DHCP4_STARTED Kea DHCPv4 server version 2.2.0 started', undefined],
])('%s', (line, expected) => {
  expect(told(line)).toEqual(expected)
})

test('an NFS server knows who mounts', () => {
  expect(
    parseLogLine('rpc.mountd[612]: authenticated mount request from 10.77.0.21:863 for /srv/roots/tk2 (/srv/roots/tk2)', 5),
  ).toMatchObject({source: 'nfs', step: 'root', ip: '10.77.0.21', name: '/srv/roots/tk2'})
  expect(parseLogLine('rpc.mountd[612]: v4.2 client attached: 0x9f6b1d6a5f0ee3b1 from "10.77.0.21:712"', 5)).toMatchObject({
    source: 'nfs',
    step: 'root',
    ip: '10.77.0.21',
  })
})

test('when a line was written', () => {
  const now = new Date(2026, 0, 5, 12).getTime()
  expect(timeOfLogLine('2026-01-05 11:59:00.123 INFO', now)).toBe(new Date(2026, 0, 5, 11, 59, 0, 123).getTime())
  expect(timeOfLogLine('2026-01-05T11:59:00.123456+00:00 lab dhcpd', now)).toBe(Date.UTC(2026, 0, 5, 11, 59, 0, 123))
  expect(timeOfLogLine('Jan  5 11:59:00 lab dhcpd[1]: x', now)).toBe(new Date(2026, 0, 5, 11, 59).getTime())
  expect(timeOfLogLine('Dec 31 23:59:00 lab dhcpd[1]: x', now)).toBe(new Date(2025, 11, 31, 23, 59).getTime())
  expect(timeOfLogLine('DHCPDISCOVER from', now)).toBeUndefined()
})
