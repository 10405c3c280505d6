// `dhcp show` for a lab whose DHCP server pxectl does not configure.
import {expect, test} from 'vitest'
import AddHost from '../../commands/add-host.js'
import ConfigSet from '../../commands/config/set.js'
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

test('loaders for 32-bit and arm64 UEFI are those of the settings; a name that is none is refused', async () => {
  const lab = await makeLab()
  const config = ['--config', lab.config]
  const set = (...words: string[]): ReturnType<typeof runCommand> => runCommand(ConfigSet, [...words, ...config])
  expect((await runCommand(DhcpShow, ['--for', 'isc', ...config])).stdout).not.toContain('Arch:00011')
  expect(await set('boot.loader-arm64', 'efi/ipxe-arm64.efi')).toMatchObject({exitCode: 0})
  expect(await set('boot.loader-ia32', 'ipxe32.efi')).toMatchObject({exitCode: 0})
  const {stdout} = await runCommand(DhcpShow, ['--for', 'isc', ...config])
  expect(stdout).toMatch(/PXEClient:Arch:00011" \{\n +filename "efi\/ipxe-arm64\.efi";/)
  expect(stdout).toMatch(/HTTPClient:Arch:00019" \{\n[^}]*filename "http:\/\/192\.168\.56\.1:8069\/efi\/ipxe-arm64\.efi";/)
  expect(stdout).toMatch(/PXEClient:Arch:00006" \{\n +filename "ipxe32\.efi";/)
  for (const bad of ['/etc/passwd', '../x.efi', 'a//b', 'a b', 'x"y', 'ü.efi', 'x'.repeat(65)]) {
    expect(await set('boot.loader-arm64', bad), bad).toMatchObject({exitCode: 2})
  }
})
