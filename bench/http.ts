// HTTP: the built `pxectl serve` against nginx with sendfile and one process, over loopback.
import {createHash} from 'node:crypto'
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fetchHttp} from '../src/http/client.js'
import {exec} from '../src/system/exec.js'
import {runContest, WrongBytes, type Row, type Sample} from './contest.js'
import {runWorker, type Ground} from './ground.js'
import {findFreePort, getPeer, startServer, type RunningServer} from './programs.js'
import {startPxectl, writeServedFile} from './serving.js'

const LARGE_BYTES = 200e6
const SMALL_BYTES = 2048
const SMALL_COUNT = 100
const CONNECTIONS = 64
const REQUESTS = 6000

type HttpServer = {readonly server: RunningServer; readonly port: number}

export async function measureHttp(ground: Ground, rounds: number): Promise<Row[]> {
  const large = writeServedFile(ground, 'large-http', LARGE_BYTES)
  const small = Array.from({length: SMALL_COUNT}, (_, index) => writeServedFile(ground, `small-http-${index}`, SMALL_BYTES))
  const worker = ground.worker('http-load')
  const {http, server} = await startPxectl(ground)
  const ours: HttpServer = {server, port: http}
  const nginx = startNginx(ground, large)
  // Its failure is met when it is first asked for.
  await nginx.catch(() => undefined)

  const fetchLarge = async (from: HttpServer): Promise<Sample> =>
    withCpu(from, async () => {
      const args = [
        '--silent',
        '--show-error',
        '--fail',
        '--max-time',
        '60',
        '--output',
        '/dev/null',
        '--write-out',
        '%{size_download} %{time_total}',
      ]
      const curl = await exec({file: getPeer('curl', 'apt-get install curl'), args: [...args, urlOf(from.port, large)]})
      const [bytes = 0, seconds = 0] = curl.stdout.split(' ').map(Number)
      if (curl.exitCode !== 0) throw new Error(`curl: ${curl.stderr}`)
      if (bytes !== LARGE_BYTES) throw new WrongBytes(`wrong bytes: curl got ${bytes}`)
      return bytes / 1e6 / seconds
    })
  const fetchSmall = async (from: HttpServer): Promise<Sample> =>
    withCpu(from, async () => {
      const task = {port: from.port, root: ground.tftpRoot, names: small, connections: CONNECTIONS, requests: REQUESTS}
      const {seconds} = (await runWorker(worker, task)) as {seconds: number}
      return REQUESTS / seconds
    })
  const contests = [
    {work: 'HTTP, one 200 MB file by curl', unit: 'MB/s', floor: {atLeast: 0.85}, measure: fetchLarge},
    {work: `HTTP, 2 KB files, ${CONNECTIONS} connections`, unit: 'files/s', floor: {atLeast: 0.6}, measure: fetchSmall},
  ] as const
  try {
    await checkServed(ground, http, large)
    const rows: Row[] = []
    for (const {measure, ...contest} of contests) {
      const sides = {ours: () => measure(ours), theirs: async () => measure(await nginx)}
      rows.push(await runContest({...contest, peer: 'nginx', ...sides}, rounds))
    }
    return rows
  } finally {
    await server.stop()
    await nginx.then((started) => started.server.stop()).catch(() => undefined)
  }
}

async function withCpu({server}: HttpServer, work: () => Promise<number>): Promise<Sample> {
  const before = server.cpuSeconds()
  const value = await work()
  return {value, cpuSeconds: server.cpuSeconds() - before}
}

function urlOf(port: number, name: string): string {
  return `http://127.0.0.1:${port}/${name}`
}

async function startNginx(ground: Ground, name: string): Promise<HttpServer> {
  const file = getPeer('nginx', 'apt-get install nginx-light')
  const port = await findFreePort()
  const folder = join(ground.folder, 'nginx')
  mkdirSync(folder, {recursive: true})
  const config = join(folder, 'nginx.conf')
  writeFileSync(config, nginxConf(folder, {port, root: ground.tftpRoot}))
  const check = (): Promise<void> => checkServed(ground, port, name)
  return {server: await startServer({file, args: ['-e', 'stderr', '-p', folder, '-c', config], port, folder, check}), port}
}

/** One process, so that its CPU time is one number. */
function nginxConf(folder: string, {port, root}: {readonly port: number; readonly root: string}): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`)
  return `daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
  ${temporary.join(' ')}
  server { listen 127.0.0.1:${port}; root ${root}; }
}
`
}

async function checkServed(ground: Ground, port: number, name: string): Promise<void> {
  const {status, sha256} = await fetchHttp(urlOf(port, name))
  const expected = createHash('sha256')
    .update(readFileSync(join(ground.tftpRoot, name)))
    .digest('hex')
  if (status !== 200) throw new Error(`${name}: HTTP status ${status}`)
  if (sha256 !== expected) throw new WrongBytes(`wrong bytes of ${name}`)
}
