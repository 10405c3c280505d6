// dnsmasq in a test network: its configuration, and a restart command for `[dhcp] restart`.
import {chmod, mkdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Network} from './network.js'

export type Dnsmasq = {
  readonly config: string
  /** A command line that stops the daemon and starts it again; its status is dnsmasq's. */
  readonly restart: string
  /** The process id of the running daemon, or undefined. */
  readonly pid: () => Promise<number | undefined>
  readonly log: () => Promise<string>
}

/** A dnsmasq.conf as an administrator would have written it: an edit must leave these bytes alone. */
export const HAND_WRITTEN = `# dnsmasq.conf of the lab, kept by hand
port=0
interface = br0     # the lab
bind-dynamic
dhcp-range=192.168.56.100,192.168.56.199,255.255.255.0,10m
dhcp-option=option:router,192.168.56.1
dhcp-host=00:80:77:12:34:56,printer,192.168.56.9
log-dhcp
no-ping
`

/** Writes the configuration and starts dnsmasq, which gives up root as it does on any system: it must be able to read our files. */
export async function startDnsmasq(network: Network, config: string = HAND_WRITTEN): Promise<Dnsmasq> {
  const folder = join(network.folder, 'dnsmasq')
  await mkdir(folder)
  await chmod(network.folder, 0o755)
  const path = (name: string): string => join(folder, name)
  await writeFile(path('dnsmasq.conf'), config)
  const options = ['-C', path('dnsmasq.conf'), '-x', path('pid'), '-l', path('leases'), `--log-facility=${path('log')}`, '--user=nobody']
  await writeFile(
    path('restart'),
    `#!/bin/sh
exec 9>${path('restart.lock')}
flock 9
pid=$(cat ${path('pid')} 2>/dev/null)
if [ -n "$pid" ] && [ "$(cat /proc/$pid/comm 2>/dev/null)" = dnsmasq ]; then
  kill "$pid"
  while [ "$(cat /proc/$pid/comm 2>/dev/null)" = dnsmasq ]; do sleep 0.02; done
fi
rm -f ${path('pid')}
dnsmasq ${options.join(' ')} </dev/null 9>&-
`,
  )
  await chmod(path('restart'), 0o755)
  await network.mustRun([path('restart')])
  return {
    config: path('dnsmasq.conf'),
    restart: path('restart'),
    pid: async () => {
      const pid = (await readFile(path('pid'), 'utf8').catch(() => '')).trim()
      const name = pid === '' ? '' : await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
      return name.trim() === 'dnsmasq' ? Number(pid) : undefined
    },
    log: () => readFile(path('log'), 'utf8'),
  }
}
