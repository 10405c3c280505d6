// Our server as its users run it: the built `pxectl serve`, in a process of its own, with and without its native part.
import {randomBytes} from 'node:crypto'
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fetchHttp} from '../src/http/client.js'
import {reasonOf, type Engine} from './contest.js'
import type {Ground} from './ground.js'
import {findFreePort, startServer, type RunningServer} from './programs.js'

export const ENGINES: readonly Engine[] = ['plain', 'native']

export type ServeSettings = {
  readonly engine: Engine
  /** The Node to run it with. Default: the one that runs the benchmark. */
  readonly node?: string
  readonly json?: boolean
}

export type RunningPxectl = {readonly tftp: number; readonly http: number; readonly server: RunningServer}

export async function startPxectl({bin, config, folder}: Ground, {engine, node, json}: ServeSettings): Promise<RunningPxectl> {
  const tftp = await findFreePort()
  const http = await findFreePort()
  const ports = ['--listen', '127.0.0.1', '--tftp-port', String(tftp), '--http-port', String(http)]
  const {PXECTL_SERVE_ENGINE: _, ...rest} = process.env
  const server = await startServer({
    file: node ?? process.execPath,
    args: [bin, 'serve', '--config', config, '--dhcp', 'off', ...ports, ...(json === true ? ['--json'] : [])],
    port: tftp,
    folder,
    env: engine === 'plain' ? {...rest, PXECTL_SERVE_ENGINE: 'plain'} : rest,
    check: async () => void (await fetchHttp(`http://127.0.0.1:${http}/`)),
  })
  return {tftp, http, server}
}

/** What `serve --json` says about its engine when it is ready, for the head of the table. */
export async function readEngine(ground: Ground, engine: Engine): Promise<string> {
  try {
    const {server} = await startPxectl(ground, {engine, json: true})
    await server.stop()
    const events = server
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as {readonly kind?: string; readonly engine?: unknown})
    const said = events.find(({kind}) => kind === 'ready')?.engine
    return said === undefined ? 'does not say' : typeof said === 'string' ? said : JSON.stringify(said)
  } catch (error) {
    return `does not start: ${reasonOf(error)}`
  }
}

/** A file of random bytes in the TFTP root; gives its name. */
export function writeServedFile(ground: Ground, name: string, sizeBytes: number): string {
  const folder = join(ground.tftpRoot, 'bench')
  mkdirSync(folder, {recursive: true})
  writeFileSync(join(folder, name), randomBytes(sizeBytes))
  return `bench/${name}`
}
