// A change of the lab as people read it: one line for each thing that changed, or, with --dry-run, the diff.
import type {FileDiff} from '../operations/file-diff.js'

export function renderDiffs(files: readonly FileDiff[]): string {
  return files.map((file) => file.diff.trimEnd()).join('\n')
}

/** `done` in the past tense, or what would be done with its diff. */
export function renderChange(change: {dryRun: boolean; done: string; would: string; files: readonly FileDiff[]}): string {
  if (!change.dryRun) return change.done
  return [change.would, renderDiffs(change.files)].filter((part) => part !== '').join('\n')
}
