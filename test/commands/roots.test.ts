// Hosts and their PXE filesystems, and what is exported for them, as a shell sees it.
import {existsSync, mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {parse} from 'yaml'
import AddHost from '../../commands/add-host.js'
import ConfigSet from '../../commands/config/set.js'
import ExportLab from '../../commands/export-lab.js'
import FsShare from '../../commands/fs/share.js'
import HostSet from '../../commands/host/set.js'
import MenuShow from '../../commands/menu/show.js'
import {completeValues} from '../../src/operations/complete-values.js'
import {runCommand} from '../support/run-command.js'
import {makeLab, type TestLab} from '../support/lab.js'

/** A finished root as `fs create` leaves it, of empty files. */
function addRoot(lab: TestLab, name: string, style: string): void {
  const place = style.startsWith('nfs') ? {tree: `${name}/tree`} : style === 'squashfs' ? {squashfs: `${name}/root.squashfs`} : {}
  for (const folder of [`roots/${name}/tree`, `tftpboot/${name}`]) mkdirSync(lab.path(folder), {recursive: true})
  for (const file of ['vmlinuz', 'initrd.img', 'root.squashfs']) writeFileSync(lab.path(`tftpboot/${name}/${file}`), '')
  const record = {
    ...{format: 1, name, style, suite: 'bookworm', arch: 'amd64', mirror: 'http://mirror.example/debian', packages: [], user: 'lab'},
    ...{kernelVersion: '6.1.0-37-amd64', kernel: `${name}/vmlinuz`, initrd: `${name}/initrd.img`, ...place},
    ...{sizeBytes: 1, createdAt: '2026-11-30T12:00:00.000Z'},
  }
  writeFileSync(lab.path(`roots/${name}/root.json`), JSON.stringify(record))
}

async function labWithRoots(): Promise<TestLab> {
  const lab = await makeLab()
  for (const [name, style] of [
    ['root_demo', 'squashfs'],
    ['root_lab', 'nfs-overlay'],
    ['root_tk2', 'nfs'],
  ] as const)
    addRoot(lab, name, style)
  await runCommand(ConfigSet, ['fs.exports', lab.path('pxectl.exports'), '--config', lab.config])
  return lab
}

const add = (lab: TestLab, ...args: string[]) => runCommand(AddHost, [...args, '--json', '--config', lab.config])

test('add-host --root NAME ties a host to a PXE filesystem, and its menu boots it', async () => {
  const lab = await labWithRoots()
  expect((await add(lab, 'tk1', '--root', 'root_demo')).json()).toMatchObject({host: {root: 'root_demo'}, warnings: []})
  const menu = await runCommand(MenuShow, ['tk1', '--format', 'ipxe', '--config', lab.config])
  expect(menu.stdout).toContain('pxectl.root=http://192.168.56.1:8069/root_demo/root.squashfs')
})

test('a root that is none is an error with the nearest, and no host is added', async () => {
  const lab = await labWithRoots()
  const added = await add(lab, 'tk1', '--root', 'root_dmo')
  expect(added.exitCode).toBe(3)
  expect(added.json()).toMatchObject({error: {code: 'ROOT_NOT_FOUND', suggestions: expect.arrayContaining(['did you mean root_demo?'])}})
  await add(lab, 'tk1', '--root', 'root_demo')
  const changed = await runCommand(HostSet, ['tk1', '--root', 'root_la', '--json', '--config', lab.config])
  expect(changed.json()).toMatchObject({error: {code: 'ROOT_NOT_FOUND'}})
})

test('one root for writing and two hosts: a warning that names the other', async () => {
  const lab = await labWithRoots()
  await add(lab, 'tk2', '--root', 'root_tk2')
  const {warnings} = (await add(lab, 'tk3', '--root', 'root_tk2')).json() as {warnings: string[]}
  expect(warnings.join()).toContain('root_tk2 is the root of tk2 too')
})

test('fs share --dry-run exports shared roots to the subnet, and the root and the files of one host to that host', async () => {
  const lab = await labWithRoots()
  await runCommand(ConfigSet, ['fs.state', lab.path('state'), '--config', lab.config])
  await add(lab, 'tk1', '--ip', '192.168.56.21', '--root', 'root_lab')
  await add(lab, 'tk2', '--ip', '192.168.56.22', '--root', 'root_tk2')
  await add(lab, 'tk3', '--ip', '192.168.56.23', '--root', 'root_demo')
  const shared = (await runCommand(FsShare, ['--dry-run', '--json', '--config', lab.config])).json()
  expect(shared).toMatchObject({
    dryRun: true,
    exports: expect.arrayContaining([
      {path: lab.path('roots/root_lab/tree'), client: '192.168.56.0/24', access: 'ro'},
      {path: lab.path('roots/root_tk2/tree'), client: '192.168.56.22', access: 'rw'},
      {path: lab.path('state/tk1'), client: '192.168.56.21', access: 'rw'},
      {path: lab.path('state/tk3'), client: '192.168.56.23', access: 'rw'},
    ]),
  })
  expect((shared as {exports: unknown[]}).exports).toHaveLength(4)
  // It was made when the host was added, whether or not this machine has an NFS server.
  expect(existsSync(lab.path('state/tk1'))).toBe(true)
})

test('a file of exports that somebody else wrote stays, and the host is there all the same', async () => {
  const lab = await labWithRoots()
  writeFileSync(lab.path('pxectl.exports'), '/srv *(ro)\n')
  const added = await add(lab, 'tk1', '--root', 'root_lab')
  expect(added.exitCode).toBe(0)
  expect((added.json() as {warnings: string[]}).warnings.join()).toMatch(/was not made by pxectl/)
  expect((await runCommand(FsShare, ['--json', '--config', lab.config])).json()).toMatchObject({error: {code: 'EXPORTS_FOREIGN'}})
})

test('without hosts that mount anything there is nothing to export, and nothing is asked of this machine', async () => {
  const lab = await labWithRoots()
  const {stdout, exitCode} = await runCommand(FsShare, ['--config', lab.config])
  expect({stdout, exitCode}).toEqual({stdout: 'nothing to export: no host boots a root with the style nfs or nfs-overlay\n', exitCode: 0})
  expect(existsSync(join(lab.folder, 'pxectl.exports'))).toBe(false)
})

test('export-lab and completion know the filesystems; what cannot be read from them is told', async () => {
  const lab = await labWithRoots()
  const {text, warnings} = (await runCommand(ExportLab, ['--json', '--config', lab.config])).json() as {text: string; warnings: string[]}
  expect(parse(text)).toMatchObject({
    filesystems: {root_demo: {suite: 'bookworm', style: 'squashfs', user: 'lab'}, root_tk2: {style: 'nfs'}},
  })
  expect(warnings).toContain('filesystems.root_demo: its password, ssh keys and hooks are not known: add password-file, ssh-key, hook')
  const options = {configFlag: lab.config, environment: {}, workingFolder: lab.folder}
  expect(await completeValues('filesystems', options)).toEqual(['root_demo', 'root_lab', 'root_tk2'])
})
