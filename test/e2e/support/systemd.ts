// A booted systemd with all that is installed here, for what only a service manager does: a container over this machine's own
// file system. What it writes is gone with it; its network is its own.
import {mkdir, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {mustRun, run, start, until, type Finished, type RunOptions} from './programs.js'
import {projectFolder} from './program.js'

export type Systemd = {
  /** Runs a program in it, as root, to its end. */
  readonly run: (command: readonly string[], options?: RunOptions) => Promise<Finished>
  readonly mustRun: (command: readonly string[], options?: RunOptions) => Promise<string>
  /** What the journal has of a unit. */
  readonly journal: (unit: string) => Promise<string>
}

/** The units that it starts by itself; everything else of this machine stays off. */
const TARGET = `[Unit]
Description=tests of pxectl
Requires=basic.target
After=basic.target
AllowIsolate=yes
`

export async function withSystemd<T>(work: (systemd: Systemd) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), `pxe2e-systemd-${process.pid}-`))
  const [upper, working, root] = ['upper', 'work', 'root'].map((name) => join(folder, name)) as [string, string, string]
  // An overlay needs an upper layer that is no overlay itself, as the roots of containers are.
  await mustRun(['mount', '-t', 'tmpfs', '-o', 'size=256m', 'tmpfs', folder])
  try {
    for (const name of [upper, working, root]) await mkdir(name)
    await mustRun(['mount', '-t', 'overlay', '-o', `lowerdir=/,upperdir=${upper},workdir=${working}`, 'overlay', root])
    try {
      const units = join(root, 'etc/systemd/system')
      await writeFile(join(units, 'tests.target'), TARGET)
      await rm(join(units, 'default.target'), {force: true})
      await symlink('tests.target', join(units, 'default.target'))
      // Nothing here brings the network up, so nothing may wait for it.
      await symlink('/dev/null', join(units, 'systemd-networkd-wait-online.service'))
      for (const id of ['etc/machine-id', 'var/lib/dbus/machine-id']) await rm(join(root, id), {force: true})
      return await booted(root, work)
    } finally {
      await mustRun(['umount', root])
    }
  } finally {
    await mustRun(['umount', folder])
    await rm(folder, {recursive: true})
  }
}

async function booted<T>(root: string, work: (systemd: Systemd) => Promise<T>): Promise<T> {
  const container = start([
    ...['systemd-nspawn', '--quiet', '--directory', root, '--boot', '--private-network', '--register=no', '--keep-unit'],
    // Neither need be part of the file system that the overlay lies over.
    ...[projectFolder, process.execPath].map((path) => `--bind-ro=${path}`),
  ])
  const failed = (): Error => new Error(`systemd-nspawn ended\n${container.stdout()}\n${container.stderr()}`)
  try {
    const init = await until('the first process of the container', 60_000, async () => {
      if (!container.isRunning()) throw failed()
      const {stdout} = await run(['pgrep', '--parent', String(container.child.pid)])
      return stdout.trim().split('\n')[0] || undefined
    })
    const enter = (command: readonly string[]): string[] => ['nsenter', '--target', init, '--all', '--root', '--wdns=/', ...command]
    const systemd: Systemd = {
      run: (command, options) => run(enter(command), options),
      mustRun: (command, options) => mustRun(enter(command), options),
      journal: (unit) => mustRun(enter(['journalctl', '--no-pager', '--output=cat', `--unit=${unit}`])),
    }
    await until('systemd to have booted', 120_000, async () => {
      if (!container.isRunning()) throw failed()
      const {stdout} = await systemd.run(['systemctl', 'is-active', 'tests.target'])
      return stdout.trim() === 'active'
    })
    return await work(systemd)
  } finally {
    // SIGRTMIN+3 halts a container's systemd at once; systemd-nspawn passes SIGTERM on as that.
    await container.stop(60_000)
  }
}
