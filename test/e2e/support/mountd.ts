// rpc.mountd of nfs-utils in a test network: that half of Linux's NFS server is a program, and answers and logs mount requests also where
// the kernel has no nfsd. Unpacked, not installed: to other tests this machine would look like one with an NFS server.
import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {unpackPackage} from './image-media.js'
import {SERVER, type Network, type Place} from './network.js'
import {projectFolder} from './program.js'
import {until} from './programs.js'

/** As exportfs(8) writes it for `*(rw,insecure,no_subtree_check,no_root_squash)`. */
const OPTIONS =
  'rw,sync,wdelay,hide,nocrossmnt,insecure,no_root_squash,no_all_squash,no_subtree_check,secure_locks,acl,no_pnfs,' +
  'anonuid=65534,anongid=65534,sec=sys,rw,insecure,no_root_squash,no_all_squash'

/** Starts it with a portmapper of its own; it exports the folder to everybody. Gives the path of its log. */
export async function startMountd(network: Network, exported: string): Promise<string> {
  const folder = join(network.folder, 'mountd')
  await mkdir(join(folder, 'state'), {recursive: true})
  const tree = await unpackPackage(folder, 'nfs-kernel-server')
  const log = join(folder, 'log')
  await writeFile(join(folder, 'state/etab'), `${exported}\t*(${OPTIONS})\n`)
  // Sockets and state at fixed places of the system: in a mount namespace they are this test's alone.
  const script = `mount -t tmpfs none /run && mkdir -p /run/rpcbind /var/lib/nfs && mount --bind ${folder}/state /var/lib/nfs || exit 1
rpcbind -f -w &
until rpcinfo -p ${SERVER} >/dev/null 2>&1; do sleep 0.1; done
exec ${tree}/usr/sbin/rpc.mountd -F -N 4 >>${log} 2>&1`
  const server = network.start(['unshare', '--mount', 'sh', '-c', script])
  await until('rpc.mountd to listen', 60_000, async () => {
    if (!server.isRunning()) throw new Error(`rpc.mountd ended\n${server.stdout()}\n${server.stderr()}`)
    const {stdout} = await network.run(['rpcinfo', '-p', SERVER], {timeoutMs: 10_000})
    return /\b100005 +3 +tcp\b/.test(stdout)
  })
  return log
}

const PROGRAM = fileURLToPath(new URL('mount-program.ts', import.meta.url))

/** Asks it to mount the folder, as a kernel with its root there does first. */
export async function askMount(place: Place, folder: string): Promise<void> {
  await place.mustRun([process.execPath, '--import', 'tsx', PROGRAM, SERVER, folder], {cwd: projectFolder})
}
