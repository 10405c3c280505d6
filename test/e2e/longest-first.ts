// In which order test files are begun: the long ones first, so that no worker is left alone with one at the end.
// A clean checkout knows no earlier run to learn it from.
import {basename} from 'node:path'
import {BaseSequencer, type TestSpecification} from 'vitest/node'

const LONGEST = [
  'bad-packets-flood',
  'lossy-link',
  'root-matrix',
  'root-boot',
  'fs-create',
  'lab-file',
  'lab-up',
  'virtualbox-dhcp',
  'root-fetch',
  'kea-versions',
  'kill',
  'lab-examples',
]

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.sort((one, other) => groupOf(one) - groupOf(other) || rankOf(one) - rankOf(other))
  }
}

function groupOf({project}: TestSpecification): number {
  return project.config.sequence.groupOrder
}

function rankOf({moduleId}: TestSpecification): number {
  const rank = LONGEST.indexOf(basename(moduleId).replace(/\..*$/, ''))
  return rank === -1 ? LONGEST.length : rank
}
