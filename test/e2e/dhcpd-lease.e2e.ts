// A real client gets from a real dhcpd what pxectl wrote into its configuration.
//
//     br0 192.168.56.1: dhcpd ─┬─ c1: busybox udhcpc, 52:54:00:a1:b2:c3
//                              └─ c2: busybox udhcpc, the printer that was there before
import {readFile} from 'node:fs/promises'
import {expect, test} from 'vitest'
import {HAND_WRITTEN, startDhcpd} from './support/dhcpd.js'
import {makeLab} from './support/lab.js'
import {requestLease} from './support/lease.js'
import {withNetwork} from './support/network.js'

test('a host gets its address and name when it is added, new ones when it is changed, and any when it is removed', () =>
  withNetwork('lease', async (network) => {
    const dhcpd = await startDhcpd(network)
    const lab = await makeLab(network, {dhcp: 'isc', dhcpd})
    const client = await network.addClient('52:54:00:a1:b2:c3')
    const printer = await network.addClient('00:80:77:12:34:56')

    await lab.must('add-host', 'tk1', '--mac', client.mac, '--ip', '192.168.56.21', '--root', 'root_tk1')
    expect(await requestLease(client)).toEqual({address: '192.168.56.21', hostname: 'tk1'})
    expect((await requestLease(printer))?.address).toBe('192.168.56.9')

    await lab.must('host', 'set', 'tk1', '--ip', '192.168.56.22')
    expect(await requestLease(client)).toEqual({address: '192.168.56.22', hostname: 'tk1'})

    await lab.must('host', 'remove', 'tk1', '--yes')
    expect((await requestLease(client))?.address).toMatch(/^192\.168\.56\.1\d\d$/)
    expect((await requestLease(printer))?.address).toBe('192.168.56.9')
    expect((await readFile(dhcpd.config, 'utf8')).startsWith(HAND_WRITTEN.trimEnd())).toBe(true)
  }))
