// Ends a run with one machine-readable line, "N passed, N failed, N skipped".
import type {Reporter, TestModule} from 'vitest/node'

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
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  }
}
