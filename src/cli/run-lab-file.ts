// `up` and `down` are the same to a person: a plan, a question, progress.
import {randomInt} from 'node:crypto'
import type {LabFilePlan} from '../operations/plan-lab-file.js'
import type {UpOptions, UpResult} from '../operations/up-lab-file.js'
import {interruptible} from './interruptible.js'
import {withProgress} from './progress.js'
import {confirm} from './prompts.js'

export type LabFileRun = {
  readonly title: string
  readonly question: string
  readonly dryRun: boolean
  /** Ask nothing. */
  readonly assume: boolean
  readonly quiet: boolean
  /** Shows the plan to whoever is asked about it. */
  readonly show: (plan: LabFilePlan) => void
  readonly work: (options: UpOptions) => Promise<UpResult>
}

export async function runLabFile({title, question, dryRun, assume, quiet, show, work}: LabFileRun): Promise<UpResult> {
  const shared = {now: () => new Date(), random: randomInt}
  if (!dryRun && !assume) {
    const {changes, ...rest} = await work({...shared, dryRun: true})
    if (changes.length > 0) {
      show({...rest, changes})
      await confirm(question, {assume})
    }
  }
  return interruptible((signal) =>
    withProgress(title, {quiet: quiet || dryRun}, (onProgress) => work({...shared, dryRun, signal, onProgress})),
  )
}
