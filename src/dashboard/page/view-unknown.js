// Machines that ask for something and are no hosts, and adopting them.
import {get} from './api.js'
import {errorBox} from './dialog.js'
import {fill, h, makeRow, makeTable, throttle} from './dom.js'
import {ago, count} from './format.js'
import {watch} from './lab.js'

const COLUMNS = [{title: 'MAC'}, {title: 'Address'}, {title: 'Seen'}, {title: 'Events'}, {title: 'Last', class: 'wide'}, {title: 'Adopt'}]

export function showUnknown(place) {
  const {box, body} = makeTable('Unknown clients', COLUMNS)
  const summary = h('p', {class: 'summary'})
  place.append(summary, box)
  const load = throttle(async () => {
    try {
      const {clients} = await get('/clients')
      fill(
        summary,
        clients.length === 0
          ? 'Every machine that was seen is a host.'
          : `${count(clients.length, 'machine')} knocked without being a host.`,
      )
      fill(body, clients.map(makeClientRow))
      box.hidden = clients.length === 0
    } catch (error) {
      fill(summary, errorBox(error))
    }
  }, 2000)
  load()
  return watch(({kind}) => {
    if (kind === 'clients' || kind === 'hosts') load()
  })
}

function makeClientRow({mac, ip, lastSeen, events, last, nearestHost}) {
  const near = nearestHost === null ? null : h('span', {class: 'told'}, ` differs from ${nearestHost} by little: a typing mistake?`)
  const adopt = h(
    'a',
    {class: 'button quiet', href: `#/hosts-new?mac=${encodeURIComponent(mac)}`, 'aria-label': `Adopt ${mac} as a host`},
    'Adopt',
  )
  return makeRow(COLUMNS, [
    h('code', {}, mac),
    h('code', {}, ip ?? ''),
    ago(lastSeen),
    String(events),
    h('span', {}, h('code', {class: 'name'}, last), near),
    adopt,
  ])
}
