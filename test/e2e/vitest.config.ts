// End to end: the built program against real daemons, real clients and real firmware. Needs root on Linux.
import {fileURLToPath} from 'node:url'
import {defineConfig} from 'vitest/config'
import LongestFirst from './longest-first.js'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Tests that load the machine on purpose, or measure memory: apart from the others. Those of a flood wait most of their time. */
const LOAD = ['bad-packets*', 'lossy-link', 'mid-transfer', 'soak', 'storm'].map((name) => `test/e2e/${name}.e2e.ts`)

/** Those that take too long for every change are found only with `npm run test:e2e -- --all` (run.sh): without it nothing is skipped. */
const PARTS = ['test/e2e/**/*.e2e.ts', ...(process.env['E2E_ALL'] === undefined ? [] : ['test/e2e/**/*.all.ts'])]

export default defineConfig({
  test: {
    root: here('../..'),
    globalSetup: [here('support/global-setup.ts')],
    pool: 'forks',
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 30_000,
    env: {NO_COLOR: '1'},
    sequence: {sequencer: LongestFirst},
    reporters: ['default', here('../summary-reporter.ts')],
    projects: [
      {extends: true, test: {name: 'load', include: LOAD, maxWorkers: 2, sequence: {groupOrder: 1}}},
      {
        extends: true,
        // Three at a time, on two processors too: most of these wait for daemons and packages, and nothing here asserts times.
        test: {name: 'parts', include: PARTS, exclude: LOAD, maxWorkers: 3, sequence: {groupOrder: 0}},
      },
    ],
  },
})
