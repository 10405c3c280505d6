// What is booted, and where: a bridge with a port for the machine, and one folder of boot files for all servers.
import {randomBytes} from 'node:crypto'
import {spawn} from 'node:child_process'
import {copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {exec} from '../src/system/exec.js'
import {characterDevice, encodeCpio, file, folder as cpioFolder} from '../test/e2e/support/cpio.js'
import {compileC} from './c-programs.js'
import {PeerMissing} from './contest.js'
import type {Ground} from './ground.js'

export const MAC = '52:54:00:a1:b2:c3'
export const SERVER = '192.168.56.1'
export const HTTP_PORT = 8069
const CLIENT = '192.168.56.21'
const INITRD_BYTES = 60e6
const ARGS = 'console=ttyS0,115200'

export type BootLab = {
  readonly folder: string
  readonly bin: string
  readonly config: string
  /** The boot files, for whoever serves them. */
  readonly root: string
  readonly tap: string
}

/** Makes it in the network that the benchmark runs in, and which ends with it. */
export async function openBootLab(ground: Ground): Promise<BootLab> {
  const bridge = [
    'link add br0 address 52:54:00:00:00:01 type bridge stp_state 0 forward_delay 0',
    `address add ${SERVER}/24 brd + dev br0`,
    'link set br0 up',
  ]
  const port = ['tuntap add dev tap0 mode tap', 'link set tap0 master br0 up']
  for (const words of [...bridge, ...port]) await mustRun('ip', words.split(' '))
  const folder = join(ground.folder, 'power-on')
  const network = ['--interface', 'br0', '--subnet', '192.168.56.0/24', '--server', SERVER, '--range', '192.168.56.100-192.168.56.199']
  const pxectl = (...args: string[]): Promise<void> => mustRun(process.execPath, [ground.bin, ...args])
  await pxectl('init', folder, ...network, '--dhcp', 'builtin', '--defaults')
  const config = join(folder, 'pxectl.ini')
  const root = join(folder, 'tftpboot')
  for (const [name, value] of [
    ['boot.console', 'ttyS0,115200'],
    ['boot.timeout', '1'],
    ['serve.http-port', String(HTTP_PORT)],
  ] as const) {
    await pxectl('config', 'set', name, value, '--config', config)
  }
  await pxectl('loader', 'install', '--config', config)
  writeImage(join(root, 'images/bench'), folder)
  writeChains(root)
  await pxectl('add-host', 'tk1', '--mac', MAC, '--ip', CLIENT, '--image', 'bench', '--config', config)
  // iPXE waits 15 s at every stage for an answer about IPv6, whoever serves.
  startRouter(folder)
  return {folder, bin: ground.bin, config, root, tap: 'tap0'}
}

function writeImage(image: string, folder: string): void {
  mkdirSync(image, {recursive: true})
  copyFileSync(findKernel(), join(image, 'vmlinuz'))
  const init = compileC('boot-init', folder, ['-static'])
  const entries = [
    cpioFolder('dev'),
    characterDevice('dev/console', 5, 1),
    file('init', readFileSync(init), 0o755),
    file('ballast', randomBytes(INITRD_BYTES)),
  ]
  writeFileSync(join(image, 'initrd.img'), encodeCpio(entries))
}

/** The same kernel and initrd by PXELINUX and by an iPXE script of our own, as files that every server gives out as they are. */
function writeChains(root: string): void {
  const pxelinux = getFolder(['/usr/lib/PXELINUX'], 'pxelinux.0', 'apt-get install pxelinux')
  const modules = getFolder(['/usr/lib/syslinux/modules/bios'], 'ldlinux.c32', 'apt-get install syslinux-common')
  const ipxe = getFolder(['/usr/lib/ipxe'], 'ipxe.efi', 'apt-get install ipxe')
  copyFileSync(join(pxelinux, 'pxelinux.0'), join(root, 'pxelinux.0'))
  copyFileSync(join(modules, 'ldlinux.c32'), join(root, 'ldlinux.c32'))
  copyFileSync(join(ipxe, 'ipxe.efi'), join(root, 'ipxe.efi'))
  mkdirSync(join(root, 'pxelinux.cfg'), {recursive: true})
  const entry = `DEFAULT bench\nPROMPT 0\nLABEL bench\n  KERNEL images/bench/vmlinuz\n  INITRD images/bench/initrd.img\n  APPEND ${ARGS}\n`
  writeFileSync(join(root, 'pxelinux.cfg', `01-${MAC.replaceAll(':', '-')}`), entry)
  const base = `http://${SERVER}:${HTTP_PORT}/images/bench`
  writeFileSync(join(root, 'bench.ipxe'), `#!ipxe\nkernel ${base}/vmlinuz initrd=initrd.img ${ARGS}\ninitrd ${base}/initrd.img\nboot\n`)
}

/** $PXECTL_BENCH_KERNEL, this machine's own, or the one that the end-to-end tests boot. */
function findKernel(): string {
  const own = existsSync('/boot') ? readdirSync('/boot').filter((name) => name.startsWith('vmlinuz-')) : []
  const tested = fileURLToPath(new URL('../node_modules/.cache/pxectl-e2e/vmlinuz', import.meta.url))
  const candidates = [process.env['PXECTL_BENCH_KERNEL'] ?? '', ...own.map((name) => join('/boot', name)), tested]
  const found = candidates.find((path) => path !== '' && existsSync(path))
  if (found === undefined) throw new PeerMissing('no kernel: PXECTL_BENCH_KERNEL=FILE, or run the end-to-end tests once')
  return found
}

function getFolder(folders: readonly string[], name: string, howToInstall: string): string {
  const found = folders.find((folder) => existsSync(join(folder, name)))
  if (found === undefined) throw new PeerMissing(`${name} is not installed (${howToInstall})`)
  return found
}

/** Says that there is no IPv6 router (RFC 4861 section 6.2.3: lifetime 0). Without radvd all boots take longer. */
function startRouter(folder: string): void {
  const config = join(folder, 'radvd.conf')
  writeFileSync(config, 'interface br0 { AdvSendAdvert on; AdvDefaultLifetime 0; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; };\n')
  const router = spawn('radvd', ['-n', '-m', 'stderr', '-C', config, '-p', join(folder, 'radvd.pid')], {stdio: 'ignore'})
  router.on('error', () => undefined)
  router.unref()
  process.once('exit', () => void router.kill())
}

async function mustRun(file: string, args: readonly string[]): Promise<void> {
  const {exitCode, stderr, stdout} = await exec({file, args: [...args]})
  if (exitCode !== 0) throw new Error(`${file} ${args.join(' ')}: ${stderr || stdout}`)
}
