// TFTP: the built `pxectl serve` against in.tftpd in lock-step, and against atftpd, the only peer with windows.
import {Buffer} from 'node:buffer'
import {createHash} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fetchTftp} from '../src/tftp/client.js'
import {PeerMissing, reasonOf, runContest, WrongBytes, type Contest, type Floor, type Row, type Sample} from './contest.js'
import {runWorker, type Ground} from './ground.js'
import {findFreePort, getPeer, startServer, type RunningServer} from './programs.js'
import {startPxectl, writeServedFile} from './serving.js'

type PeerName = 'in.tftpd' | 'atftpd'

type Load = {
  readonly work: string
  readonly peer: PeerName
  readonly files: 'large' | 'small'
  readonly clients: number
  readonly transfers: number
  readonly windowsize?: number
  readonly floor?: Floor
}

const BLKSIZE = 1432
const MB = 1e6
const LARGE_BYTES = MB
const SMALL_BYTES = 2048
const SMALL_COUNT = 100

const LOADS: readonly Load[] = [
  {work: 'lock-step, 1 client', peer: 'in.tftpd', files: 'large', clients: 1, transfers: 8, floor: {atLeast: 0.95}},
  {work: 'lock-step, 16 clients', peer: 'in.tftpd', files: 'large', clients: 16, transfers: 32},
  {work: 'lock-step, 64 clients', peer: 'in.tftpd', files: 'large', clients: 64, transfers: 64, floor: {atLeast: 1.5}},
  {work: 'storm of 2 KB files, 16 clients', peer: 'in.tftpd', files: 'small', clients: 16, transfers: 800, floor: {atLeast: 6}},
  {work: 'windowsize 4, 1 client', peer: 'atftpd', files: 'large', clients: 1, transfers: 16, windowsize: 4, floor: {atLeast: 0.95}},
  {work: 'windowsize 16, 1 client', peer: 'atftpd', files: 'large', clients: 1, transfers: 16, windowsize: 16, floor: {atLeast: 1.4}},
]

export async function measureTftp(ground: Ground, rounds: number): Promise<Row[]> {
  const large = writeServedFile(ground, 'large', LARGE_BYTES)
  const small = Array.from({length: SMALL_COUNT}, (_, index) => writeServedFile(ground, `small-${index}`, SMALL_BYTES))
  const worker = ground.worker('tftp-load')
  const servers: RunningServer[] = []
  const started = async (starting: Promise<RunningServer>): Promise<RunningServer> => {
    const server = await starting
    servers.push(server)
    return server
  }
  try {
    const ours = await started(startPxectl(ground).then(({server}) => server))
    await checkServed(ground, ours.port, large)
    const peers: Record<PeerName, Promise<RunningServer>> = {
      'in.tftpd': started(startInTftpd(ground, large)),
      atftpd: started(startAtftpd(ground, large)),
    }
    await Promise.allSettled(Object.values(peers))
    const rows: Row[] = []
    for (const load of LOADS) {
      const measure = async (server: RunningServer): Promise<Sample> => {
        const {clients, transfers, windowsize} = load
        const names = load.files === 'large' ? [large] : small
        // in.tftpd forks a child per transfer, whose time the kernel does not add to its own: no CPU ratio against it.
        const cpuBefore = server.cpuSeconds()
        const task = {port: server.port, root: ground.tftpRoot, names, clients, transfers, blksize: BLKSIZE, windowsize}
        const {seconds, bytes} = (await runWorker(worker, task)) as {seconds: number; bytes: number}
        return {
          value: load.files === 'large' ? bytes / MB / seconds : transfers / seconds,
          ...(load.peer === 'in.tftpd' ? {} : {cpuSeconds: server.cpuSeconds() - cpuBefore}),
        }
      }
      rows.push(
        await runContest(
          contestOf(
            load,
            () => measure(ours),
            async () => measure(await peers[load.peer]),
          ),
          rounds,
        ),
      )
    }
    return rows
  } finally {
    for (const server of servers) await server.stop()
  }
}

function contestOf(load: Load, ours: Contest['ours'], theirs: Contest['theirs']): Contest {
  const unit = load.files === 'large' ? 'MB/s' : 'files/s'
  const floor = load.floor === undefined ? {} : {floor: load.floor}
  return {work: `TFTP, ${load.work}, blksize ${BLKSIZE}`, peer: load.peer, unit, ...floor, ours, theirs}
}

async function startInTftpd(ground: Ground, name: string): Promise<RunningServer> {
  const file = getPeer('in.tftpd', 'apt-get install tftpd-hpa')
  if (process.getuid?.() !== 0) throw new PeerMissing('in.tftpd must be started as root')
  const port = await findFreePort()
  const args = ['-L', '-a', `127.0.0.1:${port}`, '-s', ground.tftpRoot]
  return startServer({file, args, port, folder: ground.folder, check: () => checkServed(ground, port, name)})
}

async function startAtftpd(ground: Ground, name: string): Promise<RunningServer> {
  // The package cannot be installed beside tftpd-hpa: Debian's apt-get would remove that.
  const file = getPeer(
    'atftpd',
    'apt-get download atftpd && dpkg-deb -x atftpd_*.deb DIR, and DIR/usr/sbin in PATH; never install it: that removes tftpd-hpa',
  )
  const port = await findFreePort()
  const place = ['--bind-address', '127.0.0.1', '--port', String(port), '--logfile', '-']
  // Its default log level writes a line per transfer; 3 leaves errors.
  const args = ['--daemon', '--no-fork', '--verbose=3', ...place, ground.tftpRoot]
  return startServer({file, args, port, folder: ground.folder, check: () => checkServed(ground, port, name)})
}

/** With the client of `boot-test`: a second opinion on the bytes, besides the load generator's. */
async function checkServed(ground: Ground, port: number, name: string): Promise<void> {
  const expected: Buffer = readFileSync(join(ground.tftpRoot, name))
  const {sha256} = await fetchTftp({server: '127.0.0.1', port, name, blksize: BLKSIZE, timeoutMs: 200}).catch((error: unknown) => {
    throw new Error(reasonOf(error), {cause: error})
  })
  if (sha256 !== createHash('sha256').update(expected).digest('hex')) throw new WrongBytes(`wrong bytes of ${name}`)
}
