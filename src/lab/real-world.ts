// For scripts that use the library: what operations want to be told, as it really is. Tests of a script may give them something else.
import {randomInt} from 'node:crypto'
import {dirname, resolve} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {OpenLabOptions} from './open-lab.js'

/** The time, chance that is fit for secrets, and waiting: `addHost(lab, host, {...realWorld})`. */
export const realWorld = {
  now: (): Date => new Date(),
  /** A whole number from 0 to below `below`. */
  random: (below: number): number => randomInt(below),
  sleep: async (ms: number): Promise<void> => sleep(ms),
} as const

/** Where a lab is: its pxectl.ini or the folder of that, relative to the working folder. No variable of the environment has a say in its settings. */
export function labAt(configPath: string): OpenLabOptions {
  return {configFlag: resolve(configPath), environment: {}, workingFolder: dirname(resolve(configPath))}
}
