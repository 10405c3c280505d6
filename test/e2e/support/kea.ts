// ISC Kea in a test network: its configuration, its control socket, and a restart command. All that it writes is in the scratch folder.
import {chmod, mkdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Network} from './network.js'
import {until} from './programs.js'

export type Kea = {
  readonly config: string
  readonly socket: string
  /** A command line that stops the daemon and starts it again; it waits until the control socket is there. */
  readonly restart: string
  /** The process id of the running daemon, or undefined. */
  readonly pid: () => Promise<number | undefined>
  /** Ends the daemon and waits until it is gone. */
  readonly kill: () => Promise<void>
  readonly log: () => Promise<string>
}

/** A kea-dhcp4.conf as an administrator would have written it: an edit must leave these bytes alone. */
export const handWritten = (folder: string): string => `// kea-dhcp4.conf of the lab, kept by hand
{ "Dhcp4": {
    "interfaces-config": { "interfaces": [ "br0" ], }, # the bridge
    "control-socket": { "socket-type": "unix", "socket-name": "${folder}/ctrl" },
    "lease-database": { "type": "memfile", "name": "${folder}/leases.csv" },
    "valid-lifetime": 600,

    "subnet4": [
\t{
\t    "id": 1, "subnet": "192.168.56.0/24",
\t    "pools": [ { "pool": "192.168.56.100 - 192.168.56.199" } ],   /* the pool */
\t    "option-data": [ { "name": "routers", "data": "192.168.56.1" } ],
\t    "reservations": [
\t\t{ "hw-address": "00:80:77:12:34:56", "ip-address": "192.168.56.9" } // the printer; do not touch
\t    ]
\t}
    ]
} }
`

export type KeaProgram = {
  /** A folder with a `kea-dhcp4` that goes before the installed one. */
  readonly path?: string | undefined
  /** The control socket, where it is not `ctrl` beside the configuration. */
  readonly socket?: string
}

/** Writes the configuration and starts kea-dhcp4 in the network. */
export async function startKea(
  network: Network,
  makeConfig: (folder: string) => string = handWritten,
  program: KeaProgram = {},
): Promise<Kea> {
  const folder = join(network.folder, 'kea')
  await mkdir(folder)
  const path = (name: string): string => join(folder, name)
  const socket = program.socket ?? path('ctrl')
  await writeFile(path('kea-dhcp4.conf'), makeConfig(folder))
  // One restart at a time, as a service manager does it. The daemon is told from another with the same number by its name.
  await writeFile(
    path('restart'),
    `#!/bin/sh
exec 9>${path('restart.lock')}
flock 9
is_kea() { [ "$(cat /proc/$1/comm 2>/dev/null)" = kea-dhcp4 ]; }
pid=$(cat ${path('pid')} 2>/dev/null)
if [ -n "$pid" ] && is_kea "$pid"; then
  kill "$pid"
  while is_kea "$pid"; do sleep 0.02; done
fi
export KEA_PIDFILE_DIR=${folder} KEA_LOCKFILE_DIR=${folder} KEA_DHCP_DATA_DIR=${folder}
${program.path === undefined ? '' : `export PATH='${program.path}':"$PATH"`}
kea-dhcp4 -c ${path('kea-dhcp4.conf')} >>${path('log')} 2>&1 </dev/null 9>&- &
pid=$!
echo $pid >${path('pid')}
for i in $(seq 200); do
  is_kea $pid && [ -S ${socket} ] && exit 0
  [ $i -gt 10 ] && ! is_kea $pid && exit 1
  sleep 0.05
done
exit 1
`,
  )
  await chmod(path('restart'), 0o755)
  const pid = async (): Promise<number | undefined> => {
    const text = (await readFile(path('pid'), 'utf8').catch(() => '')).trim()
    const name = text === '' ? '' : await readFile(`/proc/${text}/comm`, 'utf8').catch(() => '')
    return name.trim() === 'kea-dhcp4' ? Number(text) : undefined
  }
  // Kea opens no socket on a bridge without a carrier, which it has from its first port on.
  await network.mustRun(['ip', 'link', 'add', 'carrier0', 'type', 'veth', 'peer', 'name', 'carrier1'])
  await network.mustRun(['ip', 'link', 'set', 'carrier0', 'master', 'br0', 'up'])
  await network.mustRun(['ip', 'link', 'set', 'carrier1', 'up'])
  const started = await network.run([path('restart')])
  if (started.exitCode !== 0) throw new Error(`kea-dhcp4 did not start:\n${await readFile(path('log'), 'utf8')}`)
  return {
    config: path('kea-dhcp4.conf'),
    socket,
    restart: path('restart'),
    pid,
    kill: async () => {
      const running = await pid()
      if (running === undefined) return
      process.kill(running, 'SIGKILL')
      await until('kea-dhcp4 to end', 5000, async () => (await pid()) === undefined)
    },
    log: () => readFile(path('log'), 'utf8'),
  }
}
