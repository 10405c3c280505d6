// End to end: the built program against real daemons, real clients and real firmware. Needs root on Linux.
import {fileURLToPath} from 'node:url'
import {defineConfig} from 'vitest/config'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  test: {
    root: here('../..'),
    include: ['test/e2e/**/*.e2e.ts'],
    globalSetup: [here('support/global-setup.ts')],
    // Emulated machines keep time by the CPU they get: two at once on a small machine would only time each other out.
    fileParallelism: false,
    pool: 'forks',
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 30_000,
    env: {NO_COLOR: '1'},
    reporters: ['default', here('../summary-reporter.ts')],
  },
})
