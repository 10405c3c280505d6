// What was seen of booting machines, the newest first. Never more rows than a person reads.
import {get} from './api.js'
import {errorBox} from './dialog.js'
import {fill, h, makeRow, makeTable} from './dom.js'
import {bytes, clock} from './format.js'
import {watch} from './lab.js'

export const EVENT_COLUMNS = [{title: 'Time'}, {title: 'Who'}, {title: 'Step'}, {title: 'What', class: 'wide'}, {title: 'Result'}]
const MOST_ROWS = 200

export function showEvents(place) {
  const {box, body} = makeTable('Events', EVENT_COLUMNS)
  const messages = h('div')
  const empty = h('p', {class: 'empty'}, 'Nothing has been seen yet.')
  const pause = h('button', {type: 'button', class: 'quiet', 'aria-pressed': 'false'}, 'Pause')
  let isPaused = false
  pause.addEventListener('click', () => {
    isPaused = !isPaused
    pause.setAttribute('aria-pressed', String(isPaused))
    if (!isPaused) void load()
  })
  const show = (events) => {
    body.prepend(...events.toReversed().map((event) => makeEventRow(event)))
    while (body.childElementCount > MOST_ROWS) body.lastElementChild.remove()
    box.hidden = body.childElementCount === 0
    empty.hidden = !box.hidden
  }
  const load = async () => {
    try {
      const {events} = await get(`/events?limit=${MOST_ROWS}`)
      fill(body)
      fill(messages)
      show(events)
    } catch (error) {
      fill(messages, errorBox(error))
    }
  }
  place.append(h('div', {class: 'tools'}, pause), messages, box, empty)
  box.hidden = true
  void load()
  return watch((change) => {
    if (change.kind !== 'events' || isPaused) return
    if (change.isReset) void load()
    else show(change.events)
  })
}

/** A row of such a table. */
export function makeEventRow({time, host, mac, ip, source, step, name, result, details}) {
  const who = host === null ? h('code', {}, mac ?? ip ?? '') : h('a', {href: `#/hosts/${encodeURIComponent(host)}`}, host)
  const size = (details.bytes ?? 0) === 0 ? '' : ` ${bytes(details.bytes)}`
  const told = details.message === undefined ? null : h('span', {class: 'told'}, details.message)
  const cells = [
    clock(time),
    who,
    step === 'other' ? '' : step,
    h('span', {}, h('span', {class: 'tag'}, source), ' ', h('code', {class: 'name'}, name), size, ' ', told),
    result,
  ]
  return makeRow(EVENT_COLUMNS, cells, {'data-result': result})
}
