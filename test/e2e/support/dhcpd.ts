// ISC's dhcpd in a test network: its configuration, and a restart command for `[dhcp] restart`.
import {chmod, mkdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Network} from './network.js'

export type Dhcpd = {
  readonly config: string
  /** A command line that stops the daemon and starts it again; its status is dhcpd's. */
  readonly restart: string
  /** The process id of the running daemon, or undefined. */
  readonly pid: () => Promise<number | undefined>
  /** What the daemon logged. */
  readonly log: () => Promise<string>
}

/** A dhcpd.conf as an administrator would have written it, odd spacing and all: an edit must leave these bytes alone. */
export const HAND_WRITTEN = `# dhcpd.conf of the lab, kept by hand since 2009
authoritative;
default-lease-time 600;   max-lease-time 7200;
option domain-name "lab.example";

subnet 192.168.56.0 netmask 255.255.255.0 {
\trange 192.168.56.100 192.168.56.199;   # the pool
  option routers 192.168.56.1 ;
}

# the printer; do not touch
host printer { hardware ethernet 00:80:77:12:34:56; fixed-address 192.168.56.9; }
`

/** Writes the configuration and starts dhcpd on br0. */
export async function startDhcpd(network: Network, config: string = HAND_WRITTEN): Promise<Dhcpd> {
  const folder = join(network.folder, 'dhcp')
  await mkdir(folder)
  const path = (name: string): string => join(folder, name)
  await writeFile(path('dhcpd.conf'), config)
  await writeFile(path('dhcpd.leases'), '')
  // One restart at a time, as a service manager does it: a killed pxectl leaves its own behind.
  // The daemon is told from another with the same number by its name: process ids come round again. It writes its number after it
  // has flushed its leases, and on a busy disk that may be after its parent has ended: the next restart could not end it.
  await writeFile(
    path('restart'),
    `#!/bin/sh
exec 9>${path('restart.lock')}
flock 9
pid=$(cat ${path('dhcpd.pid')} 2>/dev/null)
if [ -n "$pid" ] && [ "$(cat /proc/$pid/comm 2>/dev/null)" = dhcpd ]; then
  kill "$pid"
  while [ "$(cat /proc/$pid/comm 2>/dev/null)" = dhcpd ]; do sleep 0.02; done
fi
rm -f ${path('dhcpd.pid')}
dhcpd -4 -cf ${path('dhcpd.conf')} -lf ${path('dhcpd.leases')} -pf ${path('dhcpd.pid')} br0 >>${path('dhcpd.log')} 2>&1 </dev/null 9>&- || exit
for check in $(seq 250); do
  [ ! -s ${path('dhcpd.pid')} ] || exit 0
  sleep 0.02
done
`,
  )
  await chmod(path('restart'), 0o755)
  await network.mustRun([path('restart')])
  return {
    config: path('dhcpd.conf'),
    restart: path('restart'),
    pid: async () => {
      const pid = (await readFile(path('dhcpd.pid'), 'utf8').catch(() => '')).trim()
      const name = pid === '' ? '' : await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
      return name.trim() === 'dhcpd' ? Number(pid) : undefined
    },
    log: () => readFile(path('dhcpd.log'), 'utf8'),
  }
}
