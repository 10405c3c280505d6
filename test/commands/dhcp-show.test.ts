// `dhcp show` for a lab whose DHCP server pxectl does not configure.
import {expect, test} from 'vitest'
import AddHost from '../../commands/add-host.js'
import DhcpApply from '../../commands/dhcp/apply.js'
import DhcpShow from '../../commands/dhcp/show.js'
import {makeLab} from '../support/lab.js'
import {runCommand} from '../support/run-command.js'

test('the hosts as dhcpd.conf, or with --for in the words of a server, with what to boot', async () => {
  const lab = await makeLab()
  const config = ['--config', lab.config]
  await runCommand(AddHost, ['tk1', '--mac', '52:54:00:00:00:01', '--ip', '192.168.56.101', ...config])
  const plain = await runCommand(DhcpShow, config)
  expect(plain.stdout).toMatch(/^host tk1 \{/)
  expect(plain.stdout).not.toContain('filename')
  const dnsmasq = await runCommand(DhcpShow, ['--for', 'dnsmasq', ...config])
  expect(dnsmasq.stdout).toContain('dhcp-host=52:54:00:00:00:01,tk1,192.168.56.101\n')
  expect(dnsmasq.stdout).toContain('dhcp-boot=tag:pxectl-ipxe,http://192.168.56.1:8069/boot.ipxe,,192.168.56.1\n')
  const json = (await runCommand(DhcpShow, ['--for', 'router', '--json', ...config])).json()
  expect(json).toMatchObject({backend: 'none', form: 'router', hosts: [{name: 'tk1', mac: '52:54:00:00:00:01', ip: '192.168.56.101'}]})
})

test('an unknown form is refused; without a server to configure, apply says what to paste', async () => {
  const lab = await makeLab()
  expect((await runCommand(DhcpShow, ['--for', 'bind', '--config', lab.config])).exitCode).toBe(2)
  const applied = await runCommand(DhcpApply, ['--config', lab.config])
  expect(applied).toMatchObject({exitCode: 2, stderr: expect.stringContaining('dhcp show --for')})
})
