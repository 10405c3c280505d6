// A change of the lab as people read it: one line for each thing that changed, or, with --dry-run, the diff.
import type {FileDiff} from '../operations/file-diff.js'
import {colourDiff} from './colour.js'

export function renderDiffs(files: readonly FileDiff[], options: {readonly colour?: boolean} = {}): string {
  const text = files.map((file) => file.diff.trimEnd()).join('\n')
  return options.colour === true ? colourDiff(text) : text
}

export type ChangeText = {
  readonly dryRun: boolean
  readonly done: string
  readonly would: string
  readonly files: readonly FileDiff[]
  readonly colour?: boolean
}

/** `done` in the past tense, or what would be done with its diff. */
export function renderChange({dryRun, done, would, files, colour = false}: ChangeText): string {
  if (!dryRun) return done
  return [would, renderDiffs(files, {colour})].filter((part) => part !== '').join('\n')
}

/** Backups of a configuration, a line for each time. */
export function renderBackups(backups: readonly {readonly time: string; readonly files: readonly {readonly path: string}[]}[]): string {
  if (backups.length === 0) return 'no backups: pxectl has not changed the DHCP configuration yet'
  return backups.map(({time, files}) => `${time}  ${files.map(({path}) => path).join(', ')}`).join('\n')
}
