// The TFTP servers that are compared, each started when it is first asked for. None is ever installed by the benchmark.
import {createHash} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fetchTftp} from '../src/tftp/client.js'
import {PeerMissing, reasonOf, WrongBytes, type Engine} from './contest.js'
import type {Ground} from './ground.js'
import {hasOwnNetwork} from './own-network.js'
import {findFreePort, getPeer, startServer, type RunningServer} from './programs.js'
import {startPxectl} from './serving.js'

export type PeerName = 'in.tftpd' | 'dnsmasq' | 'atftpd' | 'bare C server'

export type TftpServers = {
  get(name: PeerName | Engine): Promise<RunningServer>
  /** Stops one that failed, if it still runs: the next work gets a new one, without transfers left over from the last. */
  drop(name: PeerName | Engine): Promise<void>
  stop(): Promise<void>
}

/** `names` are the files that will be asked for; the first is fetched, and compared, before a server counts as running. */
export function openTftpServers(ground: Ground, names: readonly string[]): TftpServers {
  const starting = new Map<string, Promise<RunningServer>>()
  const start = async (name: PeerName | Engine): Promise<RunningServer> => {
    if (name === 'plain' || name === 'native') {
      const {server} = await startPxectl(ground, {engine: name})
      await checkServed(ground, server.port, names[0]!)
      return server
    }
    // What a peer does wrong, but for wrong bytes, is no failure of ours.
    return PEERS[name](ground, names).catch((error: unknown) => {
      throw error instanceof WrongBytes ? error : new PeerMissing(reasonOf(error), {cause: error})
    })
  }
  return {
    get: (name) => {
      const server = starting.get(name) ?? start(name)
      starting.set(name, server)
      return server
    },
    drop: async (name) => {
      const server = starting.get(name)
      starting.delete(name)
      await server?.then((running) => running.stop()).catch(() => undefined)
    },
    stop: async () => {
      for (const server of starting.values()) await server.then((running) => running.stop()).catch(() => undefined)
    },
  }
}

type StartPeer = (ground: Ground, names: readonly string[]) => Promise<RunningServer>

const PEERS: Readonly<Record<PeerName, StartPeer>> = {
  'in.tftpd': startInTftpd,
  dnsmasq: startDnsmasq,
  atftpd: startAtftpd,
  'bare C server': startBare,
}

async function startInTftpd(ground: Ground, [name]: readonly string[]): Promise<RunningServer> {
  const file = getPeer('in.tftpd', 'apt-get install tftpd-hpa')
  if (process.getuid?.() !== 0) throw new PeerMissing('in.tftpd must be started as root')
  const port = await findFreePort()
  const args = ['-L', '-a', `127.0.0.1:${port}`, '-s', ground.tftpRoot]
  return startServer({file, args, port, folder: ground.folder, check: () => checkServed(ground, port, name!)})
}

async function startDnsmasq(ground: Ground, [name]: readonly string[]): Promise<RunningServer> {
  const file = getPeer('dnsmasq', 'apt-get install --no-install-recommends dnsmasq-base')
  if (!hasOwnNetwork()) throw new PeerMissing('dnsmasq serves TFTP on port 69 only: run this as root, in a network namespace of its own')
  const place = ['--listen-address=127.0.0.1', '--bind-interfaces', '--conf-file=/dev/null', '--pid-file=']
  const tftp = ['--enable-tftp', `--tftp-root=${ground.tftpRoot}`, '--tftp-max=2000', '--quiet-tftp']
  const args = ['--no-daemon', '--port=0', ...place, ...tftp]
  return startServer({file, args, port: 69, folder: ground.folder, check: () => checkServed(ground, 69, name!)})
}

async function startAtftpd(ground: Ground, [name]: readonly string[]): Promise<RunningServer> {
  // The package cannot be installed beside tftpd-hpa: Debian's apt-get would remove that.
  const file = getPeer(
    'atftpd',
    'apt-get download atftpd && dpkg-deb -x atftpd_*.deb DIR, and DIR/usr/sbin in PATH; never install it: that removes tftpd-hpa',
  )
  const port = await findFreePort()
  const place = ['--bind-address', '127.0.0.1', '--port', String(port), '--logfile', '-']
  // Its default log level writes a line per transfer; 3 leaves errors.
  const args = ['--daemon', '--no-fork', '--verbose=3', '--maxthread', '2000', ...place, ground.tftpRoot]
  return startServer({file, args, port, folder: ground.folder, check: () => checkServed(ground, port, name!)})
}

async function startBare(ground: Ground, names: readonly string[]): Promise<RunningServer> {
  const file = ground.cProgram('tftp-ceiling')
  const port = await findFreePort()
  const args = [String(port), ground.tftpRoot, ...names]
  return startServer({file, args, port, folder: ground.folder, check: () => checkServed(ground, port, names[0]!)})
}

/** With the client of `boot-test`: a second opinion on the bytes, besides the load generator's. */
async function checkServed(ground: Ground, port: number, name: string): Promise<void> {
  const {sha256} = await fetchTftp({server: '127.0.0.1', port, name, blksize: 1432, timeoutMs: 200})
  const expected = createHash('sha256')
    .update(readFileSync(join(ground.tftpRoot, name)))
    .digest('hex')
  if (sha256 !== expected) throw new WrongBytes(`wrong bytes of ${name}`)
}
