// The timeline of a running server: its own events, and those that another DHCP server's log tells. Serving goes on without it.
import type {BootEvent} from '../timeline/boot-event.js'
import {messageOf} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {openNeighbours} from '../system/neighbours.js'
import {openHostLookup} from './host-lookup.js'
import {onceReporter, type OnceReporter} from './once-reporter.js'
import {openDhcpLog} from './read-dhcp-log.js'
import {createEventRecorder, type EventRecorder} from './record-events.js'

export type Timeline = Pick<EventRecorder, 'record' | 'add' | 'close'>

export type TimelineOptions = {
  /** Told of what was written. */
  readonly onRecorded?: ((events: readonly BootEvent[]) => void) | undefined
  readonly onWarning?: ((message: string) => void) | undefined
}

/** Opens the record before privileges are given up. */
export async function openTimeline(lab: Lab, options: TimelineOptions): Promise<Timeline> {
  const {onRecorded, onWarning = () => undefined} = options
  const report = onceReporter(onWarning)
  const onProblem = (problem: unknown): void => report.tell('events', `what is seen of booting machines is not kept: ${messageOf(problem)}`)
  try {
    const store = await lab.openEvents()
    const hosts = openHostLookup(lab.settings.lab.database, () => performance.now())
    const recorder = createEventRecorder({
      store,
      hosts,
      neighbours: openNeighbours(),
      now: Date.now,
      onProblem,
      onRecorded: (events) => {
        report.clear('events')
        onRecorded?.(events)
      },
    })
    const stopReading = readOn(lab, recorder, report)
    const close = async (): Promise<void> => {
      stopReading()
      await recorder.close()
      await hosts.close()
    }
    return {record: recorder.record, add: recorder.add, close}
  } catch (problem) {
    onProblem(problem)
    return {record: () => undefined, add: () => undefined, close: async () => undefined}
  }
}

/** How often the log of another DHCP server is looked at. */
const LOG_MS = 2000

function readOn({settings}: Lab, recorder: EventRecorder, report: OnceReporter): () => void {
  const log = openDhcpLog(settings.dhcp, {sinceMs: Date.now()})
  if (log === undefined) return () => undefined
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  const look = async (): Promise<void> => {
    const {events, warnings} = await log.read(Date.now())
    if (isStopped) return
    for (const event of events) recorder.add(event)
    const [warning] = warnings
    if (warning === undefined) report.clear('log')
    else report.tell('log', warning)
    timer = setTimeout(() => void look(), LOG_MS)
  }
  void look()
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}
