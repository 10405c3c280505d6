// One host: how far its boot is, why it stopped, what it was given, and what can be done with it.
import {get, path, post, remove} from './api.js'
import {announce, attempt, confirm, diffView, doneBox, errorBox} from './dialog.js'
import {fill, h, keepRows, makeTable, throttle} from './dom.js'
import {clock} from './format.js'
import {lab, watch} from './lab.js'
import {makeEventRow, EVENT_COLUMNS} from './view-events.js'
import {bootsWhat} from './view-hosts.js'
import {makeMenuView} from './view-menus.js'
import {makeStateView} from './state.js'

export function showHost(place, {words: [name]}) {
  const messages = h('div')
  const state = makeStateView()
  const facts = h('dl', {class: 'facts'})
  const why = h('section', {'aria-labelledby': 'why'})
  const {box, body} = makeTable(`Last boot of ${name}`, EVENT_COLUMNS)
  const timeline = h('section', {'aria-labelledby': 'timeline'}, h('h2', {id: 'timeline'}, 'Last boot'), box)
  place.append(
    messages,
    h('div', {class: 'stage'}, state.element),
    buttons(name, messages),
    why,
    timeline,
    h('section', {'aria-labelledby': 'facts'}, h('h2', {id: 'facts'}, 'Record'), facts),
    h('section', {'aria-labelledby': 'menu'}, h('h2', {id: 'menu'}, 'Boot menu'), makeMenuView(name)),
  )

  const drawState = () => {
    const host = lab.hosts.get(name)
    if (host === undefined) return
    state.update(host.state, lab.transferByIp.get(host.ip))
    fill(facts, factsOf(host))
  }
  // What is the same stays: somebody may just be copying a remedy.
  let said
  const drawWhy = (explanation) => {
    const text = JSON.stringify(explanation)
    if (text !== said) fill(why, whyView(explanation))
    said = text
  }
  const explain = throttle(async () => {
    try {
      const {findings, events, warnings} = await get(path`/hosts/${name}/why`)
      drawWhy({findings, warnings})
      keepRows(body, events, keyOfEvent, (event) => ({element: makeEventRow(event)}))
      box.hidden = events.length === 0
    } catch (error) {
      said = undefined
      if (error.code !== 'HOST_NOT_FOUND') return fill(why, errorBox(error))
      // Nothing else on the page means anything then.
      stop()
      fill(place, errorBox(error), h('p', {}, h('a', {href: '#/hosts'}, 'All hosts')))
    }
  }, 2000)
  drawState()
  void explain()
  // A boot that goes silent is stuck after a while, without any event.
  const again = setInterval(explain, 15_000)
  const end = watch((change) => {
    const isMine = change.names === undefined || change.names.includes(name)
    if (change.kind === 'hosts' && isMine) {
      drawState()
      explain()
    }
    if (change.kind === 'transfers') drawState()
    if (change.kind === 'events' && change.events.some((event) => event.host === name)) explain()
  })
  const stop = () => {
    clearInterval(again)
    end()
  }
  return stop
}

/** Those of another server's log have no number. */
function keyOfEvent({id, time, source, name}) {
  return `${id} ${time} ${source} ${name}`
}

function factsOf(host) {
  const facts = [
    ['Address', host.ip],
    ['MAC', host.mac],
    ['Boots', bootsWhat(host)],
    ['Boot arguments', host.bootArgs ?? 'none'],
    ['Firmware', host.firmware ?? 'any'],
    ['Declared in the DHCP server', host.dhcp ? 'yes' : 'no'],
    ['Seen last', host.state.lastSeen === null ? 'never' : clock(host.state.lastSeen)],
  ]
  return facts.map(([term, value]) => h('div', {}, h('dt', {}, term), h('dd', {}, value)))
}

function whyView({findings, warnings = []}) {
  const heading = h('h2', {id: 'why'}, 'Why')
  if (findings.length === 0)
    return [heading, h('p', {class: 'empty'}, 'Nothing is wrong, or nothing is known to be.'), warningList(warnings)]
  return [heading, findings.map(findingView), warningList(warnings)]
}

function warningList(warnings) {
  return warnings.length === 0
    ? null
    : h(
        'ul',
        {class: 'hint'},
        warnings.map((warning) => h('li', {}, warning)),
      )
}

function findingView({certainty, seen, cause, remedies, screen}) {
  return h(
    'article',
    {class: 'finding'},
    h('p', {class: 'cause'}, h('span', {class: 'tag'}, certainty), ' ', cause),
    h('p', {}, h('strong', {}, 'Seen: '), seen),
    screen.length === 0
      ? null
      : h(
          'p',
          {},
          h('strong', {}, 'The screen may show: '),
          screen.map((text) => [h('code', {}, text), ' ']),
        ),
    remedies.length === 0
      ? null
      : [
          h('p', {}, h('strong', {}, 'What mends it')),
          h(
            'ul',
            {},
            remedies.map((text) => h('li', {}, h('code', {}, text))),
          ),
        ],
  )
}

function buttons(name, messages) {
  const wake = h('button', {type: 'button', class: 'quiet'}, 'Wake')
  wake.addEventListener('click', async () => {
    const answer = await attempt(wake, messages, () => post(path`/hosts/${name}/wake`))
    if (answer !== undefined) fill(messages, doneBox(`Sent the magic packet to ${answer.hosts[0].sentTo.join(', ')}.`, answer.warnings))
  })
  const ping = h('button', {type: 'button', class: 'quiet'}, 'Ping')
  ping.addEventListener('click', async () => {
    const answer = await attempt(ping, messages, () => post(path`/hosts/${name}/ping`))
    if (answer === undefined) return
    const [host] = answer.hosts
    fill(messages, doneBox(host.alive ? `${name} answers, after ${Math.round(host.milliseconds)} ms.` : `${name} does not answer.`))
  })
  const away = h('button', {type: 'button', class: 'danger'}, 'Delete')
  away.addEventListener('click', () => void removeHost(name, away, messages))
  return h(
    'div',
    {class: 'buttons'},
    h('a', {class: 'button quiet', href: `#/hosts/${encodeURIComponent(name)}/edit`}, 'Edit'),
    wake,
    ping,
    away,
  )
}

async function removeHost(name, button, messages) {
  const planned = await attempt(button, messages, () => remove(`${path`/hosts/${name}`}?dryRun=true`))
  if (planned === undefined) return
  const content = [h('p', {}, 'Its row, its DHCP entry and its boot files go. Its image stays.'), diffView(planned.files)]
  if (!(await confirm({title: `Delete ${name}?`, content, yes: 'Delete', isDangerous: true}))) return
  const done = await attempt(button, messages, () => remove(path`/hosts/${name}`))
  if (done === undefined) return
  announce(`${name} was deleted`)
  location.hash = '#/hosts'
}
