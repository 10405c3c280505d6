// A real DHCP client with a memory: ISC dhclient, which asks for the address it had (INIT-REBOOT) and can give it back.
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Client} from './network.js'

/** One run of dhclient to its lease; its own file of leases makes the next run an INIT-REBOOT. */
export async function runDhclient(client: Client, folder: string, ...more: readonly string[]): Promise<string | undefined> {
  const path = (name: string): string => join(folder, `dhclient-${client.namespace}.${name}`)
  await writeFile(path('conf'), 'timeout 20;\nretry 5;\n')
  const words = ['dhclient', '-4', '-1', '-v', '-sf', '/bin/true', '-cf', path('conf'), '-lf', path('leases'), '-pf', path('pid')]
  const finished = await client.run([...words, ...more, 'eth0'], {timeoutMs: 40_000})
  await client.run(['sh', '-c', `kill "$(cat ${path('pid')})" 2>/dev/null; rm -f ${path('pid')}`])
  return /bound to (\S+)/.exec(finished.stderr)?.[1]
}
