// The HTTP servers that are compared, each started when it is first asked for.
import {createHash} from 'node:crypto'
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fetchHttp} from '../src/http/client.js'
import {PeerMissing, reasonOf, WrongBytes, type Engine} from './contest.js'
import type {Ground} from './ground.js'
import {findFreePort, getPeer, startServer, type RunningServer} from './programs.js'
import {startPxectl} from './serving.js'

export type HttpServer = {
  readonly url: string
  readonly running: RunningServer
  /** Fetches a file and throws WrongBytes if it is not the one in the TFTP root. */
  check(name: string): Promise<void>
}

export type HttpServers = {
  /** An engine of ours, or `nginx`. */
  get(name: string): Promise<HttpServer>
  stop(): Promise<void>
}

/** All the files are fetched, and compared, before a server counts as running. */
export function openHttpServers(ground: Ground, names: readonly string[]): HttpServers {
  const expected = new Map(names.map((name) => [name, sha256Of(readFileSync(join(ground.tftpRoot, name)))]))
  const checkAt = (url: string) => async (name: string) => {
    const {status, sha256} = await fetchHttp(`${url}/${name}`)
    if (status !== 200) throw new Error(`${name}: HTTP status ${status}`)
    if (sha256 !== expected.get(name)) throw new WrongBytes(`wrong bytes of ${name}`)
  }
  const start = async (name: string): Promise<HttpServer> => {
    const {http, server} = name === 'nginx' ? await startNginx(ground) : await startPxectl(ground, {engine: name as Engine})
    const url = `http://127.0.0.1:${http}`
    const check = checkAt(url)
    for (const file of names) await check(file)
    return {url, running: server, check}
  }
  const starting = new Map<string, Promise<HttpServer>>()
  return {
    get: (name) => {
      const server = starting.get(name) ?? start(name)
      starting.set(name, server)
      return server
    },
    stop: async () => {
      for (const server of starting.values()) await server.then(({running}) => running.stop()).catch(() => undefined)
    },
  }
}

async function startNginx(ground: Ground): Promise<{readonly http: number; readonly server: RunningServer}> {
  const file = getPeer('nginx', 'apt-get install nginx-light')
  const http = await findFreePort()
  const folder = join(ground.folder, 'nginx')
  mkdirSync(folder, {recursive: true})
  const config = join(folder, 'nginx.conf')
  writeFileSync(config, nginxConf(folder, {address: '127.0.0.1', port: http, root: ground.tftpRoot}))
  const check = async (): Promise<void> => void (await fetchHttp(`http://127.0.0.1:${http}/`))
  const program = {file, args: ['-e', 'stderr', '-p', folder, '-c', config], port: http, folder, check}
  const server = await startServer(program).catch((error: unknown) => {
    throw new PeerMissing(reasonOf(error), {cause: error})
  })
  return {http, server}
}

/** One process, so that its CPU time is one number. */
export function nginxConf(
  folder: string,
  {address, port, root}: {readonly address: string; readonly port: number; readonly root: string},
): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`)
  return `daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
  ${temporary.join(' ')}
  server { listen ${address}:${port}; root ${root}; }
}
`
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
