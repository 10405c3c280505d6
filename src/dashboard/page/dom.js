// Elements made of values. Text becomes text nodes and nothing else: no string is ever read as markup.

/**
 * An element: `h('a', {href: '#/hosts', class: 'quiet', onclick: open}, 'Hosts')`. An attribute that is false, null or
 * undefined is left out; children may be strings, nodes, arrays of them, or nothing.
 */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value)
    else element.setAttribute(key, value === true ? '' : String(value))
  }
  element.append(...nodes(children))
  return element
}

function nodes(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
}

/** Replaces what is in `parent`. */
export function fill(parent, ...children) {
  parent.replaceChildren(...nodes(children))
  return parent
}

/** Sets the text of an element if it is another: nothing is laid out anew for the same words. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}

/** Sets or removes an attribute if it is another. */
export function setAttribute(element, name, value) {
  if (value === null || value === undefined) element.removeAttribute(name)
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value))
}

/**
 * A table that is a list of cards on a narrow screen. The roles are said aloud because CSS that makes cards of rows takes them away.
 * `columns`: {title, class?}. Gives the table's box and its body.
 */
export function makeTable(caption, columns) {
  const head = columns.map(({title, class: kind}) => h('th', {scope: 'col', role: 'columnheader', class: kind}, title))
  const body = h('tbody', {role: 'rowgroup'})
  const table = h(
    'table',
    {role: 'table'},
    h('caption', {class: 'visually-hidden'}, caption),
    h('thead', {role: 'rowgroup'}, h('tr', {role: 'row'}, head)),
    body,
  )
  return {box: h('div', {class: 'table'}, table), body}
}

/** A row of such a table: one cell for each column. */
export function makeRow(columns, cells, attributes = {}) {
  return h(
    'tr',
    {role: 'row', ...attributes},
    cells.map((cell, index) => h('td', {role: 'cell', 'data-label': columns[index].title, class: columns[index].class}, cell)),
  )
}

/** Makes the children of `parent` those of `items`, in order; what has the same key stays the same element. */
export function keepRows(parent, items, keyOf, make) {
  const known = parent.rowsByKey ?? new Map()
  const next = new Map()
  for (const item of items) {
    const key = keyOf(item)
    const row = known.get(key) ?? make(item)
    next.set(key, row)
    row.update?.(item)
  }
  for (const [key, row] of known) if (next.get(key) !== row) row.element.remove()
  let place = parent.firstElementChild
  for (const row of next.values()) {
    if (row.element === place) place = place.nextElementSibling
    else parent.insertBefore(row.element, place)
  }
  parent.rowsByKey = next
}

/** Calls `work` once before the next picture, however often it is asked for until then. */
export function oncePerFrame(work) {
  let asked = false
  return () => {
    if (asked) return
    asked = true
    requestAnimationFrame(() => {
      asked = false
      work()
    })
  }
}

/** Calls `work` soon, and not again for `ms`; a call in between is done at the end of that time. */
export function throttle(work, ms) {
  let timer
  let again = false
  const run = () => {
    again = false
    timer = setTimeout(() => {
      timer = undefined
      if (again) run()
    }, ms)
    work()
  }
  return () => {
    if (timer === undefined) run()
    else again = true
  }
}
