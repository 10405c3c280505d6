// Real DHCP servers lease an address to a stranger: pxectl finds it in their own record, chooses another, and names who has it.
//
//     br0 192.168.56.1: dhcpd, kea-dhcp4 or dnsmasq ── c1: udhcpc, 52:54:00:00:00:77
import {readFile, writeFile} from 'node:fs/promises'
import {expect, test} from 'vitest'
import {startDhcpd} from './support/dhcpd.js'
import {startDnsmasq} from './support/dnsmasq-server.js'
import {startKea} from './support/kea.js'
import {makeLab} from './support/lab.js'
import {requestLease} from './support/lease.js'
import {withNetwork, type Network} from './support/network.js'

const STRANGER = '52:54:00:00:00:77'

const daemons: Readonly<Record<'isc' | 'kea' | 'dnsmasq', (network: Network) => Promise<{config: string; restart: string}>>> = {
  isc: (network) => startDhcpd(network),
  kea: (network) => startKea(network),
  dnsmasq: (network) => startDnsmasq(network),
}

for (const backend of ['isc', 'kea', 'dnsmasq'] as const) {
  test(`${backend}: a leased address is not chosen, and one given by hand is told of`, () =>
    withNetwork(`leased-${backend}`, async (network) => {
      const client = await network.addClient(STRANGER)
      const {config, restart} = await daemons[backend](network)
      const lab = await makeLab(network, {dhcp: backend, dhcpd: {config, restart}})
      const leased = (await requestLease(client))?.address ?? ''
      expect(leased).toMatch(/^192\.168\.56\.1\d\d$/)
      const told = expect.stringMatching(new RegExp(`^${STRANGER} has leased ${leased.replaceAll('.', '\\.')} until 2`)) as unknown

      // Somebody makes the pool smaller: the lease is still out.
      const last = Number(leased.split('.')[3])
      const [first, end] = last < 150 ? [150, 199] : [100, 149]
      const text = await readFile(config, 'latin1')
      await writeFile(config, text.replace('.56.100', `.56.${first}`).replace('.56.199', `.56.${end}`), 'latin1')
      await lab.must('config', 'set', 'network.range', `${leased}-192.168.56.${last < 150 ? 150 : 199}`)
      expect((await lab.must('host', 'free'))['ip']).toBe(`192.168.56.${last + 1}`)
      const added = await lab.must('add-host', 'tk1', '--ip', leased, '--dry-run')
      expect(added['warnings']).toContainEqual(told)
      const own = (await lab.must('add-host', 'tk2', '--mac', STRANGER)) as {host: {ip: string}; warnings: unknown[]}
      expect(own.host.ip).toBe(leased)
      expect(own.warnings).not.toContainEqual(told)
    }))
}
