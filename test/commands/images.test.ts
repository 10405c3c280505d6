// The image commands as a shell sees them.
import {execFileSync} from 'node:child_process'
import {appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {describe, expect, test} from 'vitest'
import AddHost from '../../commands/add-host.js'
import ConfigGet from '../../commands/config/get.js'
import ImageAdd from '../../commands/image/add.js'
import ImageList from '../../commands/image/list.js'
import ImageRemove from '../../commands/image/remove.js'
import ImageShow from '../../commands/image/show.js'
import ImageVerify from '../../commands/image/verify.js'
import {bzImage, platformFiles} from '../images/samples.js'
import {makeLab, type TestLab} from '../support/lab.js'
import {runCommand, type Ran} from '../support/run-command.js'
import {makeTar, makeTgz} from '../support/tar.js'

type Command = Parameters<typeof runCommand>[0]

function put(lab: TestLab, name: string, content: string | Buffer): string {
  const path = lab.path(name)
  mkdirSync(dirname(path), {recursive: true})
  writeFileSync(path, content)
  return path
}

const run = (lab: TestLab, command: Command, ...argv: string[]): Promise<Ran> => runCommand(command, [...argv, '--config', lab.config])
const errorOf = (ran: Ran): {code: string; message: string; suggestions: string[]; details: Record<string, unknown>} =>
  ran.json()['error'] as ReturnType<typeof errorOf>

/** What lies in the images folder, hidden names too. */
const imagesOf = (lab: TestLab): string[] =>
  existsSync(lab.path('tftpboot/images')) ? readdirSync(lab.path('tftpboot/images')).toSorted() : []

/** A lab with an image made of a kernel and an initrd. */
async function labWithLinux(): Promise<TestLab> {
  const lab = await makeLab()
  const [kernel, initrd] = [put(lab, 'vmlinuz', bzImage('6.1.0-13-amd64 #1')), put(lab, 'initrd.img', 'cpio')]
  const ran = await run(lab, ImageAdd, kernel, '--initrd', initrd, '--name', 'debian12', '--boot-args', 'quiet', '--json')
  expect(ran).toMatchObject({exitCode: 0, stderr: ''})
  return lab
}

describe('image add', () => {
  test('a platform tarball becomes an image with a password of its own, told once', async () => {
    const lab = await makeLab()
    const source = put(lab, 'platform-20140207T053435Z.tgz', await makeTgz(platformFiles()))
    const ran = await run(lab, ImageAdd, source, '--json')
    expect(ran).toMatchObject({exitCode: 0, stderr: ''})
    const {image, rootPassword, warnings} = ran.json() as {
      image: {name: string; boot: {options: {rootShadow: string}}}
      rootPassword: string
      warnings: string[]
    }
    expect({name: image.name, warnings}).toEqual({name: 'smartos-20140207T053435Z', warnings: []})
    expect(rootPassword).toMatch(/^\w{16}$/)
    const [, , salt = ''] = image.boot.options.rootShadow.split('$')
    const again = execFileSync('openssl', ['passwd', '-6', '-salt', salt, '-stdin'], {input: rootPassword, encoding: 'utf8'}).trim()
    expect(image.boot.options.rootShadow).toBe(again)
    const folder = lab.path('tftpboot/images/smartos-20140207T053435Z')
    expect(readFileSync(join(folder, 'platform/i86pc/kernel/amd64/unix'), 'utf8')).toBe('the kernel')
    const written = readFileSync(join(folder, 'image.json'), 'utf8')
    expect(written).not.toContain(rootPassword)
    expect(JSON.parse(written)).toMatchObject({format: 1, type: 'smartos', source, sourceSha256: expect.stringMatching(/^[0-9a-f]{64}$/)})
    expect(existsSync(join(folder, 'platform/root.password'))).toBe(false)
    expect(imagesOf(lab)).toEqual(['smartos-20140207T053435Z'])
  })

  test('the password comes from a file, or is the hash that is given, or the platform’s own', async () => {
    const lab = await makeLab()
    const source = put(lab, 'p.tgz', await makeTgz(platformFiles()))
    const password = put(lab, 'password', 'secret words\nmore\n')
    const shadow = async (...flags: string[]): Promise<string | undefined> => {
      const ran = await run(lab, ImageAdd, source, '--replace', '--json', ...flags)
      expect(ran.json()['rootPassword']).toBeUndefined()
      return (ran.json()['image'] as {boot: {options: {rootShadow?: string}}}).boot.options.rootShadow
    }
    const hash = await shadow('--root-password-file', password)
    const [, , salt = ''] = (hash ?? '').split('$')
    expect(hash).toBe(execFileSync('openssl', ['passwd', '-6', '-salt', salt, '-stdin'], {input: 'secret words', encoding: 'utf8'}).trim())
    expect(await shadow('--root-password-hash', '$5$aaaaaaaa$bbbbbbbbbbbbbbbb')).toBe('$5$aaaaaaaa$bbbbbbbbbbbbbbbb')
    expect(await shadow('--platform-password')).toBeUndefined()
  })

  test.each([
    [['--root-password-hash', 'plain'], 'PASSWORD_HASH_INVALID'],
    [['--root-password-hash', '$6$a,b$cccccccccc'], 'PASSWORD_HASH_INVALID'],
    [['--smartos-property', 'root_shadow=x'], 'PROPERTY_INVALID'],
    [['--name', '../up'], 'IMAGE_NAME_INVALID'],
    [['--name', 'local'], 'IMAGE_NAME_INVALID'],
    [['--name', '.hidden'], 'IMAGE_NAME_INVALID'],
    [['--checksum', 'sha256:12'], 'CHECKSUM_INVALID'],
    [['--checksum', 'wrong'], 'CHECKSUM_INVALID'],
    [['--title', 'two\nlines'], 'IMAGE_TEXT_INVALID'],
    [['--kickstart', 'a b'], 'IMAGE_TEXT_INVALID'],
    [['--boot-args', 'quiet'], 'IMAGE_FLAG_UNFIT'],
    [['--kickstart', 'http://x/ks'], 'IMAGE_FLAG_UNFIT'],
    [['--ask-root-password'], 'NO_TERMINAL'],
  ])('%j is refused as usage, and nothing is left', async (flags, code) => {
    const lab = await makeLab()
    const source = put(lab, 'p.tgz', await makeTgz(platformFiles()))
    const ran = await run(lab, ImageAdd, source, ...flags, '--json')
    expect({exitCode: ran.exitCode, code: errorOf(ran).code}).toEqual({exitCode: 2, code})
    expect(imagesOf(lab)).toEqual([])
  })

  test('flags of SmartOS are refused for another system', async () => {
    const lab = await makeLab()
    const ran = await run(lab, ImageAdd, put(lab, 'vmlinuz', bzImage('6.1.0')), '--noimport', '--json')
    expect(errorOf(ran)).toMatchObject({code: 'IMAGE_FLAG_UNFIT', message: expect.stringContaining('--noimport')})
  })

  test('the checksum decides, as digits or from a list beside the file', async () => {
    const lab = await makeLab()
    const bytes = await makeTgz(platformFiles())
    const source = put(lab, 'p.tgz', bytes)
    const sum = execFileSync('sha256sum', [source], {encoding: 'utf8'}).slice(0, 64)
    const list = put(lab, 'SHA256SUMS', `${'0'.repeat(64)}  other.tgz\n${sum} *./p.tgz\n`)
    const wrong = await run(lab, ImageAdd, source, '--checksum', `sha256:${'0'.repeat(64)}`, '--json')
    expect(wrong.exitCode).toBe(7)
    expect(errorOf(wrong)).toMatchObject({code: 'CHECKSUM_MISMATCH', details: {actual: sum}})
    expect(imagesOf(lab)).toEqual([])
    expect(await run(lab, ImageAdd, source, '--checksum', list)).toMatchObject({exitCode: 0})
    expect(await run(lab, ImageAdd, source, '--checksum', sum.toUpperCase(), '--replace')).toMatchObject({exitCode: 0})
    const md5 = execFileSync('md5sum', [source], {encoding: 'utf8'}).slice(0, 32)
    expect(await run(lab, ImageAdd, source, '--checksum', `md5:${md5}`, '--replace')).toMatchObject({exitCode: 0})
    const absent = await run(lab, ImageAdd, source, '--checksum', put(lab, 'empty.txt', ''), '--replace', '--json')
    expect(errorOf(absent).code).toBe('CHECKSUM_NOT_LISTED')
  })

  test('what it cannot be is told with what was looked for and found', async () => {
    const lab = await makeLab()
    const ran = await run(lab, ImageAdd, put(lab, 'readme.tgz', await makeTgz({'docs/readme.txt': 'x'})), '--json')
    expect(ran.exitCode).toBe(7)
    expect(errorOf(ran)).toMatchObject({code: 'IMAGE_TYPE_UNKNOWN', details: {found: 'a tar archive with docs/'}})
    expect(errorOf(ran).message).toContain('platform*/i86pc/kernel/amd64/unix')
    const text = await run(lab, ImageAdd, put(lab, 'x.txt', 'hello'), '--type', 'linux', '--json')
    expect(errorOf(text)).toMatchObject({
      code: 'IMAGE_TYPE_UNKNOWN',
      details: {type: 'linux', found: 'a file of 5 bytes that begins with 68 65 6c 6c 6f'},
    })
    expect(imagesOf(lab)).toEqual([])
  })

  test.each([
    ['cut off', async () => (await makeTgz(platformFiles())).subarray(0, 200), 'ARCHIVE_CORRUPT'],
    [
      'a tarball cut off inside',
      async () => (await makeTar([{name: 'a', content: 'x'.repeat(3000)}])).subarray(0, 2000),
      'ARCHIVE_TRUNCATED',
    ],
    ['leading out of its folder', async () => makeTar([{name: '../../../evil', content: 'x'}]), 'ARCHIVE_PATH_UNSAFE'],
    ['absolute', async () => makeTar([{name: '/tmp/evil', content: 'x'}]), 'ARCHIVE_PATH_UNSAFE'],
    [
      'through a link',
      async () =>
        makeTar([
          {name: 'a', type: 'symlink', linkname: '/tmp'},
          {name: 'a/evil', content: 'x'},
        ]),
      'ARCHIVE_PATH_UNSAFE',
    ],
  ])('an archive that is %s is refused, and nothing is left', async (_, make, code) => {
    const lab = await makeLab()
    const ran = await run(lab, ImageAdd, put(lab, 'p.tgz', await make()), '--json')
    expect({exitCode: ran.exitCode, code: errorOf(ran).code}).toEqual({exitCode: 7, code})
    expect(imagesOf(lab)).toEqual([])
    expect(readdirSync(lab.path('.pxectl')).filter((name) => name.includes('import'))).toEqual([])
  })

  test('a source that is not there is not found', async () => {
    const lab = await makeLab()
    const ran = await run(lab, ImageAdd, lab.path('nothing.iso'), '--json')
    expect({exitCode: ran.exitCode, code: errorOf(ran).code}).toEqual({exitCode: 3, code: 'FILE_MISSING'})
  })

  test('an unpacked folder is copied and stays as it is', async () => {
    const lab = await makeLab()
    for (const [name, content] of Object.entries(platformFiles('unpacked/platform-20140207'))) put(lab, name, content)
    expect((await run(lab, ImageAdd, lab.path('unpacked'), '--json')).json()).toMatchObject({image: {name: 'smartos-20140207'}})
    expect(readFileSync(lab.path('unpacked/platform-20140207/i86pc/kernel/amd64/unix'), 'utf8')).toBe('the kernel')
  })

  test('an archive whose own SHA-1 does not fit is imported with a warning', async () => {
    const lab = await makeLab()
    const files = {...platformFiles(), 'platform-20140207T053435Z/i86pc/amd64/boot_archive': 'another archive'}
    const ran = await run(lab, ImageAdd, put(lab, 'p.tgz', await makeTgz(files)), '--json')
    expect(ran.json()['warnings']).toEqual([expect.stringContaining('boot_archive does not have the SHA-1')])
  })

  test('two of one name: refused, or replaced with the overlay kept', async () => {
    const lab = await makeLab()
    const source = put(lab, 'p.tgz', await makeTgz(platformFiles()))
    await run(lab, ImageAdd, source, '--name', 'sm')
    const overlay = put(lab, 'tftpboot/images/sm/overlay/etc/system', 'set x=1\n')
    put(lab, 'tftpboot/images/sm/stray', 'of nobody')
    const refused = await run(lab, ImageAdd, source, '--name', 'sm', '--json')
    expect(refused.exitCode).toBe(4)
    expect(errorOf(refused)).toMatchObject({code: 'IMAGE_EXISTS', suggestions: expect.arrayContaining(['replace it: --replace'])})
    expect((await run(lab, ImageAdd, source, '--name', 'sm', '--replace', '--json')).json()).toMatchObject({replaced: true})
    expect(readFileSync(overlay, 'utf8')).toBe('set x=1\n')
    expect(existsSync(lab.path('tftpboot/images/sm/stray'))).toBe(false)
    expect(imagesOf(lab)).toEqual(['sm'])
  })

  test('a folder that pxectl did not make is never replaced', async () => {
    const lab = await makeLab()
    put(lab, 'tftpboot/images/mine/vmlinuz', 'my kernel')
    const ran = await run(lab, ImageAdd, put(lab, 'p.tgz', await makeTgz(platformFiles())), '--name', 'mine', '--replace', '--json')
    expect({exitCode: ran.exitCode, code: errorOf(ran).code}).toEqual({exitCode: 4, code: 'IMAGE_NOT_OURS'})
    expect(readFileSync(lab.path('tftpboot/images/mine/vmlinuz'), 'utf8')).toBe('my kernel')
  })

  test('--default makes it what unknown clients boot', async () => {
    const lab = await makeLab()
    const source = put(lab, 'p.tgz', await makeTgz(platformFiles()))
    expect((await run(lab, ImageAdd, source, '--default', '--json')).json()).toMatchObject({image: {isDefault: true}})
    expect((await run(lab, ConfigGet, 'boot.default')).stdout).toContain('smartos-20140207T053435Z')
    expect(readFileSync(lab.path('tftpboot/ipxe/default.ipxe'), 'utf8')).toContain(
      '/images/smartos-20140207T053435Z/platform/i86pc/kernel/amd64/unix',
    )
  })

  test('--dry-run says what would be placed and places nothing', async () => {
    const lab = await makeLab()
    const source = put(lab, 'p.tgz', await makeTgz(platformFiles()))
    const ran = await run(lab, ImageAdd, source, '--dry-run', '--default')
    expect(ran.stdout).toContain('would add smartos-20140207T053435Z')
    expect(ran.stdout).toContain('platform/i86pc/amd64/boot_archive.manifest')
    expect(ran.stdout).not.toContain('password')
    expect(imagesOf(lab)).toEqual([])
    expect((await run(lab, ConfigGet, 'boot.default')).stdout).toBe('local\n')
  })

  test('a kernel takes its initrds in order; what is no kernel takes none', async () => {
    const lab = await labWithLinux()
    expect(JSON.parse(readFileSync(lab.path('tftpboot/images/debian12/image.json'), 'utf8'))).toMatchObject({
      type: 'linux',
      version: '6.1.0-13-amd64',
      boot: {kind: 'linux', kernel: 'vmlinuz', initrds: ['initrd.img'], args: 'quiet'},
    })
    const ran = await run(lab, ImageAdd, lab.path('initrd.img'), '--initrd', lab.path('vmlinuz'), '--json')
    expect(errorOf(ran)).toMatchObject({
      code: 'KERNEL_INVALID',
      suggestions: expect.arrayContaining([expect.stringContaining('the kernel first')]),
    })
  })

  test('what a killed import left is removed by the next one, and what it set aside is put back', async () => {
    const lab = await labWithLinux()
    const left = lab.path('tftpboot/images/.import-dead01')
    put(lab, 'tftpboot/images/.import-dead01/image/vmlinuz', 'half')
    put(lab, 'tftpboot/images/.import-dead01/old/sm/image.json', '{}')
    put(lab, '.pxectl/import-dead01.lock', '')
    const ran = await run(lab, ImageAdd, lab.path('vmlinuz'), '--name', 'other', '--json')
    expect(ran.json()['warnings']).toEqual(
      expect.arrayContaining([expect.stringContaining('put back the image sm'), expect.stringContaining(left)]),
    )
    expect(imagesOf(lab)).toEqual(['debian12', 'other', 'sm'])
    expect(existsSync(lab.path('.pxectl/import-dead01.lock'))).toBe(false)
  })
})

describe('image list, show, verify and remove', () => {
  test('list names who boots an image, and those filled by hand', async () => {
    const lab = await labWithLinux()
    put(lab, 'tftpboot/images/mine/vmlinuz', 'my kernel')
    put(lab, 'tftpboot/images/broken/image.json', '{')
    await run(lab, AddHost, 'tk2', '--image', 'debian12')
    const ran = await run(lab, ImageList, '--json')
    expect(ran.json()).toMatchObject({
      images: [
        {name: 'broken', origin: 'broken', type: null},
        {name: 'debian12', origin: 'imported', type: 'linux', version: '6.1.0-13-amd64', hosts: ['tk2'], isDefault: false},
        {name: 'mine', origin: 'by-hand', type: 'linux', sizeBytes: 9, hosts: []},
      ],
      warnings: [expect.stringContaining('broken/image.json')],
    })
    expect((await run(lab, ImageList)).stdout).toMatch(/^debian12 +linux +6\.1\.0-13-amd64 +\S+ \S+ +tk2 +Linux 6\.1\.0-13-amd64$/m)
  })

  test('show gives the manifest and the menus that start it', async () => {
    const lab = await labWithLinux()
    const ran = await run(lab, ImageShow, 'debian12', '--json')
    expect(ran.json()).toMatchObject({
      image: {boot: {kind: 'linux'}, files: {vmlinuz: {sizeBytes: 0x3000}}},
      menus: {pxelinux: expect.stringContaining('images/debian12/vmlinuz')},
    })
    expect((await run(lab, ImageShow, 'debian12')).stdout).toContain('to boot it: pxectl host set HOST --image debian12')
    const absent = await run(lab, ImageShow, 'debian13', '--json')
    expect({exitCode: absent.exitCode, ...errorOf(absent)}).toMatchObject({
      exitCode: 3,
      code: 'IMAGE_NOT_FOUND',
      suggestions: expect.arrayContaining(['did you mean debian12?']),
    })
  })

  test('verify finds one flipped bit, another size, a missing file, a link and a stranger', async () => {
    const lab = await labWithLinux()
    expect(await run(lab, ImageVerify)).toMatchObject({exitCode: 0, stdout: 'ok       debian12: 2 files\n'})
    const kernel = lab.path('tftpboot/images/debian12/vmlinuz')
    const bytes = readFileSync(kernel)
    bytes.writeUInt8(bytes.readUInt8(0x1234) ^ 1, 0x1234)
    writeFileSync(kernel, bytes)
    const flipped = await run(lab, ImageVerify, 'debian12', '--json')
    expect(flipped.exitCode).toBe(7)
    expect(flipped.json()).toMatchObject({
      ok: false,
      images: [{name: 'debian12', state: 'bad', problems: [{path: 'vmlinuz', problem: 'content'}]}],
    })
    appendFileSync(kernel, 'x')
    rmSync(lab.path('tftpboot/images/debian12/initrd.img'))
    put(lab, 'tftpboot/images/debian12/stray', 'x')
    put(lab, 'tftpboot/images/debian12/overlay/etc/system', 'mine')
    expect((await run(lab, ImageVerify, '--json')).json()).toMatchObject({
      images: [
        {
          problems: [
            {path: 'initrd.img', problem: 'missing'},
            {path: 'stray', problem: 'extra'},
            {path: 'vmlinuz', problem: 'size'},
          ],
        },
      ],
    })
    rmSync(kernel)
    symlinkSync('/etc/hostname', kernel)
    expect((await run(lab, ImageVerify)).stdout).toContain('vmlinuz: no plain file')
  })

  test('verify says of an image filled by hand that nobody knows', async () => {
    const lab = await makeLab()
    put(lab, 'tftpboot/images/mine/vmlinuz', 'my kernel')
    expect(await run(lab, ImageVerify)).toMatchObject({exitCode: 0, stdout: 'unknown  mine: filled by hand\n'})
    expect((await run(lab, ImageVerify, 'absent')).exitCode).toBe(3)
  })

  test('an image in use is not removed, unless it must be', async () => {
    const lab = await labWithLinux()
    await run(lab, AddHost, 'tk2', '--image', 'debian12')
    const refused = await run(lab, ImageRemove, 'debian12', '--json')
    expect(refused.exitCode).toBe(4)
    expect(errorOf(refused)).toMatchObject({
      code: 'IMAGE_IN_USE',
      details: {hosts: ['tk2']},
      suggestions: expect.arrayContaining(['pxectl host set tk2 --image OTHER']),
    })
    expect(imagesOf(lab)).toEqual(['debian12'])
    const dry = await run(lab, ImageRemove, 'debian12', '--force', '--dry-run')
    expect(dry.stdout).toBe('would remove debian12\n')
    expect(imagesOf(lab)).toEqual(['debian12'])
    const removed = await run(lab, ImageRemove, 'debian12', '--force', '--json')
    expect(removed).toMatchObject({exitCode: 0})
    expect(removed.json()['warnings']).toEqual(expect.arrayContaining([expect.stringContaining('tk2 cannot boot without')]))
    expect(imagesOf(lab)).toEqual([])
  })

  test('a default image, and one filled by hand, go only by force', async () => {
    const lab = await makeLab()
    await run(lab, ImageAdd, put(lab, 'vmlinuz', bzImage('6.1.0')), '--name', 'std', '--default')
    expect(errorOf(await run(lab, ImageRemove, 'std', '--json'))).toMatchObject({code: 'IMAGE_IN_USE', details: {isDefault: true}})
    put(lab, 'tftpboot/images/mine/vmlinuz', 'my kernel')
    expect(errorOf(await run(lab, ImageRemove, 'mine', '--json')).code).toBe('IMAGE_NOT_OURS')
    expect(await run(lab, ImageRemove, 'mine', '--force')).toMatchObject({exitCode: 0, stdout: 'removed mine\n'})
    expect(imagesOf(lab)).toEqual(['std'])
    expect((await run(lab, ImageRemove, 'absent', '--json')).exitCode).toBe(3)
  })

  test('a host is told how to come by an image that is not there', async () => {
    const lab = await makeLab()
    const ran = await run(lab, AddHost, 'tk2', '--image', 'debian12', '--json')
    expect(errorOf(ran)).toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      suggestions: expect.arrayContaining(['import it: pxectl image add FILE-OR-URL --name debian12']),
    })
  })
})
