// nfs-ganesha, an NFS server in user space, in a test network: the kernels of test machines often have none. It exports what `pxectl fs share`
// says, and what it grants nobody else.
import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Lab} from './lab.js'
import {SERVER, type Network} from './network.js'
import {until} from './programs.js'

type Export = {readonly path: string; readonly client: string; readonly access: 'ro' | 'rw'}

/** Starts it, with a portmapper of its own, and waits until it tells its exports: to each client what it may mount, so here those to the subnet. */
export async function startGanesha(network: Network, lab: Lab): Promise<void> {
  const {exports} = await lab.must('fs', 'share', '--dry-run')
  const folder = join(network.folder, 'nfs')
  await mkdir(join(folder, 'state/ganesha'), {recursive: true})
  await writeFile(join(folder, 'ganesha.conf'), configOf(exports as Export[]))
  // Sockets and state at fixed places of the system: in a mount namespace they are this test's alone.
  const script = `mount -t tmpfs none /run && mkdir -p /run/rpcbind /run/ganesha /var/lib/nfs && mount --bind ${folder}/state /var/lib/nfs || exit 1
rpcbind -f -w &
until rpcinfo -p ${SERVER} >/dev/null 2>&1; do sleep 0.1; done
exec ganesha.nfsd -F -f ${folder}/ganesha.conf -L ${folder}/ganesha.log -p /run/ganesha/pid`
  const server = network.start(['unshare', '--mount', 'sh', '-c', script])
  await until('nfs-ganesha to export', 120_000, async () => {
    if (!server.isRunning()) throw new Error(`nfs-ganesha ended\n${server.stdout()}\n${server.stderr()}`)
    const {stdout} = await network.run(['showmount', '--no-headers', '-e', SERVER], {timeoutMs: 10_000})
    return (exports as Export[]).filter(({client}) => client.includes('/')).every(({path}) => stdout.includes(path))
  })
}

function configOf(exports: readonly Export[]): string {
  const clients = (path: string): string[] =>
    exports
      .filter((one) => one.path === path)
      .map(({client, access}) => `CLIENT { Clients = ${client}; Access_Type = ${access.toUpperCase()}; Squash = No_Root_Squash; }`)
  // A path may be told once.
  const blocks = [...new Set(exports.map(({path}) => path))].map(
    (path, index) => `EXPORT {
  Export_Id = ${index + 1}; Path = ${path}; Pseudo = ${path}; Protocols = 3; Transports = TCP; SecType = sys;
  Access_Type = NONE;
  ${clients(path).join('\n  ')}
  FSAL { Name = VFS; }
}
`,
  )
  return `NFS_CORE_PARAM { Protocols = 3; Enable_NLM = false; Enable_RQUOTA = false; Bind_addr = ${SERVER}; }
NFSV4 { Graceless = true; }
LOG { Default_Log_Level = EVENT; }
${blocks.join('')}`
}
