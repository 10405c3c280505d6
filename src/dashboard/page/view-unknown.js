// Machines that ask for something and are no hosts, and adopting them.
import {get} from './api.js'
import {errorBox} from './dialog.js'
import {fill, h, keepRows, makeRow, makeTable, setText, throttle} from './dom.js'
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
      // A link that has the focus keeps it.
      keepRows(body, clients, ({mac}) => mac, makeClientRow)
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

function makeClientRow({mac}) {
  const [ip, seen, number, last, near] = ['code', 'span', 'span', 'code', 'span'].map((name) => h(name))
  last.setAttribute('class', 'name')
  near.setAttribute('class', 'told')
  const adopt = h(
    'a',
    {class: 'button quiet', href: `#/hosts-new?mac=${encodeURIComponent(mac)}`, 'aria-label': `Adopt ${mac} as a host`},
    'Adopt',
  )
  return {
    element: makeRow(COLUMNS, [h('code', {}, mac), ip, seen, number, h('span', {}, last, near), adopt]),
    update(client) {
      setText(ip, client.ip ?? '')
      setText(seen, ago(client.lastSeen))
      setText(number, String(client.events))
      setText(last, client.last)
      setText(near, client.nearestHost === null ? '' : ` differs from ${client.nearestHost} by little: a typing mistake?`)
    },
  }
}
