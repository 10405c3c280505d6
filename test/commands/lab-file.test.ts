// plan, up, down and status, on labs in temporary folders: settings, images, hosts and a dhcpd.conf, as a user would type them.
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {totalmem} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import AddHost from '../../commands/add-host.js'
import Down from '../../commands/down.js'
import ExportLab from '../../commands/export-lab.js'
import HostList from '../../commands/host/list.js'
import HostRemove from '../../commands/host/remove.js'
import HostSet from '../../commands/host/set.js'
import Init from '../../commands/init.js'
import Plan from '../../commands/plan.js'
import Status from '../../commands/status.js'
import Up from '../../commands/up.js'
import {runCommand, type Ran} from '../support/run-command.js'
import {temporaryFolder} from '../support/temporary-folder.js'

const DHCPD_CONF = 'subnet 192.168.56.0 netmask 255.255.255.0 {\n}\n'

const HEAD = `loaders: false
network: {server: 192.168.56.1, subnet: 192.168.56.0/24, range: 192.168.56.100-192.168.56.102}
dhcp: {backend: isc, config: dhcpd.conf, restart: none}
`

type Folder = {
  readonly folder: string
  readonly path: (name: string) => string
  readonly write: (text: string) => void
  readonly run: (command: Parameters<typeof runCommand>[0], ...argv: string[]) => Promise<Ran>
}

function labFolder(text: string): Folder {
  const folder = temporaryFolder()
  const path = (name: string): string => join(folder, name)
  const write = (yaml: string): void => writeFileSync(path('lab.yaml'), yaml)
  writeFileSync(path('dhcpd.conf'), DHCPD_CONF)
  // Shaped like a kernel: boot sector, and the header of Linux' boot protocol.
  const kernel = Buffer.alloc(4096)
  kernel.writeUInt16LE(0xaa55, 0x1fe)
  kernel.write('HdrS', 0x202)
  writeFileSync(path('vmlinuz'), kernel)
  writeFileSync(path('initrd.img'), 'initrd')
  write(text)
  return {folder, path, write, run: (command, ...argv) => runCommand(command, [path('lab.yaml'), ...argv])}
}

type Change = {kind: string; name: string; action: string}

function changes(ran: Ran): string[] {
  return (ran.json()['changes'] as Change[]).map(({kind, name, action}) => `${action} ${kind} ${name}`)
}

const IMAGES = 'images:\n  linux: {source: vmlinuz, initrd: initrd.img, boot-args: quiet, default: true}\n'

test('up makes a lab from nothing, and a second run does nothing', async () => {
  const lab = labFolder(
    `${HEAD}${IMAGES}hosts: {tk2: {ip: 192.168.56.21, mac: "08:00:27:12:34:56", image: linux}}\ngroups: {node: {count: 2}}\n`,
  )
  const plan = await lab.run(Plan, '--json')
  expect(plan.exitCode).toBe(4)
  expect(changes(plan)).toEqual([
    'create lab pxectl.ini',
    'create image linux',
    'create host tk2',
    'create host node1',
    'create host node2',
  ])
  expect(existsSync(lab.path('pxectl.ini'))).toBe(false)

  const up = await lab.run(Up, '--json')
  expect(up.exitCode).toBe(0)
  expect((up.json()['changes'] as {outcome: string}[]).map(({outcome}) => outcome)).toEqual(Array(5).fill('done'))
  const conf = readFileSync(lab.path('dhcpd.conf'), 'utf8')
  expect(conf).toContain('hardware ethernet 08:00:27:12:34:56;')
  expect(conf.match(/fixed-address/g)).toHaveLength(3)
  expect(readFileSync(lab.path('tftpboot/ipxe/01-08-00-27-12-34-56.ipxe'), 'utf8')).toContain('images/linux/vmlinuz')
  expect(readFileSync(lab.path('pxectl.ini'), 'utf8')).toContain('default = linux')

  const again = await lab.run(Plan, '--json')
  expect([again.exitCode, changes(again)]).toEqual([0, []])
  expect((await lab.run(Up, '--yes')).stdout).toContain('nothing to do: all ')
  expect(readFileSync(lab.path('dhcpd.conf'), 'utf8')).toBe(conf)
})

test('what changed in the file is changed, what it names no longer is removed, and what is not its own stays', async () => {
  const lab = labFolder(`${HEAD}${IMAGES}hosts: {tk2: {image: linux}, tk3: {}}\n`)
  await lab.run(Up, '--yes')
  await runCommand(AddHost, ['mine', '--ip', '192.168.56.77', '--config', lab.path('pxectl.ini')])
  lab.write(`${HEAD}${IMAGES.replace('quiet', 'verbose')}hosts: {tk2: {image: linux, firmware: uefi}}\n`)
  const plan = await lab.run(Plan, '--json')
  expect(changes(plan)).toEqual(['change image linux', 'change host tk2', 'remove host tk3'])
  expect((plan.json()['changes'] as {values: unknown}[])[1]?.values).toEqual([{key: 'firmware', before: null, after: 'uefi'}])
  await lab.run(Up, '--yes')
  const hosts = (await runCommand(HostList, ['--json', '--config', lab.path('pxectl.ini')])).json()['hosts'] as {name: string}[]
  expect(hosts.map(({name}) => name)).toEqual(['mine', 'tk2'])

  const down = await lab.run(Down, '--json')
  expect(changes(down)).toEqual(['remove image linux', 'remove host tk2', 'remove lab pxectl.ini'])
  expect(down.json()['warnings']).toContainEqual(expect.stringContaining('the host mine'))
  const left = (await runCommand(HostList, ['--json', '--config', lab.path('pxectl.ini')])).json()['hosts'] as {name: string}[]
  expect(left.map(({name}) => name)).toEqual(['mine'])
  expect(readdirSync(lab.path('tftpboot/images'))).toEqual([])
})

test('down leaves nothing of a lab that up made', async () => {
  const head = HEAD.replace('restart: none', 'restart: none, boot-options: subnet')
  const lab = labFolder(`${head}${IMAGES}hosts: {tk2: {image: linux}}\n`)
  const before = readdirSync(lab.folder).sort()
  await lab.run(Up, '--yes')
  const down = await lab.run(Down, '--yes')
  expect(down.stderr).not.toContain('Error')
  const backups = /^(?:dhcpd\.conf\.pxectl-|\.dhcpd\.conf)/
  expect(
    readdirSync(lab.folder)
      .filter((name) => !backups.test(name))
      .sort(),
  ).toEqual(before)
  expect(readFileSync(lab.path('dhcpd.conf'), 'utf8')).toBe(DHCPD_CONF)
  expect((await lab.run(Down, '--json')).json()['changes']).toEqual([])
})

test('in a lab that was there before, settings are set and set back', async () => {
  const lab = labFolder('loaders: false\nboot: {timeout: 33}\n')
  writeFileSync(lab.path('pxectl.ini'), '[lab]\nname = old\n[boot]\ntimeout = 7 ; mine\n')
  await runCommand(Init, [lab.path('other'), '--defaults'])
  writeFileSync(lab.path('pxe.db'), readFileSync(lab.path('other/pxe.db')))
  mkdirSync(lab.path('tftpboot'))
  expect(changes(await lab.run(Up, '--json'))).toEqual(['change setting boot.timeout'])
  expect(readFileSync(lab.path('pxectl.ini'), 'utf8')).toContain('timeout = 33 ; mine')
  expect((await lab.run(Status)).stdout).toMatch(/setting +boot.timeout +ok/)
  expect(changes(await lab.run(Down, '--json'))).toEqual(['remove setting boot.timeout'])
  expect(readFileSync(lab.path('pxectl.ini'), 'utf8')).toBe('[lab]\nname = old\n[boot]\ntimeout = 7 ; mine\n')
})

test('drift is shown: what somebody removed is missing, what somebody changed differs', async () => {
  const lab = labFolder(`${HEAD}hosts: {tk2: {boot-args: quiet}, tk3: {}}\n`)
  await lab.run(Up, '--yes')
  const config = ['--config', lab.path('pxectl.ini')]
  await runCommand(HostSet, ['tk2', '--boot-args', 'loud', ...config])
  await runCommand(HostRemove, ['tk3', '--yes', ...config])
  const parts = (await lab.run(Status, '--json')).json()['parts'] as {name: string; state: string}[]
  expect(parts.filter(({state}) => state !== 'ok').map(({name, state}) => [name, state])).toEqual([
    ['tk2', 'differs'],
    ['tk3', 'missing'],
  ])
})

test('a lab that cannot be is refused before anything is made', async () => {
  const tooMany = labFolder(`${HEAD}groups: {node: {count: 4}}\n`)
  await tooMany.run(Up, '--yes').then(({exitCode, stderr}) => {
    // Without a lab the settings are not known to fit before they are written.
    expect([exitCode, stderr]).toEqual([
      4,
      expect.stringContaining('4 hosts want an address of 192.168.56.100-192.168.56.102, which has 3'),
    ])
  })
  const outside = labFolder(`${HEAD}hosts:\n  tk2: {ip: 10.0.0.1}\n`)
  const ran = await outside.run(Up, '--yes')
  expect([ran.exitCode, ran.stderr]).toEqual([7, expect.stringContaining('lab.yaml:5:3: tk2 cannot have the address 10.0.0.1')])
  for (const {path} of [tooMany, outside]) expect(existsSync(path('pxectl.ini'))).toBe(false)
})

test('an image that vanished is imported again; a source that is not there is told before anything is done', async () => {
  const lab = labFolder(`${HEAD}${IMAGES}hosts: {tk2: {}}\n`)
  await lab.run(Up, '--yes')
  rmSync(lab.path('tftpboot/images/linux'), {recursive: true})
  expect(changes(await lab.run(Up, '--json'))).toEqual(['create image linux'])
  lab.write(`${HEAD}${IMAGES}  gone: {source: nowhere.iso}\nhosts: {tk2: {boot-args: x}}\n`)
  const missing = await lab.run(Up, '--yes')
  expect([missing.exitCode, missing.stderr]).toEqual([7, expect.stringMatching(/lab.yaml:6:3: images.gone: there is no .*nowhere.iso/)])
})

test('where one of several images cannot be imported, the others are, and what was not reached is told', async () => {
  const more = '  bad: {source: lab.yaml}\n  good: {source: vmlinuz, initrd: initrd.img}\n'
  const lab = labFolder(`${HEAD}${IMAGES}${more}hosts: {tk2: {}}\n`)
  const failed = await lab.run(Up, '--json')
  const error = failed.json()['error'] as {code: string; details: {changes: {name: string; outcome: string}[]}}
  expect([failed.exitCode === 0, error.code]).toEqual([false, 'UP_INCOMPLETE'])
  expect(error.details.changes.map(({name, outcome}) => `${name} ${outcome}`)).toEqual([
    'pxectl.ini done',
    'linux done',
    'bad failed',
    'good done',
    'tk2 not-reached',
  ])
  lab.write(`${HEAD}${IMAGES}${more.replace('lab.yaml', 'vmlinuz, initrd: initrd.img')}hosts: {tk2: {}}\n`)
  expect(changes(await lab.run(Up, '--json'))).toEqual(['create image bad', 'create host tk2'])
})

test('a lab that is too large for this machine, or boots what is not there, is refused by plan', async () => {
  const check = async (text: string, status: number, message: RegExp): Promise<void> => {
    const ran = await labFolder(`${HEAD}vm: {hypervisor: qemu, network: nat}\n${text}`).run(Plan)
    expect([ran.exitCode, ran.stderr]).toEqual([status, expect.stringMatching(message)])
  }
  await check('hosts: {a: {}}\nvms:\n  a: {cpus: 1000}\n', 7, /lab.yaml:7:3: the VM a wants 1000 CPUs, and this machine has \d+/)
  await check(
    'hosts: {a: {}}\nvms:\n  a: {memory: 900T}\n',
    7,
    /lab.yaml:7:3: the VM a wants \d+ MiB of memory, and this machine has \d+ MiB/,
  )
  const each = Math.floor(totalmem() / 2 ** 20 / 2)
  await check(`groups: {a: {count: 3, vm: {memory: ${each}}}}\n`, 4, /the lab does not fit: its 3 VMs want \d+ MiB of memory together/)
  await check(
    'images: {debian: {source: vmlinuz}}\nhosts: {a: {image: debain}}\n',
    7,
    /the image debain, which is neither .* did you mean debian/,
  )
})

test('no lab file, and one that is no YAML', async () => {
  const folder = temporaryFolder()
  expect((await runCommand(Plan, [join(folder, 'lab.yaml')])).exitCode).toBe(3)
  writeFileSync(join(folder, 'lab.yaml'), 'hosts: [')
  const ran = await runCommand(Plan, [join(folder, 'lab.yaml')])
  expect([ran.exitCode, ran.stderr]).toEqual([7, expect.stringContaining('lab.yaml:1:9')])
})

test('export-lab writes a file that says what the lab is', async () => {
  const lab = labFolder(`${HEAD}${IMAGES}hosts: {tk2: {image: linux, boot-args: a b, firmware: uefi, dhcp: false}}\n`)
  await lab.run(Up, '--yes')
  const config = ['--config', lab.path('pxectl.ini')]
  const {text} = (await runCommand(ExportLab, ['--json', ...config])).json() as {text: string}
  expect(text).toContain('server: 192.168.56.1')
  expect(text).toContain('boot-args: a b')
  writeFileSync(lab.path('copy.yaml'), text)
  expect(changes(await runCommand(Plan, [lab.path('copy.yaml'), '--json']))).toEqual([])
  const refused = await runCommand(ExportLab, ['--output', lab.path('copy.yaml'), ...config])
  expect([refused.exitCode, readFileSync(lab.path('copy.yaml'), 'utf8')]).toEqual([4, text])
})
