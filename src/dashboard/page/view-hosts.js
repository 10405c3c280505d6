// All hosts with their live state. A page of them at a time, so that a thousand hosts are no more work than fifty.
import {h, keepRows, makeRow, makeTable, oncePerFrame, setText} from './dom.js'
import {ago, count} from './format.js'
import {lab, watch} from './lab.js'
import {makeStateView, stateWords} from './state.js'

const PAGE_SIZE = 50
const COLUMNS = [
  {title: 'Name'},
  {title: 'State', class: 'wide'},
  {title: 'Address'},
  {title: 'MAC'},
  {title: 'Boots'},
  {title: 'Seen', class: 'seen'},
]
const CONDITIONS = ['stuck', 'booting', 'handed-over', 'up', 'unseen']

/** What it boots, in a few words. */
export function bootsWhat({image, root}) {
  return image ?? (root === null ? 'the default' : `root ${root}`)
}

export function showHosts(place) {
  let page = 0
  const filter = h('input', {type: 'search', id: 'filter', autocomplete: 'off', spellcheck: 'false', oninput: () => turnTo(0)})
  const condition = h(
    'select',
    {id: 'condition', onchange: () => turnTo(0)},
    h('option', {value: ''}, 'all'),
    CONDITIONS.map((name) => h('option', {value: name}, stateWords({condition: name, step: null}))),
  )
  const summary = h('p', {class: 'summary', role: 'status'})
  const {box, body} = makeTable('Hosts', COLUMNS)
  const range = h('span')
  const earlier = h('button', {type: 'button', class: 'quiet', onclick: () => turnTo(page - 1)}, 'Previous')
  const later = h('button', {type: 'button', class: 'quiet', onclick: () => turnTo(page + 1)}, 'Next')
  const pages = h('nav', {class: 'pages', 'aria-label': 'Pages of hosts'}, earlier, range, later)
  const empty = h('p', {class: 'empty'})
  place.append(
    h(
      'div',
      {class: 'tools'},
      h('p', {class: 'field'}, h('label', {for: 'filter'}, 'Find'), filter),
      h('p', {class: 'field'}, h('label', {for: 'condition'}, 'State'), condition),
      h('a', {class: 'button primary', href: '#/hosts-new'}, 'Add host'),
    ),
    summary,
    box,
    empty,
    pages,
  )

  const draw = oncePerFrame(() => {
    const found = matching(filter.value, condition.value)
    const last = Math.max(0, Math.ceil(found.length / PAGE_SIZE) - 1)
    page = Math.min(Math.max(page, 0), last)
    const shown = found.slice(page * PAGE_SIZE, (page + 1) * PAGE_SIZE)
    keepRows(body, shown, (host) => `${host.name} ${host.mac}`, makeHostRow)
    setText(summary, summarise())
    box.hidden = found.length === 0
    empty.hidden = found.length > 0
    setText(
      empty,
      lab.hosts.size > 0 ? 'No host fits.' : lab.isLoaded ? 'There are no hosts yet. Add one, or adopt a client that knocks.' : 'Loading …',
    )
    pages.hidden = last === 0
    setText(range, `${page * PAGE_SIZE + 1} to ${page * PAGE_SIZE + shown.length} of ${found.length}`)
    earlier.disabled = page === 0
    later.disabled = page === last
  })
  const turnTo = (number) => {
    page = number
    draw()
  }
  draw()
  // What was seen `12 s ago` grows older by itself.
  const clock = setInterval(draw, 5000)
  const end = watch(({kind}) => {
    if (kind === 'hosts' || kind === 'transfers') draw()
  })
  return () => {
    clearInterval(clock)
    end()
  }
}

function matching(text, condition) {
  const wanted = text.trim().toLowerCase()
  return [...lab.hosts.values()]
    .filter(({state}) => condition === '' || state.condition === condition)
    .filter(
      ({name, ip, mac, image, root}) =>
        wanted === '' || [name, ip, mac, image, root].some((value) => value?.toLowerCase().includes(wanted)),
    )
}

function summarise() {
  const counts = CONDITIONS.map((condition) => [
    condition,
    [...lab.hosts.values()].filter(({state}) => state.condition === condition).length,
  ])
  const said = counts.filter(([, number]) => number > 0).map(([condition, number]) => `${number} ${stateWords({condition, step: null})}`)
  return lab.hosts.size === 0 ? '' : `${count(lab.hosts.size, 'host')}: ${said.join(', ')}`
}

function makeHostRow(first) {
  const state = makeStateView()
  const link = h('a', {href: `#/hosts/${encodeURIComponent(first.name)}`}, first.name)
  const [ip, mac, boots, seen] = ['code', 'code', 'span', 'span'].map((name) => h(name))
  return {
    element: makeRow(COLUMNS, [link, state.element, ip, mac, boots, seen]),
    update(host) {
      state.update(host.state, lab.transferByIp.get(host.ip))
      setText(ip, host.ip)
      setText(mac, host.mac)
      setText(boots, bootsWhat(host))
      setText(seen, ago(host.state.lastSeen))
    },
  }
}
