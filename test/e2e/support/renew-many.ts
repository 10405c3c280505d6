// Renews one lease over and over, as thousands of clients do in a year.
import {fileURLToPath} from 'node:url'
import type {Client} from './network.js'
import {projectFolder} from './program.js'

const PROGRAM = fileURLToPath(new URL('renew-many-program.ts', import.meta.url))

export type Renewing = {readonly ip: string; readonly server: string; readonly times: number}

/** Renews, one after the other, as the client that has the address; gives how many were confirmed. */
export async function renewManyTimes(client: Client, renewing: Renewing): Promise<number> {
  const input = JSON.stringify({...renewing, mac: client.mac})
  return Number(await client.mustRun([process.execPath, '--import', 'tsx', PROGRAM], {cwd: projectFolder, input}))
}
