// Making a lab and its settings, as a shell sees it.
import {existsSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import ConfigGet from '../../commands/config/get.js'
import ConfigList from '../../commands/config/list.js'
import ConfigPath from '../../commands/config/path.js'
import ConfigSet from '../../commands/config/set.js'
import DhcpShow from '../../commands/dhcp/show.js'
import HostList from '../../commands/host/list.js'
import Init from '../../commands/init.js'
import {settingNames} from '../../src/lab/setting-table.js'
import {runCommand} from '../support/run-command.js'
import {makeLab} from '../support/lab.js'
import {temporaryFolder} from '../support/temporary-folder.js'

describe('init', () => {
  test('--defaults makes a lab on loopback with high ports', async () => {
    const folder = join(temporaryFolder(), 'lab')
    const ran = await runCommand(Init, [folder, '--defaults', '--json'])
    expect(ran).toMatchObject({exitCode: 0, stderr: ''})
    expect(ran.json()).toMatchObject({
      configPath: join(folder, 'pxectl.ini'),
      settings: {network: {server: '127.0.0.1'}, serve: {tftpPort: 6969}},
    })
    for (const name of ['pxectl.ini', 'pxe.db', 'tftpboot/pxelinux.cfg/default', 'tftpboot/boot.ipxe'])
      expect(existsSync(join(folder, name))).toBe(true)
  })

  test('without a terminal nothing is asked, and a missing network is an error that says how to give one', async () => {
    const ran = await runCommand(Init, [temporaryFolder()])
    expect(ran.exitCode).toBe(2)
    expect(ran.stderr).toContain('--interface eth1')
  })

  test('never overwrites a lab', async () => {
    const lab = await makeLab()
    const before = readFileSync(lab.config, 'utf8')
    expect((await runCommand(Init, [lab.folder, '--defaults', '--json'])).json()).toMatchObject({error: {code: 'LAB_EXISTS'}})
    expect(readFileSync(lab.config, 'utf8')).toBe(before)
  })

  test('--dry-run makes nothing', async () => {
    const folder = join(temporaryFolder(), 'lab')
    expect((await runCommand(Init, [folder, '--defaults', '--dry-run'])).stdout).toContain('server = 127.0.0.1')
    expect(existsSync(folder)).toBe(false)
  })

  test('an old pxe.db that lies there is taken over', async () => {
    const {execFileSync} = await import('node:child_process')
    const folder = temporaryFolder()
    execFileSync('sqlite3', [join(folder, 'pxe.db')], {
      input:
        "create table hosts (hostname text, ip text, macaddress text UNIQUE, root text); insert into hosts values ('602dhcp1', '127.0.0.101', '08:00:27:aa:bb:cc', 'root_you');",
    })
    await runCommand(Init, [folder, '--defaults'])
    expect((await runCommand(HostList, ['--json', '--config', folder])).json()).toMatchObject({
      hosts: [{name: '602dhcp1', root: 'root_you'}],
    })
  })

  test('a foreign pxe.db that lies there is refused, and nothing is made beside it', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'pxe.db'), 'junk')
    expect((await runCommand(Init, [folder, '--defaults'])).exitCode).toBe(7)
    expect(readdirSync(folder)).toEqual(['pxe.db'])
  })

  test("with VirtualBox dhcp.config is a network's name, and no path", async () => {
    const folder = join(temporaryFolder(), 'lab')
    await runCommand(Init, [folder, '--defaults', '--dhcp', 'virtualbox', '--dhcp-config', 'vboxnet0'])
    const config = join(folder, 'pxectl.ini')
    expect(readFileSync(config, 'utf8')).toMatch(/^config = vboxnet0$/m)
    const shown = (await runCommand(DhcpShow, ['--config', config, '--json'])).json()
    expect(shown).toMatchObject({backend: 'virtualbox', config: 'vboxnet0', form: 'virtualbox'})
  })

  const refused: [string, string[], string, number][] = [
    ['a subnet with host bits', ['--subnet', '192.168.56.1/24', '--server', '192.168.56.1'], 'SUBNET_INVALID', 2],
    ['a server outside of the subnet', ['--subnet', '192.168.56.0/24', '--server', '10.0.0.1'], 'SETTING_INVALID', 2],
    [
      'a range outside of the subnet',
      ['--subnet', '192.168.56.0/24', '--server', '192.168.56.1', '--range', '10.0.0.1-10.0.0.2'],
      'SETTING_INVALID',
      2,
    ],
    ['an unknown interface', ['--interface', 'nosuch0'], 'INTERFACE_UNKNOWN', 2],
    ['an unknown DHCP back end', ['--dhcp', 'bind'], 'USAGE', 2],
  ]
  test.each(refused)('%s is refused and nothing is made', async (_, argv, code, exitCode) => {
    const folder = join(temporaryFolder(), 'lab')
    const ran = await runCommand(Init, [folder, ...argv, '--json'])
    expect(ran.json()).toMatchObject({error: {code}})
    expect(ran.exitCode).toBe(exitCode)
    expect(existsSync(folder)).toBe(false)
  })
})

describe('config', () => {
  test('set changes one line of the file, and get reads it', async () => {
    const lab = await makeLab()
    const before = readFileSync(lab.config, 'utf8')
    await runCommand(ConfigSet, ['boot.timeout', '30', '--config', lab.config])
    expect(readFileSync(lab.config, 'utf8')).toBe(before.replace('timeout = 10', 'timeout = 30'))
    expect((await runCommand(ConfigGet, ['boot.timeout', '--config', lab.config])).stdout).toBe('30\n')
  })

  test('a bad value or an unknown name is refused with what is valid, and the file stays', async () => {
    const lab = await makeLab()
    const before = readFileSync(lab.config, 'utf8')
    expect(await runCommand(ConfigSet, ['boot.timeout', 'soon', '--config', lab.config])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('a whole number'),
    })
    expect(await runCommand(ConfigSet, ['boot.timout', '3', '--config', lab.config])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('did you mean boot.timeout?'),
    })
    expect(readFileSync(lab.config, 'utf8')).toBe(before)
  })

  test.each([
    ['lab.tftp-root', '/'],
    ['lab.tftp-root', ''],
    ['lab.tftp-root', '.'],
    ['lab.database', ''],
    ['lab.name', 'a\nb = c'],
  ])('%s cannot be %j', async (name, value) => {
    const lab = await makeLab()
    expect((await runCommand(ConfigSet, [name, value, '--config', lab.config])).exitCode).toBe(2)
  })

  test('a bad value in the file can be mended', async () => {
    const lab = await makeLab()
    writeFileSync(lab.config, readFileSync(lab.config, 'utf8').replace('timeout = 10', 'timeout = abc'))
    expect((await runCommand(ConfigSet, ['boot.timeout', '4', '--config', lab.config])).exitCode).toBe(0)
    expect((await runCommand(ConfigGet, ['boot.timeout', '--config', lab.config])).stdout).toBe('4\n')
  })

  test('list tells where each value comes from', async () => {
    const lab = await makeLab()
    const {settings} = (await runCommand(ConfigList, ['--json', '--config', lab.config])).json() as {
      settings: {name: string; origin: string; text: string}[]
    }
    expect(settings.find((setting) => setting.name === 'network.server')).toMatchObject({origin: 'file', text: '192.168.56.1'})
    expect(settings).toHaveLength(settingNames.length)
  })

  test('path finds the file also by its folder', async () => {
    const lab = await makeLab()
    expect((await runCommand(ConfigPath, ['--config', lab.folder])).stdout).toBe(`${lab.config}\n`)
  })

  test('a broken file is an error with file and line, for every command', async () => {
    const lab = await makeLab()
    writeFileSync(lab.config, '[network]\nserver = 1.2.3\n')
    const ran = await runCommand(HostList, ['--config', lab.config])
    expect(ran.exitCode).toBe(7)
    expect(ran.stderr).toContain(`${lab.config} line 2`)
  })

  test('no lab at all says how to make one', async () => {
    const ran = await runCommand(HostList, ['--config', join(temporaryFolder(), 'pxectl.ini')])
    expect(ran.exitCode).toBe(3)
    expect(ran.stderr).toContain('pxectl init')
  })
})

test('a shell that stands in a folder which was removed is told so', async () => {
  const before = process.cwd()
  const folder = temporaryFolder()
  process.chdir(folder)
  rmSync(folder, {recursive: true})
  try {
    const ran = await runCommand(HostList, ['--json'])
    expect(ran.exitCode).toBe(6)
    expect(ran.json()).toMatchObject({error: {code: 'WORKING_FOLDER_GONE', suggestions: ['go to another one: cd']}})
  } finally {
    process.chdir(before)
  }
})
