import {fileURLToPath} from 'node:url'
import {defineConfig} from 'vitest/config'

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/**/*.test.ts'],
    // captureOutput replaces process.stdout.write; vitest must not stand in between.
    disableConsoleIntercept: true,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: {NO_COLOR: '1'},
    reporters: ['default', fileURLToPath(new URL('summary-reporter.ts', import.meta.url))],
  },
})
