// Menus from the database, with a real lab: a SQLite file, a TFTP root, pxectl.ini. Another process is another open lab.
import {mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {describe, expect, onTestFinished, test} from 'vitest'
import type {MenuFormat} from '../../src/boot/formats.js'
import {storedFormats} from '../../src/boot/languages.js'
import {bootFileForbidden, bytesFile, type BootFile, type BootFileSource} from '../../src/bootfiles/boot-file.js'
import {openTree} from '../../src/bootfiles/resolve.js'
import type {Host} from '../../src/hosts/host.js'
import {openSqlite} from '../../src/hosts/sqlite.js'
import {openLab, openSettings, type Lab} from '../../src/lab/open-lab.js'
import {parseHostname} from '../../src/net/hostname.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {parseMac} from '../../src/net/mac.js'
import {renderManifest} from '../../src/images/manifest.js'
import {addHost} from '../../src/operations/add-host.js'
import {clientFiles, type ClientFilesOptions} from '../../src/operations/client-files.js'
import {setSetting} from '../../src/operations/edit-settings.js'
import {setHost} from '../../src/operations/set-host.js'
import {refreshBootFiles} from '../../src/operations/refresh-boot-files.js'
import {showMenu} from '../../src/operations/show-menu.js'
import {makeLab, type TestLab} from '../support/lab.js'

const MAC = '08-00-27-12-34-56'
const PXELINUX = `pxelinux.cfg/01-${MAC}`
const STRANGER = 'pxelinux.cfg/01-08-00-27-99-99-99'
const MENUS: Readonly<Record<MenuFormat, string>> = {
  pxelinux: PXELINUX,
  ipxe: `ipxe/01-${MAC}.ipxe`,
  grub: `grub/grub.cfg-01-${MAC}`,
  'menu.lst': 'menu.lst.01080027123456',
}
const DEFAULTS: Readonly<Record<MenuFormat, string>> = {
  pxelinux: 'pxelinux.cfg/default',
  ipxe: 'ipxe/default.ipxe',
  grub: 'grub/default.cfg',
  'menu.lst': 'menu.lst',
}
const FORMATS = Object.keys(MENUS) as MenuFormat[]

type Served = {
  readonly lab: Lab
  readonly made: TestLab
  /** The text that a client gets, or the code of the error. */
  readonly get: (name: string, client?: string) => Promise<string>
  readonly open: (name: string) => Promise<BootFile>
  readonly warnings: string[]
  /** Moves the clock of the source. */
  readonly pass: (ms: number) => void
  readonly file: (name: string) => string
}

/** A lab with the host tk2 (image debian, 192.168.56.21), served. `tree` may stand for the TFTP root. */
async function serve(options: ClientFilesOptions & {tree?: BootFileSource} = {}): Promise<Served> {
  const made = await makeLab()
  const place = {configFlag: made.config, environment: {}, workingFolder: made.folder}
  const lab = await openLab(place)
  onTestFinished(() => lab.close())
  makeImage(made, 'debian')
  await addHost(
    lab,
    {
      name: parseHostname('tk2'),
      ip: parseIpv4('192.168.56.21'),
      mac: parseMac(MAC),
      image: 'debian',
      bootArgs: 'first=1',
      dhcp: true,
      auto: false,
    },
    {random: () => 7, now: () => new Date(1_800_000_000_000)},
  )
  // The image came after the lab, and is in the menu of unknown clients.
  await refreshBootFiles(lab)
  const warnings: string[] = []
  const clock = {nowMs: 0}
  const files = clientFiles(lab, options.tree ?? openTree(made.path('tftpboot')), {
    readSettings: async () => (await openSettings(place)).settings,
    onWarning: (message) => warnings.push(message),
    tables: [],
    now: () => clock.nowMs,
    ...options,
  })
  onTestFinished(() => files.close())
  const open = async (name: string, client = '192.168.56.200'): Promise<BootFile> => files({name, protocol: 'tftp', client})
  const get = async (name: string, client?: string): Promise<string> => {
    try {
      const file = await open(name, client)
      const bytes = await file.read(0, file.sizeBytes)
      await file.close()
      return Buffer.from(bytes).toString()
    } catch (error) {
      return String((error as {code?: string}).code)
    }
  }
  return {
    lab,
    made,
    get,
    open,
    warnings,
    pass: (ms) => void (clock.nowMs += ms),
    file: (name) => made.path(`tftpboot/${name}`),
  }
}

function makeImage(made: TestLab, name: string): void {
  mkdirSync(made.path(`tftpboot/images/${name}`), {recursive: true})
  for (const file of ['vmlinuz', 'initrd.img']) writeFileSync(made.path(`tftpboot/images/${name}/${file}`), file)
}

function removeMenus({made}: Served): void {
  for (const name of ['pxelinux.cfg', 'ipxe', 'grub', 'boot.ipxe', 'autoexec.ipxe'])
    rmSync(made.path(`tftpboot/${name}`), {recursive: true})
}

/** Writes the row alone, as a change does whose boot files cannot be written. */
async function changeRow(lab: Lab, values: Partial<Host>): Promise<void> {
  const host = {...(await lab.store.getByName('tk2')), ...values}
  await lab.store.write([{kind: 'update', name: parseHostname('tk2'), host}], 'a change')
}

const menuOf = async ({lab}: Served, format: MenuFormat, name = 'tk2'): Promise<string> => (await showMenu(lab, name, format)).text

test('without a file on the disk each client gets the bytes that were there', async () => {
  const served = await serve()
  const stored = storedFormats.flatMap((format) => [MENUS[format], DEFAULTS[format]])
  const names = [...stored, 'boot.ipxe', 'autoexec.ipxe', 'grub/grub.cfg']
  const written = new Map(names.map((name) => [name, readFileSync(served.file(name), 'utf8')]))
  removeMenus(served)
  for (const [name, text] of written) expect(await served.get(name), name).toBe(text)
  for (const format of FORMATS) expect(await served.get(MENUS[format])).toBe(await menuOf(served, format))
  expect(served.warnings).toEqual([])
})

test('every spelling of a name, and the hexadecimal address, lead to the host', async () => {
  const served = await serve()
  removeMenus(served)
  const menu = await menuOf(served, 'pxelinux')
  for (const name of [`//${PXELINUX}`, PXELINUX.replace('/', '//'), `pxelinux.cfg/${MAC.toUpperCase()}`.replace('/', '/01-')]) {
    expect(await served.get(name), name).toBe(menu)
  }
  for (const name of ['pxelinux.cfg/C0A83815', '/pxelinux.cfg/c0a83815']) expect(await served.get(name), name).toBe(menu)
  expect(await served.get('grub/grub.cfg-C0A83815')).toBe(await menuOf(served, 'grub'))
  for (const name of ['pxelinux.cfg/C0A8381', 'pxelinux.cfg/C0A83816', 'ipxe/C0A83815.ipxe', STRANGER, 'pxelinux.cfg/01-..%2f']) {
    expect(await served.get(name), name).toBe('BOOT_FILE_NOT_FOUND')
  }
  expect(await served.get('pxelinux.cfg/../pxelinux.cfg/default')).toBe('BOOT_FILE_FORBIDDEN')
})

test('a change of the database is seen by the next request, whatever the disk says', async () => {
  const served = await serve()
  expect(await served.get(PXELINUX)).toContain('first=1')
  await changeRow(served.lab, {bootArgs: 'second=2'})
  expect(readFileSync(served.file(PXELINUX), 'utf8')).toContain('first=1')
  expect(await served.get(PXELINUX)).toContain('second=2')
  await setHost(served.lab, 'tk2', {mac: parseMac('08:00:27:00:00:01')}, {now: () => new Date()})
  expect(await served.get(PXELINUX)).toBe('BOOT_FILE_NOT_FOUND')
  expect(await served.get('ipxe/01-08-00-27-00-00-01.ipxe')).toContain('second=2')
})

test("a person's file wins, under the name that was asked for and under the host's own", async () => {
  const served = await serve()
  writeFileSync(served.file(PXELINUX), 'by hand\n')
  for (const name of [PXELINUX, PXELINUX.toUpperCase(), 'pxelinux.cfg/C0A83815']) expect(await served.get(name), name).toBe('by hand\n')
  expect(await served.get(DEFAULTS.pxelinux, '192.168.56.21')).toBe('by hand\n')
  writeFileSync(served.file('pxelinux.cfg/C0A83815'), 'by address\n')
  expect(await served.get('pxelinux.cfg/C0A83815')).toBe('by address\n')
  writeFileSync(served.file(DEFAULTS.pxelinux), '')
  expect(await served.get(DEFAULTS.pxelinux, '192.168.56.21')).toBe('')
  writeFileSync(served.file('boot.ipxe'), '#!ipxe\nshell\n')
  expect(await served.get('boot.ipxe')).toBe('#!ipxe\nshell\n')
})

test('a file with our notice is ours, changed or not, also with the line ends of Windows', async () => {
  const served = await serve()
  for (const format of FORMATS) {
    const menu = await menuOf(served, format)
    writeFileSync(served.file(MENUS[format]), `${menu}# by hand\n`.replaceAll('\n', '\r\n'))
    expect(await served.get(MENUS[format])).toBe(menu)
    writeFileSync(served.file(MENUS[format]), menu.replace(/^.*Made by pxectl.*\n/m, ''))
    expect(await served.get(MENUS[format])).not.toContain('Made by pxectl')
  }
})

test('a file of ours for a machine that the database does not know stays', async () => {
  const served = await serve()
  const menu = await menuOf(served, 'pxelinux')
  writeFileSync(served.file(STRANGER), menu)
  expect(await served.get(STRANGER)).toBe(menu)
})

test('the default menus go by the address of the client, the scripts do not', async () => {
  const served = await serve()
  for (const format of FORMATS) {
    const generic = await menuOf(served, format, 'default')
    for (const client of ['192.168.56.21', '::ffff:192.168.56.21']) {
      expect(await served.get(DEFAULTS[format], client), client).toBe(await menuOf(served, format))
    }
    for (const client of ['192.168.56.22', 'fe80::1', '::1', '']) expect(await served.get(DEFAULTS[format], client), client).toBe(generic)
  }
  for (const name of ['boot.ipxe', 'grub/grub.cfg']) {
    expect(await served.get(name, '192.168.56.21')).toBe(await served.get(name, '192.168.56.22'))
  }
})

test('a client with a MAC that no host has is not taken for the host of its address', async () => {
  const served = await serve()
  const generic = await menuOf(served, 'pxelinux', 'default')
  expect(await served.get(STRANGER, '192.168.56.21')).toBe('BOOT_FILE_NOT_FOUND')
  expect(await served.get(DEFAULTS.pxelinux, '192.168.56.21')).toBe(generic)
  expect(await served.get(DEFAULTS.ipxe, '192.168.56.21')).toBe(await menuOf(served, 'ipxe', 'default'))
  // A host behind the same address tells its MAC, and that is what counts.
  expect(await served.get(PXELINUX, '192.168.56.21')).toBe(await menuOf(served, 'pxelinux'))
  served.pass(60_001)
  expect(await served.get(DEFAULTS.pxelinux, '192.168.56.21')).toBe(await menuOf(served, 'pxelinux'))
})

test('where the database has no such address, the tables of hardware addresses are asked in turn', async () => {
  const none = {findMac: async () => undefined}
  const foreign = {findMac: async () => '08:00:27:99:99:99'}
  const broken = {findMac: async () => 'nonsense'}
  const knows = {findMac: async (ip: string) => (ip === '192.168.56.150' ? '8:0:27:12:34:56' : undefined)}
  const served = await serve({tables: [none, foreign, broken, knows]})
  expect(await served.get(DEFAULTS.pxelinux, '192.168.56.150')).toBe(await menuOf(served, 'pxelinux'))
  expect(await served.get(DEFAULTS.pxelinux, '192.168.56.151')).toBe(await menuOf(served, 'pxelinux', 'default'))
})

test('other names go to the tree, whose answer is given as it is', async () => {
  const asked: string[] = []
  const answer = bytesFile(Buffer.from('x'), 0)
  const tree: BootFileSource = ({name}) => (asked.push(name), answer)
  const {lab} = await serve()
  const files = clientFiles(lab, tree)
  onTestFinished(() => files.close())
  const names = ['pxelinux.0', 'images/debian/vmlinuz', '../etc/passwd', 'pxelinux.cfg/01-..%2f', 'pxelinux.cfg/C0A8', '']
  for (const name of names) expect(files({name, protocol: 'tftp', client: '192.168.56.21'})).toBe(answer)
  expect(asked).toEqual(names)
})

test('a file that the tree refuses is not replaced', async () => {
  const tree: BootFileSource = async ({name}) => {
    throw bootFileForbidden(name, 'it is a link out of the boot file folder')
  }
  expect(await (await serve({tree})).get(PXELINUX)).toBe('BOOT_FILE_FORBIDDEN')
})

test('every opened file of the disk is closed', async () => {
  const served = await serve()
  const tree = openTree(served.made.path('tftpboot'))
  let opened = 0
  const counting: BootFileSource = async (request) => {
    const file = await tree(request)
    opened++
    return {...file, read: (...args) => file.read(...args), close: () => (opened--, file.close())}
  }
  const files = clientFiles(served.lab, counting, {tables: []})
  onTestFinished(() => files.close())
  writeFileSync(served.file('pxelinux.cfg/C0A83815'), 'by hand\n')
  for (const name of [...Object.values(MENUS), ...Object.values(DEFAULTS), 'pxelinux.cfg/C0A83815', PXELINUX.toUpperCase(), 'boot.ipxe']) {
    await (await files({name, protocol: 'tftp', client: '192.168.56.21'})).close()
    expect(opened, name).toBe(0)
  }
})

test('the file says when it changed and which bytes it has', async () => {
  const served = await serve()
  const before = await served.open(PXELINUX)
  expect(before.modifiedMs).toBe(1_800_000_000_000)
  expect((await served.open(PXELINUX)).version).toBe(before.version)
  await changeRow(served.lab, {bootArgs: 'second=2', updatedAt: new Date(1_900_000_000_000).toISOString()})
  const after = await served.open(PXELINUX)
  expect(after.modifiedMs).toBe(1_900_000_000_000)
  expect(after.version).not.toBe(before.version)
  await changeRow(served.lab, {updatedAt: 'not a time'})
  expect((await served.open(PXELINUX)).modifiedMs).toBeGreaterThan(0)
})

test('a locked database is waited for a moment, then the disk serves, and once it is told', async () => {
  const served = await serve()
  await changeRow(served.lab, {bootArgs: 'second=2'})
  const writer = openSqlite(served.lab.settings.lab.database)
  onTestFinished(() => writer.close())
  writer.script('begin exclusive')
  for (let count = 0; count < 50; count++) expect(await served.get(PXELINUX)).toContain('first=1')
  expect(await served.get(DEFAULTS.pxelinux)).toBe(readFileSync(served.file(DEFAULTS.pxelinux), 'utf8'))
  expect(await served.get(PXELINUX.toUpperCase())).toBe('BOOT_FILE_NOT_FOUND')
  expect(served.warnings).toEqual([expect.stringContaining('menus are served from the disk: another program')])
  writer.script('rollback')
  // Each question to a locked database stops the server for a while, so the next one comes later.
  expect(await served.get(PXELINUX)).toContain('first=1')
  served.pass(1001)
  expect(await served.get(PXELINUX)).toContain('second=2')
  writer.script('begin exclusive')
  expect(await served.get(PXELINUX)).toContain('first=1')
  expect(served.warnings).toHaveLength(2)
})

test('a damaged or missing database leaves the disk, and one put in its place is used', async () => {
  const served = await serve()
  const path = served.lab.settings.lab.database
  const good = readFileSync(path)
  await changeRow(served.lab, {bootArgs: 'second=2'})
  expect(await served.get(PXELINUX)).toContain('second=2')
  writeFileSync(`${path}.new`, 'no database at all, but long enough to look into it'.repeat(50))
  renameSync(`${path}.new`, path)
  expect(await served.get(PXELINUX)).toContain('first=1')
  served.pass(1001)
  rmSync(path)
  expect(await served.get(PXELINUX)).toContain('first=1')
  served.pass(1001)
  writeFileSync(path, good)
  await setHostRow(path, 'third=3')
  expect(await served.get(PXELINUX)).toContain('third=3')
  expect(served.warnings).toEqual([
    expect.stringMatching(/damaged|no SQLite database/),
    expect.stringContaining('there is no host database'),
  ])
})

test('a database that was damaged where it stands, and mended there, is used again', async () => {
  const served = await serve()
  const path = served.lab.settings.lab.database
  const good = readFileSync(path)
  await changeRow(served.lab, {bootArgs: 'second=2'})
  expect(await served.get(PXELINUX)).toContain('second=2')
  writeFileSync(path, Buffer.alloc(good.length, 'x'))
  expect(await served.get(PXELINUX)).toContain('first=1')
  writeFileSync(path, good)
  served.pass(1001)
  await setHostRow(path, 'third=3')
  expect(await served.get(PXELINUX)).toContain('third=3')
})

async function setHostRow(path: string, bootArgs: string): Promise<void> {
  const sqlite = openSqlite(path)
  sqlite.run('update hosts set boot_args = ?', bootArgs)
  sqlite.close()
}

test('a host whose image is gone keeps the file it has; an image that comes is seen at once', async () => {
  const served = await serve()
  expect(await served.get(PXELINUX)).toContain('images/debian/vmlinuz')
  await changeRow(served.lab, {image: 'plan9'})
  served.pass(100)
  expect(await served.get(PXELINUX)).toContain('images/debian/vmlinuz')
  expect(await served.get('pxelinux.cfg/C0A83815')).toContain('images/debian/vmlinuz')
  expect(await served.get(DEFAULTS.pxelinux, '192.168.56.21')).toContain('images/debian/vmlinuz')
  expect(served.warnings).toEqual([expect.stringContaining('the boot menu of tk2 cannot be made: there is no image "plan9"')])
  makeImage(served.made, 'plan9')
  served.pass(100)
  expect(await served.get(PXELINUX)).toContain('images/plan9/vmlinuz')
  rmSync(served.file('images/plan9'), {recursive: true})
  served.pass(1001)
  expect(await served.get(PXELINUX)).toContain('images/debian/vmlinuz')
  expect(served.warnings).toHaveLength(2)
  removeMenus(served)
  await changeRow(served.lab, {image: 'minix'})
  expect(await served.get(PXELINUX)).toBe('BOOT_FILE_NOT_FOUND')
  expect(await served.get(DEFAULTS.pxelinux, '192.168.56.21')).toBe(await menuOf(served, 'pxelinux', 'default'))
  expect(served.warnings).toHaveLength(3)
})

test('arguments that one loader cannot be given do not take the menu from the others', async () => {
  const served = await serve()
  await changeRow(served.lab, {bootArgs: 'a=${b}'})
  removeMenus(served)
  expect(await served.get(MENUS.ipxe)).toBe('BOOT_FILE_NOT_FOUND')
  expect(await served.get(MENUS.grub)).toContain('a=${b}')
})

test('a changed setting is seen by the next request, and a broken pxectl.ini changes nothing', async () => {
  const served = await serve()
  expect(await served.get(PXELINUX)).toContain('TIMEOUT 100')
  const place = {configFlag: served.made.config, environment: {}, workingFolder: served.made.folder}
  await setSetting(place, 'boot.timeout', '33', false)
  expect(await served.get(PXELINUX)).toContain('TIMEOUT 330')
  writeFileSync(served.made.config, `${readFileSync(served.made.config, 'utf8')}\nnonsense = 1\n`)
  expect(await served.get(PXELINUX)).toContain('TIMEOUT 330')
  expect(served.warnings).toEqual([expect.stringContaining('the settings were not read again')])
})

test('a lab without a server address has no menus to make', async () => {
  const {lab, made} = await serve()
  const warnings: string[] = []
  const settings = {...lab.settings, network: {...lab.settings.network, server: undefined}}
  const files = clientFiles({...lab, settings}, openTree(made.folder), {onWarning: (message) => warnings.push(message)})
  onTestFinished(() => files.close())
  const request = {name: 'boot.ipxe', protocol: 'http', client: '192.168.56.21'} as const
  await expect(files(request)).rejects.toMatchObject({code: 'BOOT_FILE_NOT_FOUND'})
  expect(warnings).toEqual([])
})

test('a database that can no longer be looked at is asked on, as after privileges were dropped', async () => {
  const served = await serve()
  const path = served.lab.settings.lab.database
  expect(await served.get(PXELINUX)).toContain('first=1')
  renameSync(path, `${path}.elsewhere`)
  // Root may look into every folder, but follows no circle of links either.
  symlinkSync(path, path)
  await setHostRow(`${path}.elsewhere`, 'second=2')
  expect(await served.get(PXELINUX)).toContain('second=2')
  expect(served.warnings).toEqual([])
})

describe('what is made for one client alone', () => {
  const esxi = renderManifest({
    format: 1,
    type: 'esxi',
    title: 'ESXi',
    source: 'x',
    addedAt: '2026-01-01T00:00:00.000Z',
    boot: {kind: 'esxi', config: 'boot.cfg', bios: 'mboot.c32', uefi: 'mboot.efi'},
    files: {},
  })
  async function serveEsxi(): Promise<Served> {
    const served = await serve()
    mkdirSync(served.file('images/ESXi-7'), {recursive: true})
    writeFileSync(served.file('images/ESXi-7/image.json'), esxi)
    writeFileSync(served.file('images/ESXi-7/boot.cfg'), 'kernel=/b.b00\nkernelopt=cdromBoot\nmodules=/a.gz\n')
    served.pass(2000)
    return served
  }
  test('one entry of a menu, for loaders that send their clients to PXELINUX', async () => {
    const served = await serve()
    const menu = await served.get(`${PXELINUX}+linux`)
    expect(menu).toContain('DEFAULT linux\nPROMPT 0\n')
    expect(menu).toContain('KERNEL images/debian/vmlinuz')
    expect(menu).not.toContain('LOCALBOOT')
    expect(await served.get('pxelinux.cfg/default+debian')).toContain('DEFAULT debian\nPROMPT 0\n')
    for (const name of [`${PXELINUX}+windows`, 'pxelinux.cfg/default+windows']) expect(await served.get(name)).toBe('BOOT_FILE_NOT_FOUND')
  })
  test('boot.cfg of ESXi, with the arguments of the host', async () => {
    const served = await serveEsxi()
    const own = await served.get(`esxi/01-${MAC}/ESXi-7.cfg`)
    expect(own).toBe('prefix=images/ESXi-7\nkernel=b.b00\nkernelopt=first=1\nmodules=a.gz\n')
    expect(await served.get('esxi/default/ESXi-7.cfg')).toBe('prefix=images/ESXi-7\nkernel=b.b00\nkernelopt=\nmodules=a.gz\n')
    expect(await served.get('esxi/default/esxi-8.cfg')).toBe('BOOT_FILE_NOT_FOUND')
  })
  test('boot.cfg that somebody wrote', async () => {
    const served = await serveEsxi()
    mkdirSync(served.file('esxi/default'), {recursive: true})
    writeFileSync(served.file('esxi/default/ESXi-7.cfg'), 'mine')
    expect(await served.get('esxi/default/ESXi-7.cfg')).toBe('mine')
  })
  test('a boot.cfg that is none is a warning, and the client is told that there is no such file', async () => {
    const served = await serveEsxi()
    writeFileSync(served.file('images/ESXi-7/boot.cfg'), 'nothing')
    expect(await served.get('esxi/default/ESXi-7.cfg')).toBe('BOOT_FILE_NOT_FOUND')
    expect(served.warnings).toEqual([expect.stringContaining('names no kernel')])
  })
  test('a broken image.json is told once, and again when it breaks anew', async () => {
    const served = await serveEsxi()
    await served.get(DEFAULTS.ipxe)
    for (const content of ['{', esxi, '{']) {
      writeFileSync(served.file('images/ESXi-7/image.json'), content)
      for (const _ of [1, 2]) {
        served.pass(2000)
        await served.get(DEFAULTS.ipxe)
      }
    }
    expect(served.warnings).toEqual([expect.stringContaining('ESXi-7/image.json'), expect.stringContaining('ESXi-7/image.json')])
  })
})

describe("the lab's own templates", () => {
  const template = (served: Served, text: string): void => {
    mkdirSync(served.made.path('templates'), {recursive: true})
    writeFileSync(served.made.path('templates/ipxe'), text)
    served.pass(1100)
  }
  const OWN = '#!ipxe\necho the rack\ngoto {{default}}\n{{entries}}\n'

  test('are seen while serving, and so is that they are gone', async () => {
    const served = await serve()
    const builtIn = await served.get(MENUS.ipxe)
    template(served, OWN)
    for (const name of [MENUS.ipxe, DEFAULTS.ipxe]) expect(await served.get(name)).toContain('\necho the rack\n')
    expect(await served.get(MENUS.ipxe)).toBe(await menuOf(served, 'ipxe'))
    rmSync(served.made.path('templates/ipxe'))
    served.pass(1100)
    expect(await served.get(MENUS.ipxe)).toBe(builtIn)
    expect(served.warnings).toEqual([])
  })
  test('that are broken are told once, and the built-in menu is served', async () => {
    const served = await serve()
    const builtIn = [await served.get(MENUS.ipxe), await served.get(DEFAULTS.ipxe)]
    template(served, '#!ipxe\n{{entires}}\n')
    expect([await served.get(MENUS.ipxe), await served.get(DEFAULTS.ipxe)]).toEqual(builtIn)
    served.pass(1100)
    await served.get(MENUS.ipxe)
    const warning = /templates\/ipxe:2: .*\{\{entires\}\}.*the built-in menu is served instead/
    expect(served.warnings).toEqual([expect.stringMatching(warning)])
    await expect(menuOf(served, 'ipxe')).rejects.toMatchObject({code: 'TEMPLATE_INVALID'})
    expect(await menuOf(served, 'grub')).toBe(await served.get(MENUS.grub))
    template(served, OWN)
    expect(await served.get(MENUS.ipxe)).toContain('the rack')
    template(served, 'broken again')
    await served.get(MENUS.ipxe)
    expect(served.warnings).toHaveLength(2)
  })
  test('are written with the boot files, or told with them', async () => {
    const served = await serve()
    template(served, OWN)
    expect(await refreshBootFiles(served.lab)).toEqual([])
    expect(readFileSync(served.file(DEFAULTS.ipxe), 'utf8')).toContain('the rack')
    template(served, 'no')
    expect(await refreshBootFiles(served.lab)).toEqual([expect.stringMatching(/templates\/ipxe:1: .*#!ipxe/)])
    expect(readFileSync(served.file(MENUS.ipxe), 'utf8')).not.toContain('the rack')
  })
})

test('iPXE finds its first script beside itself, unless somebody put one there', async () => {
  const served = await serve()
  const script = await served.get('autoexec.ipxe')
  expect(script).toContain('imgfetch --name lab http://192.168.56.1:8069/boot.ipxe')
  rmSync(served.file('autoexec.ipxe'))
  expect(await served.get('efi/autoexec.ipxe')).toBe(script)
  mkdirSync(served.file('efi'))
  writeFileSync(served.file('efi/autoexec.ipxe'), '#!ipxe\nshell\n')
  expect(await served.get('efi/autoexec.ipxe')).toBe('#!ipxe\nshell\n')
  expect(await served.get('autoexec.ipxe')).toBe(script)
})
