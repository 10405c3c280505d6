// `pxectl serve` under load: started with any flags, and watched from outside for memory and open files.
import {readdir, readFile} from 'node:fs/promises'
import {type Lab, type ServeEvent} from './lab.js'
import {SERVER} from './network.js'
import {until} from './programs.js'

export const TFTP_PORT = 69
export const HTTP_PORT = 8069

export type Serving = {
  /** Proportional set size: what the process would free if it ended. */
  readonly pssKiB: () => Promise<number>
  readonly openFiles: () => Promise<number>
  /** Everything it has reported so far; parses all of it at every call. */
  readonly events: () => ServeEvent[]
  /** Still there, without an error or a warning on stderr? Throws in words if not. */
  readonly mustBeWell: () => void
  readonly stop: () => Promise<void>
}

/** Starts the built program and waits until it is ready. */
export async function startServing(lab: Lab, ...flags: readonly string[]): Promise<Serving> {
  const ports = ['--tftp-port', String(TFTP_PORT), '--http-port', String(HTTP_PORT)]
  const running = lab.start('serve', '--listen', SERVER, ...ports, '--dhcp', 'off', ...flags)
  const pid = running.child.pid
  const mustBeWell = (): void => {
    const stderr = running.stderr()
    if (running.isRunning() && !/error|warning/i.test(stderr)) return
    const what = running.isRunning() ? 'complains' : 'ended'
    throw new Error(`pxectl serve ${what}\n--- stderr\n${stderr}\n--- stdout\n${running.stdout().slice(-2000)}`)
  }
  await until('pxectl serve to be ready', 20_000, () => {
    mustBeWell()
    return running.stdout().includes('"ready"')
  })
  return {
    // `ip netns exec` becomes the program it starts, so the child is the server itself.
    pssKiB: async () => Number(/^Pss:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]),
    openFiles: async () => (await readdir(`/proc/${pid}/fd`)).length,
    events: () =>
      running
        .stdout()
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as ServeEvent),
    mustBeWell,
    stop: async () => {
      await running.stop()
    },
  }
}
