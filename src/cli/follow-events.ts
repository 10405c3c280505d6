// `events --follow`: prints what comes until a signal ends it, or nobody reads it any more.
import {setTimeout} from 'node:timers/promises'
import type {Lab} from '../lab/open-lab.js'
import {type EventsAnswer, readEvents} from '../operations/read-events.js'
import {renderEvent} from './boot-text.js'
import {watchSignals} from './until-signal.js'

export type FollowOptions = {
  readonly host?: string
  readonly limit: number
  /** What was there at the start. */
  readonly first: EventsAnswer
  /** One object a line. */
  readonly json: boolean
}

const LOOK_MS = 300

export async function followEvents(lab: Lab, {host, limit, first, json}: FollowOptions): Promise<void> {
  const signals = watchSignals()
  let isEnded = false
  // A reader such as head(1) that has enough closes the pipe, which the next line finds out.
  const unread = new Promise((resolve) => process.stdout.once('error', resolve))
  const ended = Promise.race([signals.next(), unread]).then(() => void (isEnded = true))
  const show = ({events}: EventsAnswer): void => {
    for (const event of events) process.stdout.write(`${json ? JSON.stringify(event) : renderEvent(event)}\n`)
  }
  try {
    show(first)
    for (let {lastId} = first; !isEnded;) {
      await Promise.race([ended, setTimeout(LOOK_MS)])
      const next = await readEvents(lab, {afterId: lastId, limit, ...(host === undefined ? {} : {host})})
      show(next)
      lastId = next.lastId
    }
  } finally {
    signals.close()
  }
}
