// What `dhcp show --for` prints is read by the real servers it is for.
//
//     br0 192.168.56.1: pxectl; dhcpd -t, kea-dhcp4 -t and dnsmasq --test on its output
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {HAND_WRITTEN as DHCPD_CONF} from './support/dhcpd.js'
import {HAND_WRITTEN as DNSMASQ_CONF} from './support/dnsmasq-server.js'
import {makeLab} from './support/lab.js'
import {withNetwork} from './support/network.js'

test('dhcpd, Kea and dnsmasq accept what is printed for them', () =>
  withNetwork('paste', async (network) => {
    const lab = await makeLab(network, {dhcp: 'none'})
    await lab.must('add-host', 'tk1', '--mac', '52:54:00:a1:b2:c3', '--ip', '192.168.56.21')
    for (const [form, above, command] of [
      ['isc', DHCPD_CONF, ['dhcpd', '-t', '-cf']],
      ['dnsmasq', DNSMASQ_CONF, ['dnsmasq', '--test', '-C']],
    ] as const) {
      const {text} = await lab.must('dhcp', 'show', '--for', form)
      expect(text).toContain('52:54:00:a1:b2:c3')
      const path = join(network.folder, `${form}.conf`)
      await writeFile(path, `${above}${String(text)}`)
      await network.mustRun([...command, path])
      await writeFile(path, `${above}${String(text)}no-such-option=1\n`)
      expect((await network.run([...command, path])).exitCode, `${form} would say if it were bad`).not.toBe(0)
    }

    const {text} = await lab.must('dhcp', 'show', '--for', 'kea')
    const [classes = '', reservations = ''] = String(text)
      .split('// in the subnet of "subnet4":')
      .map((part) => part.replace('// in "Dhcp4":', '').trim())
    const path = join(network.folder, 'kea.conf')
    const render = (more: string): string =>
      `{"Dhcp4": {${classes}, "subnet4": [{"id": 1, "subnet": "192.168.56.0/24", ${reservations}${more}}]}}`
    await writeFile(path, render(''))
    await network.mustRun(['kea-dhcp4', '-t', path])
    await writeFile(path, render(', "no-such-member": 1'))
    expect((await network.run(['kea-dhcp4', '-t', path])).exitCode, 'kea would say if it were bad').not.toBe(0)
  }))
