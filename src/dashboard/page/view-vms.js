// Virtual machines, and the buttons on their fronts.
import {get, path, post} from './api.js'
import {announce, attempt, confirm, doneBox} from './dialog.js'
import {fill, h, makeRow, makeTable} from './dom.js'
import {count} from './format.js'

const COLUMNS = [{title: 'Name'}, {title: 'State'}, {title: 'Host'}, {title: 'Hypervisor'}, {title: 'Size'}, {title: 'Do', class: 'wide'}]
/** Nobody tells of a VM that is started elsewhere, so they are looked at now and then. */
const LOOK_MS = 10_000

export function showVms(place) {
  const messages = h('div')
  const summary = h('p', {class: 'summary'})
  const {box, body} = makeTable('Virtual machines', COLUMNS)
  const all = h('input', {type: 'checkbox', id: 'all', onchange: () => void load()})
  place.append(h('p', {class: 'check'}, all, h('label', {for: 'all'}, 'Also those that pxectl did not make')), messages, summary, box)
  const load = async () => {
    const answer = await attempt(undefined, messages, () => get(`/vms?all=${all.checked}`))
    if (answer === undefined) return
    const {vms, warnings} = answer
    fill(
      summary,
      vms.length === 0 ? ['There are no VMs: ', h('code', {}, 'pxectl vm create NAME')] : count(vms.length, 'VM'),
      warnings.map((warning) => h('span', {class: 'notice'}, warning)),
    )
    // A button that has the focus keeps it.
    const focused = document.activeElement?.dataset.key
    fill(
      body,
      vms.map((vm) => makeVmRow(vm, act)),
    )
    if (focused !== undefined) body.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus()
    box.hidden = vms.length === 0
  }
  const act = async (vm, what, button) => {
    const {words, risk} = WORK[what]
    const body = what === 'cut' ? {force: true} : {}
    const content = risk === undefined ? [] : [h('p', {}, risk)]
    if (risk !== undefined && !(await confirm({title: `${words} ${vm.name}?`, content, yes: words, isDangerous: true}))) return
    const done = await attempt(button, messages, () => post(`${path`/vms/${vm.name}`}/${what === 'cut' ? 'stop' : what}`, body))
    if (done === undefined) return
    const [outcome] = done.outcomes
    const said = outcome.outcome === 'unchanged' ? `${vm.name} was so already.` : `${vm.name}: ${words.toLowerCase()}, done.`
    fill(messages, doneBox(said, done.warnings))
    announce(said)
    await load()
  }
  const showConsole = async (vm, button) => {
    const answer = await attempt(button, messages, () => get(`${path`/vms/${vm.name}`}/console`))
    if (answer === undefined) return
    const ways = answer.consoles.map((one) => [h('strong', {}, `${one.kind}: `), screenLink(one), h('code', {}, one.command)])
    fill(
      messages,
      h(
        'div',
        {class: 'notice', role: 'status'},
        h('p', {}, `On a terminal: `, h('code', {}, `pxectl vm console ${vm.name}`)),
        h(
          'ul',
          {},
          ways.map((way) => h('li', {}, way)),
        ),
      ),
    )
  }
  act.console = showConsole
  void load()
  const clock = setInterval(() => void load(), LOOK_MS)
  return () => clearInterval(clock)
}

/** A program on this machine may show the screen itself: VirtualBox speaks RDP there. */
function screenLink({kind, host, port}) {
  const scheme = {vnc: 'vnc', vrde: 'rdp'}[kind]
  return scheme === undefined ? null : [h('a', {href: `${scheme}://${host}:${port}`}, `${scheme}://${host}:${port}`), ' or ']
}

const WORK = {
  start: {words: 'Start'},
  stop: {words: 'Shut down'},
  cut: {words: 'Cut the power', risk: 'What its system has not written yet is lost.'},
  reset: {words: 'Reset', risk: 'It boots again from the network; what its system has not written yet is lost.'},
}

function makeVmRow(vm, act) {
  const isOn = vm.state === 'running' || vm.state === 'paused'
  const buttons = (isOn ? ['stop', 'cut', 'reset'] : ['start']).map((what) => {
    const button = h(
      'button',
      {type: 'button', class: 'quiet', 'data-key': `${vm.name} ${what}`, 'aria-label': `${WORK[what].words} ${vm.name}`},
      WORK[what].words,
    )
    button.addEventListener('click', () => void act(vm, what, button))
    return button
  })
  const screen = h(
    'button',
    {type: 'button', class: 'quiet', 'data-key': `${vm.name} console`, 'aria-label': `Console of ${vm.name}`},
    'Console',
  )
  screen.addEventListener('click', () => void act.console(vm, screen))
  const host = vm.host === null ? h('code', {}, vm.mac ?? '') : h('a', {href: `#/hosts/${encodeURIComponent(vm.host)}`}, vm.host)
  const state = [
    vm.state,
    vm.problem === null ? null : h('span', {class: 'told'}, ` ${vm.problem}`),
    vm.drift.length === 0 ? null : h('span', {class: 'told'}, ` ${count(vm.drift.length, 'difference')} to what was wanted`),
  ]
  return makeRow(COLUMNS, [
    vm.name,
    h('span', {}, state),
    host,
    `${vm.hypervisor}${vm.machine === null ? '' : ` on ${vm.machine}`}`,
    `${vm.cpus === null ? '' : `${count(vm.cpus, 'CPU')}, `}${vm.memoryMiB ?? '?'} MiB`,
    h('div', {class: 'buttons'}, buttons, screen),
  ])
}
