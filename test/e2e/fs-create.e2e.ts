// PXE filesystems are built by the real mmdebstrap, from this machine's mirror: what comes out, and what is left when a build is killed,
// fails, or has no room. What boots them is root-boot.e2e.ts.
import {existsSync} from 'node:fs'
import {chmod, mkdir, readdir, readFile, stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {asOrdinaryUser, leftBehind, ORDINARY, shareTemplate, withFsLab, without, type FsLab} from './support/fs-lab.js'
import {errorOf} from './support/lab.js'
import {mustRun, run, until} from './support/programs.js'
import {writeRootFiles} from './support/roots.js'

const PASSWORD = 'Lab-4711 "$x\\'

/** Neither roots nor what is served; a killed build may leave its own folder. */
async function expectNothing(lab: FsLab, left: readonly string[] = []): Promise<void> {
  expect(await leftBehind(lab.folder)).toEqual([])
  expect((await readdir(lab.roots).catch(() => [])).filter((name) => name !== '.templates')).toEqual(left)
  expect((await readdir(lab.tftpRoot)).filter((name) => /root_/.test(name))).toEqual([])
}

test('what the package manager refuses is told in its words, with the step, and nothing is left', {timeout: 900_000}, () =>
  withFsLab(async (lab) => {
    const refused = async (code: string, exitCode: number, words: RegExp, ...args: string[]): Promise<void> => {
      const failed = await lab.pxectl(...args)
      const error = errorOf(failed)
      expect(error, failed.stdout).toMatchObject({code, message: expect.stringMatching(words)})
      expect(failed.exitCode).toBe(exitCode)
      await expectNothing(lab)
    }
    const step = '"install the packages of [a-z-]+" failed'
    const name = 'root_a'
    await refused(
      'MIRROR_UNREACHABLE',
      5,
      new RegExp(`${step}.*127\\.0\\.0\\.1:9[^]*Connection refused`),
      ...['fs', 'create', name, '--suite', 'bookworm', '--mirror', 'http://127.0.0.1:9/debian'],
    )
    await refused(
      'SUITE_UNKNOWN',
      3,
      new RegExp(`${step}.*no suite no-such[^]*does not have a Release file`),
      ...lab.create(name, '--suite', 'no-such'),
    )
    await refused(
      'PACKAGE_UNKNOWN',
      3,
      new RegExp(`${step}.*no package no-such-thing[^]*E: Unable to locate package no-such-thing`),
      ...lab.create(name, '--packages', 'no-such-thing'),
    )
  }),
)

test('bad values are told before anything is made', {timeout: 600_000}, () =>
  withFsLab(async (lab) => {
    const cases: readonly (readonly [string, number, readonly string[]])[] = [
      ['ROOT_NAME_INVALID', 2, lab.create('../outside')],
      ['ROOT_NAME_INVALID', 2, lab.create('/tmp/outside')],
      ['ARCH_CANNOT_RUN', 6, lab.create('root_a', '--arch', 's390x')],
      ['ARCH_UNKNOWN', 2, lab.create('root_a', '--arch', 'vax')],
      ['TEMPLATE_NOT_FOUND', 3, lab.create('root_a', '--template', 'no-such')],
      ['HOOK_INVALID', 2, lab.create('root_a', '--hook', lab.folder)],
      ['SIZE_INVALID', 2, lab.create('root_a', '--size-limit', 'much')],
      ['SSH_KEY_INVALID', 2, lab.create('root_a', '--ssh-key', join(lab.folder, 'pxectl.ini'))],
      ['ROOT_NOT_FOUND', 3, ['fs', 'show', 'root_a']],
      ['ROOT_NOT_FOUND', 3, ['fs', 'remove', 'root_a']],
    ]
    for (const [code, exitCode, args] of cases) {
      const failed = await lab.pxectl(...args)
      expect(errorOf(failed).code, args.join(' ')).toBe(code)
      expect(failed.exitCode).toBe(exitCode)
    }
    for (const foreign of [join(lab.roots, 'root_a'), join(lab.tftpRoot, 'root_b'), join(lab.roots, 'root_c.partial')]) {
      await mkdir(foreign, {recursive: true})
      await writeFile(join(foreign, 'mine'), 'precious')
      const name = /root_[abc]/.exec(foreign)?.[0] ?? ''
      expect(errorOf(await lab.pxectl(...lab.create(name)))).toMatchObject({code: 'ROOT_NOT_OURS', details: {folder: foreign}})
      expect(await readFile(join(foreign, 'mine'), 'utf8')).toBe('precious')
    }
    expect(await leftBehind(lab.folder)).toEqual([])
  }),
)

test('missing programs are named with the package that has them', {timeout: 300_000}, () =>
  withFsLab(
    async (lab) => {
      const failed = await lab.pxectl(...lab.create('root_a'))
      expect(errorOf(failed)).toMatchObject({code: 'PROGRAM_MISSING', suggestions: ['apt-get install mmdebstrap']})
      expect(failed.exitCode).toBe(6)
      await expectNothing(lab)
    },
    without('mmdebstrap', 'debootstrap'),
  ),
)

test('an ordinary user to whom the system gives no namespaces is told what would help', {timeout: 300_000}, () =>
  withFsLab(
    async (lab) => {
      const failed = await lab.pxectl(...lab.create('root_a'))
      expect(errorOf(failed)).toMatchObject({
        code: 'NAMESPACES_MISSING',
        message: expect.stringMatching(/an ordinary user[^]*Operation not permitted/),
        suggestions: expect.arrayContaining([expect.stringContaining('--add-subuids'), 'or run pxectl as root']),
      })
      expect(failed.exitCode).toBe(6)
      await expectNothing(lab)
      const orphans = (await mustRun(['ps', '--ppid', '1', '-o', 'uid,args'])).split('\n')
      expect(orphans.filter((line) => line.trim().startsWith(`${ORDINARY} unshare`))).toEqual([])
      // What is mounted is for root to make, whatever the system allows.
      expect(errorOf(await lab.pxectl(...lab.create('root_a', '--style', 'nfs-overlay'))).code).toBe('PRIVILEGE_MISSING')
    },
    asOrdinaryUser({namespaces: false}),
    ORDINARY,
  ),
)

test('killed while packages are fetched: nothing runs on, and --resume does not fetch them again', {timeout: 1_200_000}, () =>
  withFsLab(async (lab) => {
    const args = lab.create('root_a', '--template', 'none')
    const killAt = async (pattern: RegExp, ...more: string[]): Promise<string> => {
      const child = lab.start(...args, ...more)
      await until(
        String(pattern),
        600_000,
        () => pattern.test(child.stderr()) || (!child.isRunning() && Promise.reject(new Error(child.stderr()))),
      )
      child.child.kill('SIGKILL')
      await child.ended
      await until('the end of all that it had started', 60_000, async () => (await leftBehind(lab.folder)).length === 0)
      return child.stderr()
    }
    await killAt(/unpacking packages: 14 of/)
    const archives = join(lab.roots, 'root_a.partial/archives')
    const fetched = await readdir(archives)
    expect(fetched.filter((name) => name.endsWith('.deb')).length).toBeGreaterThan(40)
    expect((await lab.must('fs', 'list'))['roots']).toEqual([expect.objectContaining({name: 'root_a', state: 'partial'})])
    expect(errorOf(await lab.pxectl('fs', 'show', 'root_a')).code).toBe('ROOT_NOT_FOUND')

    const again = await killAt(/unpacking packages: 7 of/, '--resume')
    expect(again).not.toContain('fetching packages')
    expect(await readdir(archives)).toEqual(expect.arrayContaining(fetched))
    await lab.must('fs', 'remove', 'root_a')
    await expectNothing(lab)
  }),
)

describeWithTemplate()

function describeWithTemplate(): void {
  const withTemplate = (work: (lab: FsLab) => Promise<void>): Promise<void> =>
    withFsLab(async (lab) => {
      await shareTemplate(lab.folder)
      await work(lab)
    })
  beforeAll(async () => {
    await withFsLab((lab) => shareTemplate(lab.folder))
  }, 1_800_000)

  test('a root has its user, its files and nothing of this machine; the password is seen nowhere', {timeout: 900_000}, () =>
    withTemplate(async (lab) => {
      const hooks = join(lab.folder, 'hooks')
      await mkdir(hooks)
      await writeFile(join(hooks, '10-motd'), '#!/bin/sh\necho "from a hook" >"$1/etc/motd"\n')
      await chmod(join(hooks, '10-motd'), 0o755)
      await writeFile(join(lab.folder, 'secret'), `${PASSWORD}\n`, {mode: 0o600})
      const child = lab.start(
        ...lab.create('root_a', '--style', 'nfs-overlay', '--user', 'anna', '--password-file', join(lab.folder, 'secret'), '--hook', hooks),
      )
      const seen: string[] = []
      while (child.isRunning()) {
        seen.push(await mustRun(['ps', '-eo', 'args', '-ww']))
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
      expect((await child.ended).exitCode, child.stderr()).toBe(0)
      const tree = join(lab.roots, 'root_a/tree')
      const shadow = await readFile(join(tree, 'etc/shadow'), 'utf8')
      const hash = /^anna:(\$6\$[^:]+):/m.exec(shadow)?.[1] ?? ''
      expect(hash).not.toBe('')
      expect(
        (await mustRun(['openssl', 'passwd', '-6', '-salt', hash.split('$')[2] ?? '', '-stdin'], {input: `${PASSWORD}\n`})).trim(),
      ).toBe(hash)
      const told = `${seen.join('\n')}${child.stderr()}${child.stdout()}`
      expect(told).not.toContain('Lab-4711')
      expect(told).not.toContain(hash)
      expect(
        await mustRun([
          'grep',
          '-rlF',
          '-e',
          'Lab-4711',
          '-e',
          hash,
          lab.folder,
          '--exclude=secret',
          '--exclude=shadow',
          '--exclude=shadow-',
          '--exclude-dir=.templates',
        ]).catch(() => ''),
      ).toBe('')

      expect(await mustRun(['chroot', tree, 'id', '-nG', 'anna'])).toMatch(/\bsudo\b/)
      expect(await readFile(join(tree, 'etc/motd'), 'utf8')).toBe('from a hook\n')
      expect(await readFile(join(tree, 'etc/machine-id'), 'utf8')).toBe('')
      for (const path of ['etc/hostname', 'etc/resolv.conf', 'etc/ssh/ssh_host_rsa_key', 'usr/sbin/policy-rc.d', 'boot/vmlinuz.old'])
        expect(existsSync(join(tree, path)), path).toBe(false)
      expect(await readdir(join(tree, 'proc'))).toEqual([])
      expect((await readdir(join(tree, 'var/cache/apt/archives'))).filter((name) => name.endsWith('.deb'))).toEqual([])
      for (const file of ['vmlinuz', 'initrd.img']) expect((await stat(join(lab.tftpRoot, 'root_a', file))).mode & 0o777).toBe(0o644)
      expect(await mustRun(['lsinitramfs', join(lab.tftpRoot, 'root_a/initrd.img')]).catch(() => 'scripts/pxectl')).toContain(
        'scripts/pxectl',
      )
      expect(await readdir(join(lab.roots, 'root_a'))).toEqual(['root.json', 'tree'])

      // Hosts that boot it are named, and it stays.
      await lab.must('add-host', 'tk1', '--root', 'root_a', '--mac', '52:54:00:00:00:11')
      expect(errorOf(await lab.pxectl('fs', 'remove', 'root_a'))).toMatchObject({code: 'ROOT_IN_USE', details: {hosts: ['tk1']}})
      expect(errorOf(await lab.pxectl(...lab.create('root_a'))).code).toBe('ROOT_EXISTS')

      // Two programs that both change it.
      const shell = lab.start('fs', 'shell', 'root_a', 'sleep', '600')
      await until('the shell', 60_000, async () => (await mustRun(['ps', '-eo', 'args'])).includes('\nsleep 600'))
      expect(errorOf(await lab.pxectl('fs', 'remove', 'root_a', '--force')).code).toBe('ROOT_BUSY')
      shell.child.kill('SIGKILL')
      await shell.ended
      await until('the end of the shell', 60_000, async () => !(await mustRun(['ps', '-eo', 'args'])).includes('\nsleep 600'))
      expect(await mustRun(['findmnt', '-rn', '-o', 'TARGET'])).not.toContain(lab.folder)
      await lab.must('fs', 'remove', 'root_a', '--force')
      await expectNothing(lab)
    }),
  )

  test('killed at each step after the packages, and when it gets its names: a root is whole, or not there', {timeout: 1_800_000}, () =>
    withTemplate(async (lab) => {
      for (const moment of [/copy the template/, /writing its files/, /make the initramfs/]) {
        const child = lab.start(...lab.create('root_a', '--style', 'nfs'))
        await until(
          String(moment),
          600_000,
          () => moment.test(child.stderr()) || (!child.isRunning() && Promise.reject(new Error(child.stderr()))),
        )
        child.child.kill('SIGKILL')
        await child.ended
        await until('the end of all that it had started', 60_000, async () => (await leftBehind(lab.folder)).length === 0)
        expect(existsSync(join(lab.roots, 'root_a')), String(moment)).toBe(false)
        expect((await lab.must('fs', 'list'))['roots']).toEqual([expect.objectContaining({name: 'root_a', state: 'partial'})])
      }
      // A build that was interrupted is no obstacle to the next; Ctrl-C leaves nothing at all.
      const {hooks} = await writeRootFiles(lab.folder)
      const child = lab.start(...lab.create('root_b', '--hook', hooks))
      await until(
        'the last step',
        600_000,
        () => child.stderr().includes('pack the squashfs') || (!child.isRunning() && Promise.reject(new Error(child.stderr()))),
      )
      child.child.kill('SIGINT')
      await child.ended
      expect(child.stderr()).toContain('interrupted; nothing was made')
      await expectNothing(lab, ['root_a.partial'])
      await lab.must(...lab.create('root_a', '--hook', hooks))
      expect(await readdir(join(lab.tftpRoot, 'root_a'))).toEqual(['initrd.img', 'root.squashfs', 'vmlinuz'])

      // One archive, there and back; a changed one is refused.
      const archive = join(lab.folder, 'a.tar')
      await lab.must('fs', 'export', 'root_a', archive)
      await lab.must('fs', 'import', archive, '--name', 'root_c')
      const sums = await mustRun(['sha256sum', join(lab.tftpRoot, 'root_a/root.squashfs'), join(lab.tftpRoot, 'root_c/root.squashfs')])
      expect(
        new Set(
          sums
            .trim()
            .split('\n')
            .map((line) => line.split(' ')[0]),
        ).size,
      ).toBe(1)
      await mustRun(['truncate', '-s', '-50M', archive])
      const broken = await lab.pxectl('fs', 'import', archive, '--name', 'root_d')
      expect(broken.exitCode, broken.stdout).not.toBe(0)
      expect(existsSync(join(lab.roots, 'root_d'))).toBe(false)

      // Inside: a shell that ends badly changes nothing, one that ends well packs anew.
      const motd = async (): Promise<string> => mustRun(['unsquashfs', '-cat', join(lab.tftpRoot, 'root_c/root.squashfs'), 'etc/motd'])
      const before = await motd()
      expect((await lab.pxectl('fs', 'shell', 'root_c', '--', 'sh', '-c', 'echo no >/etc/motd; exit 3')).exitCode).toBe(3)
      expect(await motd()).toBe(before)
      await lab.must('fs', 'shell', 'root_c', '--', 'sh', '-c', 'echo yes >/etc/motd')
      expect(await motd()).toBe('yes\n')
      const updated = await lab.must('fs', 'update', 'root_c')
      expect(updated).toMatchObject({root: {name: 'root_c', updatedAt: expect.any(String)}})
      expect(await motd()).toBe('yes\n')
      expect(await leftBehind(lab.folder)).toEqual([])
    }),
  )

  test('a full disk: told before anything is made, and while it fills, before others have none left', {timeout: 900_000}, () =>
    withTemplate(async (lab) => {
      const small = join(lab.folder, 'small')
      await mkdir(small)
      await mustRun(['mount', '-t', 'tmpfs', '-o', 'size=300m', 'tmpfs', small])
      try {
        await lab.must('config', 'set', 'fs.directory', join(small, 'roots'))
        const before = await lab.pxectl(...lab.create('root_a', '--style', 'nfs'))
        expect(errorOf(before)).toMatchObject({code: 'DISK_FULL', message: expect.stringContaining('are needed')})
        expect(await readdir(small)).toEqual([])

        await mustRun(['mount', '-o', 'remount,size=1600m', small])
        await mkdir(join(small, 'roots'))
        await mustRun(['ln', '-s', join(lab.roots, '.templates'), join(small, 'roots/.templates')])
        const child = lab.start(...lab.create('root_a', '--style', 'nfs'))
        await until(
          'the copy',
          600_000,
          () => child.stderr().includes('copy the template') || (!child.isRunning() && Promise.reject(new Error(child.stderr()))),
        )
        await run(['dd', 'if=/dev/zero', `of=${join(small, 'filler')}`, 'bs=1M'])
        expect((await child.ended).exitCode).toBe(6)
        expect(child.stderr()).toMatch(/disk (was|is) full/)
        expect((await readdir(join(small, 'roots'))).filter((name) => name.startsWith('root_'))).toEqual([])
        expect((await leftBehind(lab.folder)).filter((line) => !line.startsWith(`${small} `))).toEqual([])
      } finally {
        await mustRun(['umount', small])
      }
    }),
  )
}
