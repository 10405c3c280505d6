// Start-up: the CPU time of `pxectl host list` in a lab without hosts, against that of Node itself.
import {runContest, type Plan, type Row, type Sample} from './contest.js'
import type {Ground} from './ground.js'
import {timeProgram} from './programs.js'

/** Bash counts milliseconds; five runs together make that fine enough. */
const TIMES = 5

export async function measureStartUp(ground: Ground, plan: Plan): Promise<Row[]> {
  const cpuOf = async (...args: string[]): Promise<Sample> => {
    const {cpuSeconds} = await timeProgram({file: process.execPath, args, folder: ground.folder, times: TIMES})
    return {value: cpuSeconds * 1000, cpuSeconds}
  }
  const limits = {floor: {atMost: 2.5}, goal: {atMost: 1.75}}
  return runContest(
    {
      entrants: {pxectl: () => cpuOf(ground.bin, 'host', 'list', '--config', ground.config), 'node -e 0': () => cpuOf('-e', '0')},
      comparisons: [{work: 'start-up: pxectl host list, CPU', ours: 'pxectl', peer: 'node -e 0', unit: 'ms', ...limits}],
    },
    plan,
  )
}
