// A DHCP client that keeps its lease: busybox udhcpc in the foreground, which takes the address and renews when told to.
import {chmod, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Client} from './network.js'
import {until} from './programs.js'

export type RenewingClient = {
  readonly address: string
  /** Renews by unicast; resolves when the server has confirmed. */
  readonly renew: () => Promise<void>
  /** Gives the address back. */
  readonly release: () => Promise<void>
  /** What udhcpc said. */
  readonly log: () => string
}

export async function startRenewingClient(client: Client, folder: string, ...more: readonly string[]): Promise<RenewingClient> {
  const script = join(folder, `take-${client.namespace}`)
  await writeFile(
    script,
    '#!/bin/sh\ncase "$1" in\nbound|renew) ip address replace "$ip/24" brd + dev eth0; echo "$1 $ip" ;;\ndeconfig) ip address flush dev eth0 ;;\nesac\n',
  )
  await chmod(script, 0o755)
  const running = client.start(['udhcpc', '-f', '-R', '-t', '20', '-T', '1', '-i', 'eth0', '-s', script, ...more])
  const log = (): string => running.stdout() + running.stderr()
  const bound = await until('a lease', 30_000, () => /^bound (\S+)/m.exec(running.stdout())?.[1])
  const renewals = (): number => [...running.stdout().matchAll(/^renew /gm)].length
  return {
    address: bound,
    log,
    renew: async () => {
      const before = renewals()
      running.child.kill('SIGUSR1')
      await until(`a renewal of ${bound}`, 15_000, () => renewals() > before).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${log()}`)
      })
    },
    release: async () => {
      running.child.kill('SIGUSR2')
      await until('the lease to be given back', 10_000, () => /releas|Entering released/i.test(log()))
    },
  }
}
