// When a process of this machine started, from Linux's /proc. Elsewhere nobody knows.
import {readFile} from 'node:fs/promises'
import {uptime} from 'node:os'

export type ProcessStart = {
  /** In clock ticks since the machine started: with the process id a name that does not come again. */
  readonly ticks: number
  /** In milliseconds since 1970, at most 20 ms too early. */
  readonly time: number
}

/** The kernel counts in hundredths of a second towards programs, whatever it does inside (USER_HZ). */
const TICK_MS = 10
/** Our own start, as the kernel tells it and as Node does, must agree: in a container /proc/uptime may be another clock's. */
const TOLERANCE_MS = 60_000

/** undefined: no such process, or the clocks of this system do not allow to tell. */
export async function findProcessStart(pid: number): Promise<ProcessStart | undefined> {
  const [ticks, ours] = await Promise.all([ticksOf(String(pid)), ticksOf('self')])
  if (ticks === undefined || ours === undefined) return undefined
  // Both clocks at one moment: what passes between them would make the start seem later, and hide a change.
  const booted = Date.now() - uptime() * 1000
  if (Math.abs(booted + ours * TICK_MS - performance.timeOrigin) > TOLERANCE_MS) return undefined
  return {ticks, time: Math.floor(booted + (ticks - 1) * TICK_MS)}
}

/** The twenty-second field of proc_pid_stat(5); the second is a name that may hold anything, in brackets. */
async function ticksOf(pid: string): Promise<number | undefined> {
  const fields = (await readText(`/proc/${pid}/stat`)).replace(/^.*\)/s, '').trim().split(/\s+/)
  const ticks = Number(fields[19])
  return fields.length > 19 && Number.isInteger(ticks) ? ticks : undefined
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'latin1').catch(() => '')
}
