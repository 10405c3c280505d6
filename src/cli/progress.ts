// Progress of long work on stderr: a listr2 task on a terminal, plain lines elsewhere, nothing under --json.
import {canRedraw} from './colour.js'

export type Progress = (step: string) => void

/** Is stderr a terminal on which a task list can be drawn? */
export function showsTaskLists(): boolean {
  return canRedraw(process.stderr, process.env)
}

/** Runs `work`, showing each step it reports. */
export async function withProgress<T>(title: string, options: {quiet: boolean}, work: (progress: Progress) => Promise<T>): Promise<T> {
  if (options.quiet) return work(() => undefined)
  if (!showsTaskLists()) return work((step) => void process.stderr.write(`${title}: ${step}\n`))
  const {Listr, options: listOptions} = await loadTaskList()
  const tasks = new Listr<{answer?: T}>(
    [{title, task: async (context, task) => void (context.answer = await work((step) => (task.output = step)))}],
    listOptions,
  )
  const context = await tasks.run({})
  return context.answer as T
}

/** listr2 with what every list of tasks has: it is drawn on stderr, and leaves errors to the command. Loaded only where somebody watches. */
export async function loadTaskList() {
  const {Listr, ListrLogger, ProcessOutput} = await import('listr2')
  const logger = new ListrLogger({processOutput: new ProcessOutput(process.stderr, process.stderr)})
  return {Listr, options: {renderer: 'default', rendererOptions: {logger, collapseErrors: true, showErrorMessage: false}} as const}
}
