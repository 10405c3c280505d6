// Ends a run with its slowest files, and one machine-readable line, "N passed, N failed, N skipped".
import type {Reporter, TestModule} from 'vitest/node'

const SLOW_SECONDS = 20

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const counts = {passed: 0, failed: unhandled.length, skipped: 0}
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const {state} = test.result()
        counts[state === 'passed' || state === 'skipped' ? state : 'failed'] += 1
      }
      // A file that does not even load has no tests of its own to count.
      if (module.state() === 'failed' && [...module.children.allTests('failed')].length === 0) counts.failed += 1
    }
    const slowest = modules
      .map((module) => ({path: module.relativeModuleId, seconds: Math.round(module.diagnostic().duration / 1000)}))
      .filter(({seconds}) => seconds >= SLOW_SECONDS)
      .sort((one, other) => one.seconds - other.seconds)
    for (const {path, seconds} of slowest) console.log(`${String(seconds).padStart(5)} s  ${path}`)
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  }
}
