// What the machines under test boot: Debian's kernel and a tiny initramfs that reports and powers off. Made once, kept in node_modules/.cache.
//
// The kernel package is downloaded and unpacked here, not installed: installing one rewrites /boot and runs hooks.
import {spawn} from 'node:child_process'
import {existsSync} from 'node:fs'
import {copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile} from 'node:fs/promises'
import {basename, join} from 'node:path'
import {gzipSync} from 'node:zlib'
import {characterDevice, encodeCpio, file, folder} from './cpio.js'
import {mustRun} from './programs.js'
import {projectFolder} from './program.js'

/** What is made once and kept. */
export const CACHE = join(projectFolder, 'node_modules/.cache/pxectl-e2e')
const SUPPORT = join(projectFolder, 'test/e2e/support')

export const assets = {vmlinuz: join(CACHE, 'vmlinuz'), initrd: join(CACHE, 'initrd.img')} as const

/** Drivers the initramfs loads; what they depend on is found in the modules themselves. */
const MODULES = ['virtio_pci', 'virtio_net', 'e1000', 'af_packet']

/** Where Debian keeps those modules and the ones they depend on. */
const MODULE_PATTERNS = [
  '*/kernel/drivers/virtio/*',
  '*/kernel/drivers/net/virtio_net.ko*',
  '*/kernel/drivers/net/net_failover.ko*',
  '*/kernel/drivers/net/ethernet/intel/e1000/*',
  '*/kernel/net/*',
  '*/modules.builtin',
]

export async function makeAssets(): Promise<void> {
  await mkdir(CACHE, {recursive: true})
  const kernel = join(CACHE, 'kernel')
  if (!existsSync(kernel)) await unpackKernel(kernel)
  await copyFile(await onlyFile(join(kernel, 'boot'), (name) => name.startsWith('vmlinuz-')), assets.vmlinuz)
  await writeFile(assets.initrd, await makeInitramfs(kernel))
}

/** Downloads the kernel that Debian's current linux-image-amd64 stands for and unpacks the parts we need into `target`. */
async function unpackKernel(target: string): Promise<void> {
  // The lists may be missing on a fresh machine whose packages were all there.
  let name = await kernelPackage()
  if (name === undefined) {
    await mustRun(['apt-get', '-o', 'DPkg::Lock::Timeout=300', 'update'], {timeoutMs: 600_000})
    name = await kernelPackage()
  }
  if (name === undefined) throw new Error('apt knows no linux-image-amd64; is this Debian on amd64?')
  console.log(`downloading ${name}`)
  const folder = await mkdtemp(`${target}-`)
  try {
    await mustRun(['apt-get', 'download', name], {cwd: folder, timeoutMs: 900_000})
    const archive = await onlyFile(folder, (entry) => entry.endsWith('.deb'))
    await pipe(['dpkg-deb', '--fsys-tarfile', archive], ['tar', '-x', '-C', folder, '--wildcards', './boot/vmlinuz-*', ...MODULE_PATTERNS])
    await rm(archive)
    await rename(folder, target)
  } catch (error) {
    await rm(folder, {recursive: true, force: true})
    throw error
  }
}

async function kernelPackage(): Promise<string | undefined> {
  const lines = await mustRun(['apt-cache', 'depends', 'linux-image-amd64']).catch(() => '')
  return /Depends: (linux-image-\S+)/.exec(lines)?.[1]
}

async function makeInitramfs(kernel: string): Promise<Buffer> {
  const modules = await findModules(kernel)
  const text = (name: string): Promise<Buffer> => readFile(join(SUPPORT, name))
  const entries = [
    ...['bin', 'dev', 'etc', 'modules', 'proc', 'sys'].map(folder),
    // Without a console the kernel starts init with no output at all.
    characterDevice('dev/console', 5, 1),
    file('bin/busybox', await readFile('/bin/busybox'), 0o755),
    file('init', await text('init.sh'), 0o755),
    file('etc/udhcpc.sh', await text('udhcpc.sh'), 0o755),
    file('modules/order', `${modules.map((module) => module.name).join('\n')}\n`),
    ...modules.map((module) => file(`modules/${module.name}`, module.content)),
  ]
  return gzipSync(encodeCpio(entries), {level: 6})
}

type KernelModule = {readonly name: string; readonly content: Buffer}

/** The wanted modules and all they depend on, in loading order. The package has no modules.dep; each module names its own ("depends=…"). */
async function findModules(kernel: string): Promise<KernelModule[]> {
  const paths = (await readdir(kernel, {recursive: true})).filter((path) => /\.ko(\.xz)?$/.test(path))
  const byName = new Map(paths.map((path) => [moduleName(path), join(kernel, path)]))
  const releases = await readdir(join(kernel, 'lib/modules'))
  const lists = await Promise.all(releases.map((release) => readFile(join(kernel, 'lib/modules', release, 'modules.builtin'), 'utf8')))
  const builtIn = new Set(lists.join('').split('\n').map(moduleName))
  const order = new Map<string, KernelModule>()
  const visit = async (wanted: string): Promise<void> => {
    if (order.has(wanted) || builtIn.has(wanted)) return
    const path = byName.get(wanted)
    if (path === undefined) throw new Error(`the kernel package has no module ${wanted}; extend MODULE_PATTERNS`)
    if (path.endsWith('.xz')) await mustRun(['xz', '-dfk', path])
    const content = await readFile(path.replace(/\.xz$/, ''))
    const needs = /\0depends=([^\0]*)\0/.exec(content.toString('latin1'))?.[1] ?? ''
    for (const need of needs.split(',').filter((name) => name !== '')) await visit(need.replaceAll('-', '_'))
    order.set(wanted, {name: `${wanted}.ko`, content})
  }
  for (const name of MODULES) await visit(name)
  return [...order.values()]
}

function moduleName(path: string): string {
  return basename(path)
    .replace(/\.ko(\.xz)?$/, '')
    .replaceAll('-', '_')
}

async function onlyFile(where: string, matches: (name: string) => boolean): Promise<string> {
  const [found, ...others] = (await readdir(where)).filter(matches)
  if (found === undefined || others.length > 0) throw new Error(`expected one such file in ${where}`)
  return join(where, found)
}

async function pipe(from: readonly string[], to: readonly string[]): Promise<void> {
  const source = spawn(from[0] ?? '', from.slice(1), {stdio: ['ignore', 'pipe', 'inherit']})
  const sink = spawn(to[0] ?? '', to.slice(1), {stdio: [source.stdout, 'inherit', 'inherit']})
  const statuses = await Promise.all(
    [source, sink].map((child) => new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject))),
  )
  if (statuses.some((status) => status !== 0)) throw new Error(`${from.join(' ')} | ${to.join(' ')} ended with ${statuses.join(' and ')}`)
}
