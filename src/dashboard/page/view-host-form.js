// Adding a host, adopting a client as one, and changing one. What would change can be looked at first.
import {get, patch, path, post} from './api.js'
import {announce, attempt, diffView, doneBox} from './dialog.js'
import {fill, h} from './dom.js'

const FIELDS = [
  {name: 'name', label: 'Name', hint: 'letters, digits and hyphens'},
  {name: 'mac', label: 'MAC address', hint: 'empty: an unused one is made'},
  {name: 'ip', label: 'IP address', hint: 'empty: the next free one'},
  {name: 'image', label: 'Image', hint: 'empty: the default of the lab'},
  {name: 'root', label: 'Diskless root', hint: 'a PXE filesystem, or a folder below the TFTP root'},
  {name: 'bootArgs', label: 'More kernel arguments', hint: ''},
]

export function showHostForm(place, {words: [known], query}) {
  const isNew = known === undefined
  const messages = h('div')
  const preview = h('div')
  const inputs = Object.fromEntries(
    FIELDS.map(({name}) => [
      name,
      h('input', {type: 'text', id: name, name, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off'}),
    ]),
  )
  inputs.image.setAttribute('list', 'images')
  const images = h('datalist', {id: 'images'})
  inputs.root.setAttribute('list', 'roots')
  const roots = h('datalist', {id: 'roots'})
  const firmware = h(
    'select',
    {id: 'firmware'},
    [
      ['any', 'any'],
      ['bios', 'BIOS'],
      ['uefi', 'UEFI'],
    ].map(([value, text]) => h('option', {value}, text)),
  )
  const dhcp = h('input', {type: 'checkbox', id: 'dhcp', checked: true})
  const auto = h('input', {type: 'checkbox', id: 'auto'})
  auto.addEventListener('change', () => {
    inputs.name.disabled = auto.checked
    if (auto.checked) inputs.name.value = ''
  })
  const look = h('button', {type: 'button', class: 'quiet'}, 'Show what would change')
  const save = h('button', {type: 'submit', class: 'primary'}, isNew ? 'Add host' : 'Save')
  let before = {}

  const values = () => (isNew ? newValues() : changedValues(before, allValues()))
  const allValues = () => ({
    ...Object.fromEntries(FIELDS.map(({name}) => [name, inputs[name].value.trim()])),
    firmware: firmware.value,
    dhcp: dhcp.checked,
  })
  const newValues = () => {
    const given = Object.entries(allValues()).filter(([name, value]) => value !== '' && !(name === 'firmware' && value === 'any'))
    return {...Object.fromEntries(given), ...(auto.checked ? {auto: true} : {})}
  }
  const send = (flags) => (isNew ? post(`/hosts${flags}`, values()) : patch(`${path`/hosts/${known}`}${flags}`, values()))

  look.addEventListener('click', async () => {
    const planned = await attempt(look, messages, () => send('?dryRun=true'))
    if (planned === undefined) return fill(preview)
    fill(
      messages,
      doneBox(
        isNew ? `This would add ${planned.host.name} with ${planned.host.ip} and ${planned.host.mac}.` : 'This would change:',
        planned.warnings,
      ),
    )
    fill(preview, diffView(planned.files))
  })
  const form = h(
    'form',
    {
      class: 'form',
      onsubmit: async (event) => {
        event.preventDefault()
        fill(preview)
        const done = await attempt(save, messages, () => send(''))
        if (done === undefined) return
        announce(`${done.host.name} was ${isNew ? 'added' : 'changed'}`)
        location.hash = `#/hosts/${encodeURIComponent(done.host.name)}`
      },
    },
    messages,
    isNew ? h('p', {class: 'check'}, auto, h('label', {for: 'auto'}, 'Choose the name for me')) : null,
    FIELDS.map(({name, label, hint}) => {
      if (hint !== '' && isNew) inputs[name].setAttribute('aria-describedby', `${name}-hint`)
      return h(
        'p',
        {class: 'field'},
        h('label', {for: name}, label),
        inputs[name],
        isNew && hint !== '' ? h('span', {class: 'hint', id: `${name}-hint`}, hint) : null,
      )
    }),
    h('p', {class: 'field'}, h('label', {for: 'firmware'}, 'Firmware'), firmware),
    h('p', {class: 'check'}, dhcp, h('label', {for: 'dhcp'}, 'Declare it in the DHCP server')),
    images,
    roots,
    h(
      'div',
      {class: 'buttons'},
      save,
      look,
      h('a', {class: 'button quiet', href: isNew ? '#/hosts' : `#/hosts/${encodeURIComponent(known)}`}, 'Cancel'),
    ),
    preview,
  )
  place.append(form)
  inputs.mac.value = query.get('mac') ?? ''
  void attempt(undefined, messages, async () => {
    if (!isNew) {
      const {host} = await get(path`/hosts/${known}`)
      for (const {name} of FIELDS) inputs[name].value = host[name] ?? ''
      firmware.value = host.firmware ?? 'any'
      dhcp.checked = host.dhcp
      before = allValues()
    }
    const options = (list) => list.map(({name}) => h('option', {value: name}))
    fill(images, options((await get('/images')).images))
    fill(roots, options((await get('/filesystems')).roots))
  })
}

/** Only what is another: what is not sent stays. */
function changedValues(before, after) {
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => before[name] !== value))
}
