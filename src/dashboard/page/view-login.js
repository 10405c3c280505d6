// The login.
import {login} from './api.js'
import {attempt} from './dialog.js'
import {h} from './dom.js'

export function showLogin(place) {
  const password = h('input', {type: 'password', id: 'password', name: 'password', autocomplete: 'current-password', required: true})
  const button = h('button', {type: 'submit', class: 'primary'}, 'Log in')
  const messages = h('div')
  const form = h(
    'form',
    {
      class: 'narrow',
      onsubmit: async (event) => {
        event.preventDefault()
        const done = await attempt(button, messages, () => login(password.value))
        if (done === undefined) {
          password.value = ''
          password.focus()
        } else window.dispatchEvent(new Event('session'))
      },
    },
    messages,
    h('p', {class: 'field'}, h('label', {for: 'password'}, 'Password, or token'), password),
    h('div', {class: 'buttons'}, button),
    h('p', {class: 'hint'}, 'The password is set by ', h('code', {}, 'pxectl web password'), '.'),
  )
  place.append(form)
  password.focus()
}
