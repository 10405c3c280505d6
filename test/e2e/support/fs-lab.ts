// Labs for PXE filesystems. They are built on this machine's own network, where its mirror is; what boots them has a network of its own.
//
// The first build of a suite makes a template, which takes longer than all the rest: one, kept in node_modules/.cache, is shared by all labs.
import {existsSync} from 'node:fs'
import {chown, mkdir, mkdtemp, readdir, rm, symlink} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {withLock} from '../../../src/system/lock.js'
import {CACHE} from './assets.js'
import {debianMirror} from './debian-suite.js'
import type {JsonObject} from './lab.js'
import {pxectlCommand} from './program.js'
import {describe, mustRun, run, start, type Finished, type Running} from './programs.js'

export const SUITE = 'bookworm'
const SHARED = join(CACHE, 'fs-lab')

export type FsLab = {
  readonly folder: string
  readonly roots: string
  readonly tftpRoot: string
  /** Runs pxectl on this lab with --json; a non-zero exit is an answer. */
  readonly pxectl: (...args: string[]) => Promise<Finished & {readonly json: JsonObject}>
  readonly must: (...args: string[]) => Promise<JsonObject>
  /** Starts pxectl on this lab, with its progress on stderr. */
  readonly start: (...args: string[]) => Running
  /** `fs create` of the suite that the shared template has. */
  readonly create: (name: string, ...flags: string[]) => readonly string[]
}

/** Runs `work` with a lab of its own, which is removed afterwards. `as`: the words before every command; `owner`: whose lab it is. */
export async function withFsLab<T>(work: (lab: FsLab) => Promise<T>, as: readonly string[] = [], owner = 0): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'pxe2e-fs-'))
  try {
    await chown(folder, owner, owner)
    return await work(await openFsLab(folder, as))
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}

export async function openFsLab(folder: string, as: readonly string[] = []): Promise<FsLab> {
  const mirror = await debianMirror()
  const config = join(folder, 'pxectl.ini')
  // Flags of ours stand before whatever a command takes for itself after `--`.
  const words = (args: readonly string[], ...more: string[]): string[] => {
    return [...as, ...pxectlCommand, ...args.slice(0, 2), '--config', config, ...more, ...args.slice(2)]
  }
  if (!existsSync(config)) {
    const network = [
      '--server',
      '192.168.56.1',
      '--subnet',
      '192.168.56.0/24',
      '--range',
      '192.168.56.100-192.168.56.199',
      '--dhcp',
      'none',
    ]
    await mustRun([...as, ...pxectlCommand, 'init', folder, ...network])
  }
  const pxectl: FsLab['pxectl'] = async (...args) => {
    const finished = await run(words(args, '--json'), {cwd: folder, timeoutMs: 1_800_000})
    return {...finished, json: parse(finished)}
  }
  return {
    folder,
    roots: join(folder, 'roots'),
    tftpRoot: join(folder, 'tftpboot'),
    pxectl,
    must: async (...args) => {
      const finished = await pxectl(...args)
      if (finished.exitCode !== 0) throw new Error(`unexpected: ${describe(finished)}`)
      return finished.json
    },
    start: (...args) => start(words(args), {cwd: folder}),
    create: (name, ...flags) => [
      'fs',
      'create',
      name,
      '--mirror',
      mirror,
      ...(flags.includes('--suite') ? [] : ['--suite', SUITE]),
      ...flags,
    ],
  }
}

function parse(finished: Finished): JsonObject {
  try {
    return JSON.parse(finished.stdout) as JsonObject
  } catch {
    throw new Error(`no JSON: ${describe(finished)}`)
  }
}

/** Makes the template of the suite where there is none yet, and gives it to a lab. Of tests that run at once, one makes it. */
export async function shareTemplate(labFolder: string): Promise<void> {
  await mkdir(SHARED, {recursive: true})
  const templates = await withLock(join(SHARED, 'lock'), {waitMs: 1_800_000}, makeTemplate)
  await mkdir(join(labFolder, 'roots'), {recursive: true})
  await symlink(templates, join(labFolder, 'roots/.templates'))
}

async function makeTemplate(): Promise<string> {
  const lab = await openFsLab(SHARED)
  const templates = join(lab.roots, '.templates')
  const made = (await readdir(templates).catch(() => [])).filter((name) => !/\.(lock|partial)$/.test(name))
  if (made.length === 0) {
    console.log('making a template for PXE filesystems')
    // Of all styles this one makes least of it.
    await lab.must(...lab.create('maker', '--style', 'nfs'))
    await lab.must('fs', 'remove', 'maker')
  }
  return templates
}

/** Words before a command that is not to find these programs: they are hidden in a mount namespace, wherever they are looked for. */
export function without(...programs: readonly string[]): string[] {
  const hide = 'for f in "/usr/bin/$name" "/usr/sbin/$name"; do if [ -e "$f" ]; then mount --bind /dev/null "$f"; fi; done'
  return ['unshare', '--mount', 'sh', '-c', `for name in ${programs.join(' ')}; do ${hide}; done; exec "$@"`, 'sh']
}

/** nobody: an ordinary user with subordinate ids, which only his commands see, and with namespaces of users or without. */
export const ORDINARY = 65534

/** Words before a command of his. Whoever is in a chroot gets no namespace of users from the kernel (unshare(2), EPERM). */
export function asOrdinaryUser({namespaces}: {readonly namespaces: boolean}): string[] {
  const user = `setpriv --reuid ${ORDINARY} --regid ${ORDINARY} --clear-groups env HOME=/tmp`
  const ids = 'echo nobody:100000:65536 >/mnt/ids; for file in /etc/subuid /etc/subgid; do mount --bind /mnt/ids "$file"; done'
  const chroot = namespaces ? '' : 'mkdir /mnt/root; mount --rbind / /mnt/root; cd /; set -- chroot /mnt/root "$@"'
  return [
    'unshare',
    '--mount',
    'sh',
    '-ec',
    `mount -t tmpfs tmpfs /mnt; ${ids}; set -- ${user} "$@"; ${chroot}
exec "$@"`,
    'sh',
  ]
}

/** Everything that a build may leave behind on this machine: mounts and processes whose names hold the folder. */
export async function leftBehind(folder: string): Promise<string[]> {
  const mounts = (await mustRun(['findmnt', '-rn', '-o', 'TARGET,OPTIONS'])).split('\n').filter((line) => line.includes(folder))
  const processes = (await mustRun(['ps', '-eo', 'pid,args', '-ww'])).split('\n').filter((line) => line.includes(folder))
  return [...mounts, ...processes].filter((line) => !line.includes('findmnt') && !line.includes(' ps '))
}
