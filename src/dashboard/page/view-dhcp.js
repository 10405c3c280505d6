// The DHCP server's configuration: what the lab wants of it, what differs, and making it so.
import {get, post} from './api.js'
import {announce, attempt, confirm, diffView, doneBox} from './dialog.js'
import {fill, h} from './dom.js'
import {count} from './format.js'
import {watch} from './lab.js'

/** Back ends that have no configuration to look after. */
const WITHOUT_FILE = {
  builtin: 'The DHCP server is our own: it answers by the host database, and there is nothing to apply.',
  none: 'This lab configures no DHCP server. What stands below is to be put into the one there is.',
}

export function showDhcp(place) {
  const messages = h('div')
  const difference = h('div')
  const declared = h('pre', {tabindex: '0', role: 'region', 'aria-label': 'what is declared'})
  const about = h('p', {class: 'summary'})
  const apply = h('button', {type: 'button', class: 'primary'}, 'Apply')
  apply.addEventListener('click', async () => {
    const yes = await confirm({
      title: 'Apply this to the DHCP server?',
      content: h(
        'p',
        {},
        'The new file is tested, swapped in, and the server restarted and looked after; if it does not come up, the old file is put back.',
      ),
      yes: 'Apply',
    })
    if (!yes) return
    const done = await attempt(apply, messages, () => post('/dhcp/apply'))
    if (done === undefined) return
    announce('The DHCP configuration was changed')
    await load()
    fill(
      messages,
      doneBox(done.changed ? `Changed ${done.files.map((file) => file.path).join(', ')}.` : 'There was nothing to change.', done.warnings),
    )
  })
  place.append(
    about,
    messages,
    h('section', {'aria-labelledby': 'diff'}, h('h2', {id: 'diff'}, 'What would change'), difference, h('div', {class: 'buttons'}, apply)),
    h('section', {'aria-labelledby': 'declared'}, h('h2', {id: 'declared'}, 'What the lab declares'), declared),
  )
  const load = () =>
    attempt(undefined, messages, async () => {
      const shown = await get('/dhcp')
      const where = shown.config === null ? '' : `, ${shown.config}`
      fill(about, `Back end ${shown.backend}${where}; ${count(shown.hosts.length, 'host')} declared.`)
      fill(declared, shown.text.trim() === '' ? 'nothing' : shown.text)
      apply.hidden = true
      if (WITHOUT_FILE[shown.backend] !== undefined) return fill(difference, h('p', {class: 'empty'}, WITHOUT_FILE[shown.backend]))
      const {changed, files, warnings} = await get('/dhcp/diff')
      fill(
        difference,
        diffView(files),
        warnings.map((warning) => h('p', {class: 'notice'}, warning)),
      )
      apply.hidden = !changed
    })
  void load()
  return watch(({kind, names}) => {
    if (kind === 'hosts' && names === undefined) void load()
  })
}
