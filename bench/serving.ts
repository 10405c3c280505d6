// Our server as its users run it: the built `pxectl serve`, in a process of its own.
import {randomBytes} from 'node:crypto'
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fetchHttp} from '../src/http/client.js'
import type {Ground} from './ground.js'
import {findFreePort, startServer, type RunningServer} from './programs.js'

export async function startPxectl({
  bin,
  config,
  folder,
}: Ground): Promise<{readonly tftp: number; readonly http: number; readonly server: RunningServer}> {
  const tftp = await findFreePort()
  const http = await findFreePort()
  const ports = ['--listen', '127.0.0.1', '--tftp-port', String(tftp), '--http-port', String(http)]
  const server = await startServer({
    file: process.execPath,
    args: [bin, 'serve', '--config', config, '--dhcp', 'off', ...ports],
    port: tftp,
    folder,
    check: async () => void (await fetchHttp(`http://127.0.0.1:${http}/`)),
  })
  return {tftp, http, server}
}

/** A file of random bytes in the TFTP root; gives its name. */
export function writeServedFile(ground: Ground, name: string, sizeBytes: number): string {
  const folder = join(ground.tftpRoot, 'bench')
  mkdirSync(folder, {recursive: true})
  writeFileSync(join(folder, name), randomBytes(sizeBytes))
  return `bench/${name}`
}
