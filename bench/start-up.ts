// Start-up: the CPU time of `pxectl host list` in a lab without hosts, against that of Node itself.
import {runContest, type Row, type Sample} from './contest.js'
import type {Ground} from './ground.js'
import {timeProgram} from './programs.js'

/** Bash counts milliseconds; five runs together make that fine enough. */
const TIMES = 5

export async function measureStartUp(ground: Ground, rounds: number): Promise<Row[]> {
  const cpuOf = async (...args: string[]): Promise<Sample> => {
    const {cpuSeconds} = await timeProgram({file: process.execPath, args, folder: ground.folder, times: TIMES})
    return {value: cpuSeconds * 1000, cpuSeconds}
  }
  return [
    await runContest(
      {
        work: 'start-up: pxectl host list, CPU',
        peer: 'node -e 0',
        unit: 'ms',
        floor: {atMost: 2.5},
        ours: () => cpuOf(ground.bin, 'host', 'list', '--config', ground.config),
        theirs: () => cpuOf('-e', '0'),
      },
      rounds,
    ),
  ]
}
