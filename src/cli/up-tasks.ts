// The task list of `up` and `down` on stderr: one task for each kind of part, those of one stage side by side. Plain lines where stderr is no
// terminal.
import type {ListrTask} from 'listr2'
import type {UpProgress} from '../operations/carry-out-parts.js'
import type {PartChange, PartKind} from '../operations/lab-part.js'
import {loadTaskList, showsTaskLists} from './progress.js'

export type UpTasks = {
  /** The plan is known, and carried out from now on. */
  readonly begin: (changes: readonly PartChange[]) => void
  readonly report: (progress: UpProgress) => void
  /** What was not reached is shown as left out. */
  readonly end: () => Promise<void>
}

const WORDS: Readonly<Record<PartKind, readonly [one: string, several: string]>> = {
  lab: ['lab', 'labs'],
  setting: ['setting', 'settings'],
  menu: ['menu', 'menus'],
  loader: ['loader', 'loaders'],
  image: ['image', 'images'],
  filesystem: ['filesystem', 'filesystems'],
  host: ['host', 'hosts'],
  vm: ['VM', 'VMs'],
}

/** `stages`: kinds of parts in the order in which they are worked on. */
export function openUpTasks(title: string, stages: readonly (readonly PartKind[])[], {quiet}: {readonly quiet: boolean}): UpTasks {
  if (quiet) return {begin: () => undefined, report: () => undefined, end: () => Promise.resolve()}
  return showsTaskLists() ? openList(title, stages) : openLines(title)
}

function say(title: string, text: string): void {
  process.stderr.write(`${title}: ${text}\n`)
}

function openLines(title: string): UpTasks {
  let titles = new Map<PartKind, string>()
  return {
    begin: (changes) => void (titles = titlesOf(changes)),
    report: ({part, state, step}) => {
      const name = part === undefined ? undefined : titles.get(part)
      say(title, [name, step, ...(state === 'runs' ? [] : [state])].filter((text) => text !== undefined && text !== '').join(': '))
    },
    end: () => Promise.resolve(),
  }
}

function titlesOf(changes: readonly PartChange[]): Map<PartKind, string> {
  const counts = new Map<PartKind, number>()
  for (const {kind} of changes) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return new Map([...counts].map(([kind, count]) => [kind, `${count} ${WORDS[kind][count === 1 ? 0 : 1]}`]))
}

/** How a task ends, told from outside. */
type Gate = {
  readonly title: string
  readonly ended: Promise<UpProgress['state'] | 'left-out'>
  readonly end: (state: UpProgress['state'] | 'left-out') => void
  show: (step: string) => void
}

function openGate(title: string): Gate {
  let end: Gate['end'] = () => undefined
  const ended = new Promise<UpProgress['state'] | 'left-out'>((resolve) => (end = resolve))
  return {title, ended, end, show: () => undefined}
}

function openList(title: string, stages: readonly (readonly PartKind[])[]): UpTasks {
  const gates = new Map<PartKind, Gate>()
  let ran: Promise<unknown> = Promise.resolve()
  return {
    begin: (changes) => {
      for (const [kind, text] of titlesOf(changes)) gates.set(kind, openGate(text))
      ran = runList(stages.map((kinds) => kinds.flatMap((kind) => gates.get(kind) ?? [])).filter(({length}) => length > 0))
    },
    report: ({part, state, step}) => {
      const gate = part === undefined ? undefined : gates.get(part)
      if (gate === undefined) say(title, step)
      else if (state !== 'runs') gate.end(state)
      else if (step !== '') gate.show(step)
    },
    end: async () => {
      for (const gate of gates.values()) gate.end('left-out')
      await ran
    },
  }
}

async function runList(stages: readonly (readonly Gate[])[]): Promise<void> {
  const {Listr, options} = await loadTaskList()
  const tasks = stages.map((gates): ListrTask => {
    const [only] = gates
    if (only !== undefined && gates.length === 1) return taskOf(only)
    const title = gates.map((gate) => gate.title).join(', ')
    return {title, task: (_, task) => task.newListr(gates.map(taskOf), {concurrent: true, exitOnError: false})}
  })
  const rendererOptions = {...options.rendererOptions, collapseSubtasks: false}
  // What failed is told by the command itself.
  await new Listr(tasks, {...options, exitOnError: false, rendererOptions}).run().catch(() => undefined)
}

function taskOf(gate: Gate): ListrTask {
  return {
    title: gate.title,
    task: async (_, task) => {
      gate.show = (step) => void (task.output = step)
      const state = await gate.ended
      if (state === 'failed') throw new Error('failed')
      if (state === 'left-out') task.skip(`${gate.title}: not reached`)
    },
  }
}
