// The host commands as a shell sees them, over a lab with a dhcpd.conf.
import {execFileSync} from 'node:child_process'
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {describe, expect, test} from 'vitest'
import AddHost from '../../commands/add-host.js'
import HostExport from '../../commands/host/export.js'
import HostFree from '../../commands/host/free.js'
import HostImport from '../../commands/host/import.js'
import HostList from '../../commands/host/list.js'
import HostRemove from '../../commands/host/remove.js'
import HostSet from '../../commands/host/set.js'
import HostShow from '../../commands/host/show.js'
import ConfigSet from '../../commands/config/set.js'
import MacCommand from '../../commands/mac.js'
import DhcpDiff from '../../commands/dhcp/diff.js'
import MenuShow from '../../commands/menu/show.js'
import {runCommand, type Ran} from '../support/run-command.js'
import {DHCPD_CONF, makeLab, type TestLab} from '../support/lab.js'

const TK2 = ['tk2', '--mac', '08:00:27:12:34:56', '--ip', '192.168.56.21', '--root', 'root_tk2']

async function add(lab: TestLab, ...argv: string[]): Promise<Ran> {
  return runCommand(AddHost, [...argv, '--config', lab.config])
}

/** Everything that a change of hosts may touch, to see that a failed one touched nothing. */
async function stateOf(lab: TestLab): Promise<unknown> {
  const hosts = (await runCommand(HostList, ['--json', '--config', lab.config])).json()
  return {hosts, conf: readFileSync(lab.dhcpdConf, 'utf8'), files: readdirSync(lab.path('tftpboot'), {recursive: true}).sort()}
}

describe('add-host', () => {
  test('adds a row, a DHCP entry and boot files, and changes no other byte of dhcpd.conf', async () => {
    const lab = await makeLab({isc: true})
    const ran = await add(lab, ...TK2, '--json')
    expect(ran).toMatchObject({exitCode: 0, stderr: ''})
    const host = {
      name: 'tk2',
      ip: '192.168.56.21',
      mac: '08:00:27:12:34:56',
      root: 'root_tk2',
      image: null,
      bootArgs: null,
      firmware: null,
      dhcp: true,
    }
    expect(ran.json()).toMatchObject({host, dryRun: false})
    expect((await runCommand(HostList, ['--json', '--config', lab.config])).json()).toEqual({hosts: [host], warnings: []})
    const conf = readFileSync(lab.dhcpdConf, 'utf8')
    expect(conf.startsWith(DHCPD_CONF)).toBe(true)
    expect(conf.slice(DHCPD_CONF.length)).toContain('hardware ethernet 08:00:27:12:34:56;')
    expect(readFileSync(lab.path('tftpboot/pxelinux.cfg/01-08-00-27-12-34-56'), 'utf8')).toContain('root=/dev/nfs')
    expect((await runCommand(DhcpDiff, ['--json', '--config', lab.config])).json()).toMatchObject({changed: false, files: []})
  })

  test('removed again, dhcpd.conf is what it was, byte for byte', async () => {
    const lab = await makeLab({isc: true})
    const before = await stateOf(lab)
    await add(lab, ...TK2)
    expect((await runCommand(HostRemove, ['tk2', '--config', lab.config])).stdout).toBe('removed tk2\n')
    expect(await stateOf(lab)).toMatchObject({conf: DHCPD_CONF, hosts: (before as {hosts: unknown}).hosts})
    expect(existsSync(lab.path('tftpboot/pxelinux.cfg/01-08-00-27-12-34-56'))).toBe(false)
  })

  test('chooses address and MAC where they are left out', async () => {
    const lab = await makeLab()
    expect((await add(lab, 'tk3', '--json')).json()).toMatchObject({host: {ip: '192.168.56.100', mac: expect.stringMatching(/^08:00:27:/)}})
    expect((await add(lab, 'tk4', '--json')).json()).toMatchObject({host: {ip: '192.168.56.101'}})
  })

  test('--auto prints the free name alone', async () => {
    const lab = await makeLab({loopback: true})
    expect(await add(lab, '--auto', '--root', 'root_you')).toMatchObject({stdout: 'host-0-100\n', exitCode: 0})
    expect((await runCommand(HostFree, ['--config', lab.config])).stdout).toBe('host-0-101 127.0.0.101\n')
  })

  test('--dry-run shows the diff and touches nothing', async () => {
    const lab = await makeLab({isc: true})
    const before = await stateOf(lab)
    const ran = await add(lab, ...TK2, '--dry-run')
    expect(ran.stdout).toContain('would add tk2')
    expect(ran.stdout).toContain('+host tk2 { hardware ethernet 08:00:27:12:34:56;')
    expect(await stateOf(lab)).toEqual(before)
  })

  test('says that a host without a kernel cannot boot yet', async () => {
    expect((await add(await makeLab(), ...TK2)).stderr).toContain('there is no kernel')
  })

  const refused: [string, string[], string, number][] = [
    ['a name that is taken', ['tk2', '--ip', '192.168.56.22'], 'HOST_EXISTS', 4],
    ['a name that differs only in its case', ['TK2', '--ip', '192.168.56.22'], 'HOST_EXISTS', 4],
    ['a MAC that is taken, spelled another way', ['tk3', '--mac', '0800.2712.3456'], 'MAC_TAKEN', 4],
    ['an address that is taken', ['tk3', '--ip', '192.168.56.21'], 'IP_TAKEN', 4],
    ['a multicast MAC', ['tk3', '--mac', '01:00:5e:00:00:01'], 'MAC_NOT_UNICAST', 2],
    ['a MAC of zeros', ['tk3', '--mac', '00:00:00:00:00:00'], 'MAC_NOT_UNICAST', 2],
    ['no MAC at all', ['tk3', '--mac', 'tk3'], 'MAC_INVALID', 2],
    ['an address of another subnet', ['tk3', '--ip', '10.0.0.1'], 'IP_UNUSABLE', 2],
    ['the address of the server', ['tk3', '--ip', '192.168.56.1'], 'IP_UNUSABLE', 2],
    ['the broadcast address', ['tk3', '--ip', '192.168.56.255'], 'IP_UNUSABLE', 2],
    ['an address that is none', ['tk3', '--ip', '192.168.56.300'], 'IP_INVALID', 2],
    ['a name that RFC 1123 forbids', ['tk_3'], 'HOSTNAME_INVALID', 2],
    ['no name', [], 'NAME_MISSING', 2],
    ['an unknown image', ['tk3', '--image', 'debain'], 'IMAGE_NOT_FOUND', 3],
    ['an image name with a path in it', ['tk3', '--image', '../x'], 'IMAGE_NAME_INVALID', 2],
    ['a root outside of the TFTP root', ['tk3', '--root', '../../etc'], 'ROOT_INVALID', 2],
    ['an absolute root outside of the TFTP root', ['tk3', '--root', '/etc'], 'ROOT_INVALID', 2],
    ['the TFTP root itself as root', ['tk3', '--root', '.'], 'ROOT_INVALID', 2],
    ['a name that stands for unknown clients', ['default'], 'NAME_RESERVED', 2],
    ['boot arguments that iPXE would expand, on a host that boots its disk', ['tk3', '--boot-args', '${net0/mac}'], 'BOOT_TEXT_INVALID', 2],
    ['image and root', ['tk3', '--image', 'x', '--root', 'y'], 'BOOT_SOURCE_AMBIGUOUS', 2],
    ['a line break in boot arguments', ['tk3', '--root', 'r', '--boot-args', 'a\nb'], 'BOOT_TEXT_INVALID', 2],
    ['an unknown flag', ['tk3', '--imgae', 'x'], 'USAGE', 2],
  ]
  test.each(refused)('%s is refused and nothing changes', async (_, argv, code, exitCode) => {
    const lab = await makeLab({isc: true})
    await add(lab, ...TK2)
    const before = await stateOf(lab)
    const ran = await add(lab, ...argv, '--json')
    expect(ran.json()).toMatchObject({
      error: {code, message: expect.any(String), details: expect.any(Object), suggestions: expect.any(Array), causes: expect.any(Array)},
    })
    expect(ran.exitCode).toBe(exitCode)
    expect(await stateOf(lab)).toEqual(before)
  })

  const refusedByDhcp: [string, string[]][] = [
    ['a MAC that dhcpd.conf has for another', ['tk3', '--mac', '00:11:22:33:44:55']],
    ['an address that dhcpd.conf has for another', ['tk3', '--ip', '192.168.56.9']],
    ['an address inside a dynamic range', ['tk3', '--ip', '192.168.56.222']],
    ['a name that dhcpd.conf has for another MAC', ['printer', '--ip', '192.168.56.30', '--mac', '08:00:27:00:00:01']],
  ]
  test.each(refusedByDhcp)('%s is refused and nothing changes', async (_, argv) => {
    const lab = await makeLab({isc: true})
    const before = await stateOf(lab)
    const ran = await add(lab, ...argv, '--json')
    expect(ran.exitCode).toBe(4)
    expect(await stateOf(lab)).toEqual(before)
  })

  test('an unbalanced dhcpd.conf is refused with line and column, and stays', async () => {
    const lab = await makeLab({isc: true})
    writeFileSync(lab.dhcpdConf, `${DHCPD_CONF}subnet 10.0.0.0 netmask 255.0.0.0 {\n`)
    const ran = await add(lab, ...TK2, '--json')
    expect(ran.exitCode).toBe(7)
    expect(ran.stdout).toMatch(/8:\d+|line 8/)
    expect(readFileSync(lab.dhcpdConf, 'utf8')).toBe(`${DHCPD_CONF}subnet 10.0.0.0 netmask 255.0.0.0 {\n`)
    expect((await runCommand(HostList, ['--json', '--config', lab.config])).json()).toMatchObject({hosts: []})
  })

  test('--no-dhcp leaves the DHCP server alone', async () => {
    const lab = await makeLab({isc: true})
    expect((await add(lab, ...TK2, '--no-dhcp', '--json')).json()).toMatchObject({host: {dhcp: false}})
    expect(readFileSync(lab.dhcpdConf, 'utf8')).toBe(DHCPD_CONF)
  })
})

test('a dhcpd.conf that is no regular file is refused and stays what it is', async () => {
  const lab = await makeLab({isc: true})
  rmSync(lab.dhcpdConf)
  mkdirSync(lab.dhcpdConf)
  expect((await add(lab, ...TK2, '--json')).json()).toMatchObject({error: {code: 'DHCPD_CONF_NOT_FILE'}})
  execFileSync('rmdir', [lab.dhcpdConf])
  execFileSync('mkfifo', [lab.dhcpdConf])
  expect((await add(lab, ...TK2)).exitCode).toBe(6)
})

test('where boot options are wanted, the first host brings them along', async () => {
  const lab = await makeLab({isc: true})
  await runCommand(ConfigSet, ['dhcp.boot-options', 'subnet', '--config', lab.config])
  await add(lab, ...TK2)
  expect(readFileSync(lab.dhcpdConf, 'utf8')).toContain('next-server 192.168.56.1;')
  expect((await runCommand(DhcpDiff, ['--json', '--config', lab.config])).json()).toMatchObject({changed: false})
})

describe('host', () => {
  test('set changes what is given, in all three places', async () => {
    const lab = await makeLab({isc: true})
    await add(lab, ...TK2)
    const ran = await runCommand(HostSet, [
      'tk2',
      '--mac',
      '08-00-27-AA-BB-CC',
      '--name',
      'tk9',
      '--root',
      '',
      '--json',
      '--config',
      lab.config,
    ])
    expect(ran.json()).toMatchObject({host: {name: 'tk9', mac: '08:00:27:aa:bb:cc', ip: '192.168.56.21', root: null}})
    const conf = readFileSync(lab.dhcpdConf, 'utf8')
    expect(conf).toContain('host tk9 {')
    expect(conf).not.toContain('tk2')
    expect(readdirSync(lab.path('tftpboot/pxelinux.cfg'))).toEqual(['01-08-00-27-aa-bb-cc', 'default'])
  })

  test('show finds by name, MAC and address, and names the nearest otherwise', async () => {
    const lab = await makeLab()
    await add(lab, ...TK2)
    for (const text of ['TK2', '0800.2712.3456', '192.168.56.21']) {
      expect((await runCommand(HostShow, [text, '--json', '--config', lab.config])).json()).toMatchObject({host: {name: 'tk2'}})
    }
    const ran = await runCommand(HostShow, ['tk3', '--config', lab.config])
    expect(ran).toMatchObject({exitCode: 3, stdout: ''})
    expect(ran.stderr).toBe(
      'Error: no host named tk3 in the host database\nCode: HOST_NOT_FOUND\nTry this:\n  * did you mean tk2?\n  * pxectl host list\n',
    )
  })

  test('remove of several is all or nothing', async () => {
    const lab = await makeLab()
    await add(lab, ...TK2)
    expect((await runCommand(HostRemove, ['tk2', 'tk7', '--config', lab.config])).exitCode).toBe(3)
    expect((await runCommand(HostShow, ['tk2', '--config', lab.config])).exitCode).toBe(0)
  })

  test.each(['csv', 'json', 'yaml'])('what export writes as %s, import takes back', async (format) => {
    const lab = await makeLab({isc: true})
    await add(lab, ...TK2, '--boot-args', 'a="b, c" d')
    await add(lab, 'tk3', '--firmware', 'uefi')
    const exported = await runCommand(HostExport, ['--format', format, '--config', lab.config])
    const other = await makeLab({isc: true})
    writeFileSync(other.path(`hosts.${format}`), exported.stdout)
    const ran = await runCommand(HostImport, [other.path(`hosts.${format}`), '--json', '--config', other.config])
    expect(ran.json()).toMatchObject({added: 2, updated: 0})
    expect((await runCommand(HostExport, ['--format', format, '--config', other.config])).stdout).toBe(exported.stdout)
  })

  test('import lists all bad rows and imports none', async () => {
    const lab = await makeLab({isc: true})
    writeFileSync(
      lab.path('hosts.csv'),
      'hostname;ip;macaddress\ngood;192.168.56.30;08:00:27:00:00:30\nbad name;192.168.56.31;08:00:27:00:00:31\nx;10.0.0.1;08:00:27:00:00:32\ny;192.168.56.33;zz\n',
    )
    const before = await stateOf(lab)
    const ran = await runCommand(HostImport, [lab.path('hosts.csv'), '--config', lab.config])
    expect(ran.exitCode).toBe(7)
    for (const text of ['line 3: "bad name"', 'x: the host x cannot have', 'line 5: "zz"']) expect(ran.stderr).toContain(text)
    expect(await stateOf(lab)).toEqual(before)
  })

  test('mac generates different unused addresses with the prefix asked for', async () => {
    const lab = await makeLab()
    const macs = (await runCommand(MacCommand, ['-n', '50', '--hypervisor', 'vmware', '--json', '--config', lab.config])).json()[
      'macs'
    ] as string[]
    expect(new Set(macs).size).toBe(50)
    expect(macs.every((mac) => /^00:50:56:[0-3][0-9a-f]:/.test(mac))).toBe(true)
  })

  test('menu show prints what the client gets', async () => {
    const lab = await makeLab()
    await add(lab, ...TK2)
    const file = readFileSync(lab.path('tftpboot/pxelinux.cfg/01-08-00-27-12-34-56'), 'utf8')
    expect((await runCommand(MenuShow, ['tk2', '--config', lab.config])).stdout.trimEnd()).toBe(file.trimEnd())
  })
})
