// `up` and `down` are the same to a person: a plan, a question, a task list.
import {randomInt} from 'node:crypto'
import type {UpOptions, UpResult} from '../operations/carry-out-parts.js'
import type {PartKind} from '../operations/lab-part.js'
import {labStages, type LabFilePlan} from '../operations/plan-lab-file.js'
import {interruptible} from './interruptible.js'
import {confirm} from './prompts.js'
import {openUpTasks} from './up-tasks.js'

export type LabFileRun = {
  readonly title: 'up' | 'down'
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
  const stages: PartKind[][] = [['lab'], ...labStages.map((parts) => parts.map(({kind}) => kind))]
  const tasks = openUpTasks(title, title === 'down' ? stages.reverse() : stages, {quiet: quiet || dryRun})
  const agree = async (plan: LabFilePlan): Promise<void> => {
    if (!assume) {
      show(plan)
      await confirm(question, {assume})
    }
    tasks.begin(plan.changes)
  }
  try {
    return await interruptible((signal) =>
      work({now: () => new Date(), random: randomInt, dryRun, signal, onProgress: tasks.report, confirm: agree}),
    )
  } finally {
    await tasks.end()
  }
}
