// A booted systemd with all that is installed here, for what only a service manager does: a container over this machine's own
// file system. What it writes is gone with it; its network is its own.
import {mkdir, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {mustRun, run, start, until, type Finished, type Running, type RunOptions} from './programs.js'
import {projectFolder} from './program.js'

export type Systemd = {
  /** Runs a program in it, as root, to its end. */
  readonly run: (command: readonly string[], options?: RunOptions) => Promise<Finished>
  readonly mustRun: (command: readonly string[], options?: RunOptions) => Promise<string>
  readonly close: () => Promise<void>
}

/** The units that it starts by itself; everything else of this machine stays off. */
const TARGET = `[Unit]
Description=tests of pxectl
Requires=basic.target
After=basic.target
AllowIsolate=yes
`

export async function openSystemd(): Promise<Systemd> {
  const folder = await mkdtemp(join(tmpdir(), `pxe2e-systemd-${process.pid}-`))
  const [upper, working, root] = ['upper', 'work', 'root'].map((name) => join(folder, name)) as [string, string, string]
  /** What takes away what was made so far, the last first. */
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, {recursive: true})]
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  const mount = async (words: readonly string[], place: string): Promise<void> => {
    await mustRun(['mount', ...words, place])
    undo.push(() => mustRun(['umount', place]))
  }
  try {
    // An overlay needs an upper layer that is no overlay itself, as the roots of containers are.
    await mount(['-t', 'tmpfs', '-o', 'size=256m', 'tmpfs'], folder)
    for (const name of [upper, working, root]) await mkdir(name)
    await mount(['-t', 'overlay', '-o', `lowerdir=/,upperdir=${upper},workdir=${working}`, 'overlay'], root)
    await writeUnits(root)
    const container = start([
      ...['systemd-nspawn', '--quiet', '--directory', root, '--boot', '--private-network', '--register=no', '--keep-unit'],
      // Neither need be part of the file system that the overlay lies over.
      ...[projectFolder, process.execPath].map((path) => `--bind-ro=${path}`),
    ])
    // SIGRTMIN+3 halts a container's systemd at once; systemd-nspawn passes SIGTERM on as that.
    undo.push(() => container.stop(60_000))
    return {...(await untilBooted(container)), close}
  } catch (error) {
    await close()
    throw error
  }
}

async function writeUnits(root: string): Promise<void> {
  const units = join(root, 'etc/systemd/system')
  await writeFile(join(units, 'tests.target'), TARGET)
  await rm(join(units, 'default.target'), {force: true})
  await symlink('tests.target', join(units, 'default.target'))
  // Nothing here brings the network up, so nothing may wait for it.
  await symlink('/dev/null', join(units, 'systemd-networkd-wait-online.service'))
  for (const id of ['etc/machine-id', 'var/lib/dbus/machine-id']) await rm(join(root, id), {force: true})
}

async function untilBooted(container: Running): Promise<Omit<Systemd, 'close'>> {
  const check = (): void => {
    if (!container.isRunning()) throw new Error(`systemd-nspawn ended\n${container.stdout()}\n${container.stderr()}`)
  }
  const init = await until('the first process of the container', 60_000, async () => {
    check()
    const {stdout} = await run(['pgrep', '--parent', String(container.child.pid)])
    return stdout.trim().split('\n')[0] || undefined
  })
  const enter = (command: readonly string[]): string[] => ['nsenter', '--target', init, '--all', '--root', '--wdns=/', ...command]
  await until('systemd to have booted', 120_000, async () => {
    check()
    return (await run(enter(['systemctl', 'is-active', 'tests.target']))).stdout.trim() === 'active'
  })
  return {run: (command, options) => run(enter(command), options), mustRun: (command, options) => mustRun(enter(command), options)}
}
