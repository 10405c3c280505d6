// Who holds a port on this machine, from Linux's /proc. Elsewhere, and of processes that are not ours to look at: nobody.
import {readFile, readlink, readdir} from 'node:fs/promises'

export type PortHolder = {
  readonly pid: number
  /** The name of its program as the kernel keeps it: 15 characters. */
  readonly program: string
  readonly args: readonly string[]
}

/** The processes in our own network namespace that hold the port, whatever address they bound. */
export async function listUdpHolders(port: number): Promise<PortHolder[]> {
  return holdersOf(await socketsOf('udp', port))
}

/** The same for TCP, as far as they listen; over IPv4. */
export async function listTcpListeners(port: number): Promise<PortHolder[]> {
  return holdersOf(await socketsOf('tcp', port))
}

/** Is the process of this folder of /proc in our network namespace? Without the rights to look we cannot tell: then it may be. */
export async function isInOurNetwork(folder: string): Promise<boolean> {
  const [own, other] = await Promise.all(['/proc/self', folder].map((at) => readlink(`${at}/ns/net`).catch(() => undefined)))
  return own === other || other === undefined
}

async function holdersOf(sockets: ReadonlySet<string>): Promise<PortHolder[]> {
  if (sockets.size === 0) return []
  const holders: PortHolder[] = []
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name) || !(await hasSocket(name, sockets))) continue
    const [program, args] = await Promise.all([readText(`/proc/${name}/comm`), readText(`/proc/${name}/cmdline`)])
    if (program !== '') holders.push({pid: Number(name), program: program.trim(), args: args.split('\0').slice(0, -1)})
  }
  return holders
}

const TCP_LISTEN = '0A'

/** `socket:[inode]`, as the descriptors of a process show it. Columns as proc(5) names them: sl, local_address, …, the inode is the tenth. */
async function socketsOf(protocol: 'udp' | 'tcp', port: number): Promise<Set<string>> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  const lines = (await readText(`/proc/self/net/${protocol}`)).split('\n').map((line) => line.trim().split(/\s+/))
  const isOurs = (fields: readonly string[]): boolean =>
    fields[1]?.endsWith(`:${hexPort}`) === true && (protocol === 'udp' || fields[3] === TCP_LISTEN)
  return new Set(lines.filter(isOurs).map((fields) => `socket:[${fields[9] ?? ''}]`))
}

async function hasSocket(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
    if (sockets.has(await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => ''))) return true
  }
  return false
}

/** A process may end while it is looked at. */
async function readText(path: string): Promise<string> {
  return readFile(path, 'latin1').catch(() => '')
}
