// Questions and messages. A question is a modal dialog, as the browser has it: it holds the focus and gives it back.
import {fill, h} from './dom.js'

/** Says something to those who hear the page. */
export function announce(text) {
  const place = document.getElementById('announcements')
  place.textContent = ''
  // The same words twice are heard twice only if they were away in between.
  setTimeout(() => (place.textContent = text), 50)
}

/** Asks whether to go on; `content` is shown above the buttons. Gives true or false. */
export function confirm({title, content = [], yes, isDangerous = false}) {
  return new Promise((resolve) => {
    const cancel = h('button', {type: 'button', class: 'quiet', onclick: () => dialog.close('no')}, 'Cancel')
    const accept = h('button', {type: 'button', class: isDangerous ? 'danger' : 'primary', onclick: () => dialog.close('yes')}, yes)
    const heading = h('h2', {id: 'question'}, title)
    // What is long scrolls between the question and the buttons.
    const dialog = h(
      'dialog',
      {'aria-labelledby': 'question'},
      heading,
      h('div', {class: 'content'}, content),
      h('div', {class: 'buttons'}, cancel, accept),
    )
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(dialog.returnValue === 'yes')
    })
    document.body.append(dialog)
    dialog.showModal()
    // Where it can do harm, the first key must not do it.
    ;(isDangerous ? cancel : accept).focus()
  })
}

/** An error as a box that is read out: what happened, and what to do next. */
export function errorBox(error) {
  const suggestions = error.suggestions ?? []
  return h(
    'div',
    {class: 'notice bad', role: 'alert'},
    h('p', {}, h('strong', {}, 'That did not work: '), error.message),
    suggestions.length === 0
      ? null
      : h(
          'ul',
          {},
          suggestions.map((text) => h('li', {}, h('code', {}, text))),
        ),
  )
}

/** A box for what went well, and for warnings that came with it. */
export function doneBox(text, warnings = []) {
  return h(
    'div',
    {class: 'notice good', role: 'status'},
    h('p', {}, text),
    warnings.length === 0
      ? null
      : h(
          'ul',
          {},
          warnings.map((warning) => h('li', {}, warning)),
        ),
  )
}

/** Does `work` while `button` cannot be pressed again; shows its failure in `place`. Gives its result, or undefined. */
export async function attempt(button, place, work) {
  button?.setAttribute('aria-disabled', 'true')
  try {
    const result = await work()
    return result ?? true
  } catch (error) {
    fill(place, errorBox(error))
    if (error.code === 'LOGIN_NEEDED') location.hash = '#/login'
    return undefined
  } finally {
    button?.removeAttribute('aria-disabled')
  }
}

/** A diff with its lines told apart by their first character, by colour, and by their role in the text. */
export function diffView(files) {
  if (files.length === 0) return h('p', {class: 'empty'}, 'No file would change.')
  return files.map(({path, diff}) =>
    h(
      'details',
      {open: true, class: 'diff'},
      h('summary', {}, h('code', {}, path)),
      h('pre', {tabindex: '0', role: 'region', 'aria-label': `changes of ${path}`}, diff.split('\n').map(diffLine)),
    ),
  )
}

function diffLine(line) {
  const kind = /^(\+\+\+|---|@@)/.test(line) ? 'place' : line.startsWith('+') ? 'added' : line.startsWith('-') ? 'taken' : undefined
  return h('span', {class: kind}, `${line}\n`)
}
