// Boot menus as clients get them, in the language of each loader.
import {get, path} from './api.js'
import {errorBox} from './dialog.js'
import {fill, h} from './dom.js'
import {lab, watch} from './lab.js'

const FORMATS = ['pxelinux', 'ipxe', 'grub', 'menu.lst']

export function showMenu(place, {words: [name]}) {
  const whose = h('select', {id: 'whose', onchange: () => (location.hash = `#/menus/${encodeURIComponent(whose.value)}`)})
  const drawNames = () => {
    const names = ['default', ...lab.hosts.keys()]
    if (!names.includes(name)) names.push(name)
    fill(
      whose,
      names.map((one) => h('option', {value: one, selected: one === name}, one === 'default' ? 'unknown clients' : one)),
    )
  }
  drawNames()
  place.append(h('p', {class: 'field'}, h('label', {for: 'whose'}, 'Menu of'), whose), makeMenuView(name))
  return watch(({kind, names}) => {
    if (kind === 'hosts' && names === undefined) drawNames()
  })
}

/** The menu of a host, or of `default`, with a choice of languages. */
export function makeMenuView(name) {
  const text = h('pre', {class: 'menu', tabindex: '0', role: 'region', 'aria-label': `menu of ${name}`})
  const messages = h('div')
  const load = async () => {
    try {
      const {menu} = await get(`${path`/menus/${name}`}?format=${format.value}`)
      fill(text, menu.text)
      fill(messages)
      text.hidden = false
    } catch (error) {
      fill(messages, errorBox(error))
      text.hidden = true
    }
  }
  const format = h(
    'select',
    {id: 'format', onchange: () => void load()},
    FORMATS.map((one) => h('option', {value: one}, one)),
  )
  void load()
  return h('div', {}, h('p', {class: 'field'}, h('label', {for: 'format'}, 'Language of'), format), messages, text)
}
