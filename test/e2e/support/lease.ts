// A real DHCP client: busybox udhcpc.
import {fileURLToPath} from 'node:url'
import type {Client} from './network.js'

const SCRIPT = fileURLToPath(new URL('udhcpc.sh', import.meta.url))

export type Lease = {readonly address: string; readonly hostname: string}

/** What a DHCP server gives this client, or undefined where none answers. The client's own address stays as it is. */
export async function requestLease(client: Client): Promise<Lease | undefined> {
  const finished = await client.run(['udhcpc', '-f', '-q', '-n', '-t', '6', '-T', '1', '-O', 'hostname', '-i', 'eth0', '-s', SCRIPT])
  const found = /^address=(\S*) hostname=(\S*)/m.exec(finished.stdout)
  return finished.exitCode === 0 && found !== null ? {address: found[1] ?? '', hostname: found[2] ?? ''} : undefined
}
