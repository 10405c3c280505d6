// The real VBoxManage, without its kernel modules: Debian has VirtualBox in sid only, so a small sid tree is made once and kept in
// node_modules/.cache. Only its /usr is put in the place of this machine's, for each run and nobody else, by a mount namespace.
import {existsSync} from 'node:fs'
import {chmod, mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {withLock} from '../../../src/system/lock.js'
import {CACHE} from './assets.js'
import {debianMirror} from './debian-suite.js'
import {mustRun, until} from './programs.js'

const TREE = join(CACHE, 'virtualbox-sid')
const FRONT_END = fileURLToPath(new URL('virtualbox-front-end.c', import.meta.url))

/** Empty stand-ins for what only a window or a kernel module would need: they save 600 MB. */
const STAND_IN = `Package: pxectl-e2e-standin
Version: 99
Architecture: all
Maintainer: nobody <root@localhost>
Provides: virtualbox-modules, libgl1, libsdl2-2.0-0 (= 99)
Description: empty
`

/** Runs within a mount namespace of its own: nothing stays mounted, whatever happens. */
const INSTALL = `set -e
tree=$1
mount --bind /proc "$tree/proc"
mount --bind /dev "$tree/dev"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
chroot "$tree" dpkg -i /standin.deb
# A mirror that lags behind is good enough.
chroot "$tree" apt-get -o Acquire::Check-Valid-Until=false update
chroot "$tree" apt-get -o Acquire::Languages=none install -y --no-install-recommends virtualbox systemd-standalone-sysusers
chroot "$tree" apt-get clean
`

/** Makes the tree where it is missing; takes a minute or two, in which another test waits. */
async function makeTree(): Promise<void> {
  await mkdir(CACHE, {recursive: true})
  await withLock(`${TREE}.lock`, {waitMs: 900_000}, buildTree)
}

async function buildTree(): Promise<void> {
  if (existsSync(TREE)) return
  console.log('installing VirtualBox from Debian sid, apart from this system')
  const part = `${TREE}.part`
  await rm(part, {recursive: true, force: true})
  await mustRun(['debootstrap', '--variant=minbase', '--components=main,contrib', 'sid', part, await debianMirror()], {timeoutMs: 900_000})
  await writeFile(join(part, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', {mode: 0o755})
  await writeFile(
    join(part, 'etc/dpkg/dpkg.cfg.d/small'),
    ['doc', 'man', 'locale', 'info'].map((name) => `path-exclude=/usr/share/${name}/*\n`).join(''),
  )
  await mkdir(join(part, 'standin/DEBIAN'), {recursive: true})
  await writeFile(join(part, 'standin/DEBIAN/control'), STAND_IN)
  await mustRun(['dpkg-deb', '--build', join(part, 'standin'), join(part, 'standin.deb')])
  await writeFile(join(part, 'etc/resolv.conf'), await readFile('/etc/resolv.conf').catch(() => ''))
  await mustRun(['unshare', '-m', '--propagation', 'private', 'sh', '-c', INSTALL, 'sh', part], {timeoutMs: 900_000})
  await rename(part, TREE)
}

export type Virtualbox = {
  /** To be put before PATH: the folder of a `VBoxManage` whose settings are in the scratch folder alone. */
  readonly bin: string
  readonly program: string
  /** Runs VBoxManage; it must succeed. */
  readonly manage: (...args: string[]) => Promise<string>
  /** The next `dhcpserver`, or other command, is carried out, and then whoever called it is killed. */
  readonly killNextCaller: (command?: string) => Promise<void>
  /** Waits until VirtualBox's own service has ended, which it does by itself some seconds after the last use. */
  readonly close: () => Promise<void>
}

/** A zombie has ended: where nobody collects orphans, as in some containers, it stays for ever. */
async function hasEnded(pid: string): Promise<boolean> {
  if (!/^\d+$/.test(pid)) return true
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat === '' || /^\d+ \(.*\) [ZX]/s.test(stat)
}

export type VirtualboxOptions = {
  /** Machines can be started, without the kernel module and slowly: by VirtualBox's recompiler. */
  readonly canStart?: boolean
}

/** A VirtualBox of its own in the folder. `id` must be one of its kind on this machine. */
export async function openVirtualbox(folder: string, id: string, {canStart = false}: VirtualboxOptions = {}): Promise<Virtualbox> {
  await makeTree()
  const bin = join(folder, 'bin')
  const program = join(bin, 'VBoxManage')
  const frontEnd = join(folder, 'VBoxHeadless')
  await mkdir(join(folder, 'settings'), {recursive: true})
  await mkdir(bin)
  if (canStart) await mustRun(['cc', '-O1', '-o', frontEnd, FRONT_END, '-ldl'])
  // VBOX_USER_HOME alone is not enough: there is one VBoxSVC for each VBOX_IPC_SOCKETID.
  await writeFile(
    program,
    `#!/bin/sh
${canStart ? `[ "$1" != startvm ] || "$0" modifyvm "$2" --vm-execution-engine recompiler || exit` : ':'}
export VBOX_USER_HOME=${folder}/settings VBOX_IPC_SOCKETID=${id}
unshare -m --propagation private sh -c '
  mount --bind /usr/local ${TREE}/usr/local && mount --rbind ${TREE}/usr /usr || exit 125
  ${canStart ? `mount --bind ${frontEnd} /usr/lib/virtualbox/VBoxHeadless || exit 125` : ':'}
  exec /usr/lib/virtualbox/VBoxManage "$@"' sh "$@"
status=$?
if [ -e ${folder}/kill ] && [ "$1" = "$(cat ${folder}/kill)" ]; then
  rm ${folder}/kill
  kill -9 $PPID
fi
exit $status
`,
  )
  await chmod(program, 0o755)
  const env = {LC_ALL: 'C.UTF-8'}
  await mustRun([program, 'setproperty', 'machinefolder', join(folder, 'machines')], {env})
  return {
    bin,
    program,
    manage: (...args) => mustRun([program, ...args], {env}),
    killNextCaller: (command = 'dhcpserver') => writeFile(join(folder, 'kill'), command),
    close: async () => {
      const sockets = `/tmp/.vbox-${id}-ipc`
      const pid = (await readFile(join(sockets, 'lock'), 'utf8').catch(() => '')).trim()
      await until('VBoxSVC to end', 60_000, () => hasEnded(pid))
      await rm(sockets, {recursive: true, force: true})
    },
  }
}
