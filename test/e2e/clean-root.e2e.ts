// README's first commands on a machine that has nothing but Node.js: a Debian minbase root, entered by chroot in a mount and process namespace of its own.
//
//   this machine's node and npm ─┐
//   the sources of this project ─┴─> root ── npm ci && npm start;  npm install -g the package, pxectl demo
import {cp, mkdir, mkdtemp, rm} from 'node:fs/promises'
import {existsSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {debianMirror} from './support/debian-suite.js'
import {pack} from './support/packed.js'
import {mustRun} from './support/programs.js'
import {projectFolder} from './support/program.js'

const MINUTES = 60_000

let root: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'pxe2e-clean-root-'))
  const what = ['--mode=root', '--variant=minbase', '--format=directory', 'bookworm', root, await debianMirror()]
  await mustRun(['mmdebstrap', '--quiet', ...what], {timeoutMs: 10 * MINUTES})
  await bringNode()
  await cp(projectFolder, join(root, 'srv/pxectl'), {recursive: true, filter: isSource})
  const {archive} = await pack(join(root, 'srv'))
  await cp(archive, join(root, 'srv/pxectl.tgz'))
}, 15 * MINUTES)

afterAll(() => rm(root, {recursive: true, force: true}))

/** Is it what a clone would have? */
function isSource(path: string): boolean {
  return !['.git', 'node_modules', 'dist', 'oclif.manifest.json', 'man'].some((made) => path === join(projectFolder, made))
}

/** Node and npm from this machine, and what they need to reach the registry as this machine does. */
async function bringNode(): Promise<void> {
  await cp(process.execPath, join(root, 'usr/bin/node'), {dereference: true})
  const npm = join((await mustRun(['npm', 'root', '--global'])).trim(), 'npm')
  await mkdir(join(root, 'usr/lib/node_modules'), {recursive: true})
  await cp(npm, join(root, 'usr/lib/node_modules/npm'), {recursive: true, dereference: true})
  await mustRun(['ln', '-s', '../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/bin/npm')])
  const certificates = process.env['NODE_EXTRA_CA_CERTS']
  for (const path of ['/etc/resolv.conf', '/etc/hosts', ...(certificates === undefined ? [] : [certificates])]) {
    if (!existsSync(path)) continue
    await mkdir(join(root, dirname(path)), {recursive: true})
    await cp(path, join(root, path), {dereference: true})
  }
}

/** A shell in the root, with /proc and /dev of its own; what it starts ends with it. */
async function inRoot(script: string): Promise<string> {
  const registry = (await mustRun(['npm', 'config', 'get', 'registry'])).trim()
  const mounts = 'mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && exec chroot "$1" /bin/sh -ec "$2"'
  const words = ['unshare', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-ec', mounts, 'sh', root, script]
  const env = {HOME: '/root', PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', npm_config_registry: registry, CI: 'true'}
  return mustRun(words, {env, timeoutMs: 15 * MINUTES})
}

test(
  'npm ci && npm start: a host netboots',
  async () => {
    expect(await inRoot('cd /srv/pxectl; npm ci --no-audit --no-fund; npm start </dev/null')).toContain('The host booted.')
  },
  16 * MINUTES,
)

test(
  'npm install -g: the program and its demo',
  async () => {
    const shown = await inRoot('cd /root; npm install -g --no-audit --no-fund /srv/pxectl.tgz; pxectl --version; pxectl demo --once')
    expect(shown).toMatch(/^pxectl\/\d/m)
    expect(shown).toContain('The host booted.')
  },
  16 * MINUTES,
)
