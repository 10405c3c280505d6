// Work of known steps on stderr: on a terminal a listr2 task for each, what is to come included; plain lines elsewhere, nothing under --json.
import {loadTaskList, showsTaskLists, withProgress, type Progress} from './progress.js'

export type StepReport = {
  /** The titles of the steps that are to come, told once. */
  readonly onSteps: (titles: readonly string[]) => void
  /** A title, or `TITLE: what is going on in it`. */
  readonly onProgress: Progress
}

type Task = {output: string}

/** Runs `work`, showing its steps; `title` stands for what is done before they are known, and before plain lines. */
export async function withSteps<T>(title: string, options: {quiet: boolean}, work: (report: StepReport) => Promise<T>): Promise<T> {
  if (options.quiet || !showsTaskLists()) return withProgress(title, options, (onProgress) => work({onSteps: () => undefined, onProgress}))
  const {Listr, options: listOptions} = await loadTaskList()
  const list = stepList()
  const answer = work(list.report).finally(list.end)
  // Told below, when no task is shown any more.
  answer.catch(() => undefined)
  const show = async (titles: readonly string[], first: number): Promise<void> => {
    const tasks = titles.map((one, index) => ({title: one, task: (_: unknown, task: Task) => list.passed(first + index, task, answer)}))
    await new Listr(tasks, listOptions).run().catch(() => undefined)
  }
  await show([`${title}: prepare`], -1)
  await show(await list.titles, 0)
  return answer
}

/** Which step is at work, and who waits for its end. What comes before the first has the number -1. */
export function stepList(): {
  readonly report: StepReport
  /** Resolved when they are known, or when all has ended. */
  readonly titles: Promise<readonly string[]>
  /** Shows the texts of a step in `task` until a later one has begun, or all has ended; a failure is that of the step at work. */
  readonly passed: (index: number, task: Task, all: Promise<unknown>) => Promise<unknown>
  readonly end: () => void
} {
  let [known, at]: [readonly string[], number] = [[], -1]
  let told: (titles: readonly string[]) => void = () => undefined
  const titles = new Promise<readonly string[]>((resolve) => (told = resolve))
  const waiting = new Map<number, {readonly task: Task; readonly resolve: () => void}>()
  const begin = (index: number): void => {
    at = Math.max(at, index)
    for (const [other, {resolve}] of waiting) if (other < at) resolve()
  }
  return {
    titles,
    report: {
      onSteps: (steps) => {
        known = steps
        told(steps)
        begin(0)
      },
      onProgress: (step) => {
        begin(known.findIndex((title) => step === title || step.startsWith(`${title}: `)))
        const task = waiting.get(at)?.task
        const text = step.replace(`${known[at]}`, '').replace(/^: /, '')
        if (task !== undefined && text !== '') task.output = text
      },
    },
    passed: (index, task, all) => {
      if (index < at) return Promise.resolve()
      return Promise.race([all, new Promise<void>((resolve) => waiting.set(index, {task, resolve}))])
    },
    end: () => told(known),
  }
}
