// Fifty shells add a host at the same moment: none is lost, no address is given twice, and dhcpd.conf has them all.
//
//     no network is needed; dhcpd is there only to read the file
import {readFile} from 'node:fs/promises'
import {expect, test} from 'vitest'
import {startDhcpd} from './support/dhcpd.js'
import {makeLab} from './support/lab.js'
import {withNetwork} from './support/network.js'

const COUNT = 50

test(`${COUNT} pxectl add-host --auto at once lose and duplicate nothing`, () =>
  withNetwork('many', async (network) => {
    const dhcpd = await startDhcpd(network)
    const lab = await makeLab(network, {
      dhcp: 'isc',
      dhcpd,
      settings: {'dhcp.restart': 'none', 'network.range': '192.168.56.30-192.168.56.99'},
    })
    const answers = await Promise.all(Array.from({length: COUNT}, () => lab.pxectl('add-host', '--auto', '--root', 'root_you')))
    expect(answers.filter((answer) => answer.exitCode !== 0).map((answer) => answer.stdout)).toEqual([])
    const {hosts} = (await lab.must('host', 'list')) as {hosts: {name: string; ip: string; mac: string}[]}
    for (const key of ['name', 'ip', 'mac'] as const) expect(new Set(hosts.map((host) => host[key])).size).toBe(COUNT)
    expect(await lab.must('dhcp', 'diff')).toMatchObject({changed: false})
    const config = await readFile(dhcpd.config, 'utf8')
    for (const {name, ip} of hosts) {
      expect(config).toContain(`host ${name} {`)
      expect(config).toContain(`fixed-address ${ip};`)
    }
    await network.mustRun(['dhcpd', '-t', '-4', '-cf', dhcpd.config])
  }))
