// The page: who we are, which view the address asks for, and the stream that keeps it alive.
import {logout, openSession} from './api.js'
import {fill, h} from './dom.js'
import {errorBox} from './dialog.js'
import {follow, unfollow, watch} from './lab.js'
import {loadSteps} from './state.js'
import {showDhcp} from './view-dhcp.js'
import {showEvents} from './view-events.js'
import {showFilesystem, showFilesystems} from './view-filesystems.js'
import {showHost} from './view-host.js'
import {showHostForm} from './view-host-form.js'
import {showHosts} from './view-hosts.js'
import {showImage, showImages} from './view-images.js'
import {showLogin} from './view-login.js'
import {showMenu} from './view-menus.js'
import {showTransfers} from './view-transfers.js'
import {showUnknown} from './view-unknown.js'
import {showVms} from './view-vms.js'

/** Address to view. A view gets its place, the parts of the address and its query; it gives what must be ended when it goes. */
const VIEWS = [
  [/^\/hosts$/, 'Hosts', showHosts],
  [/^\/hosts-new$/, 'Add a host', showHostForm],
  [/^\/hosts\/([^/]+)\/edit$/, 'Change a host', showHostForm],
  [/^\/hosts\/([^/]+)$/, 'Host', showHost],
  [/^\/transfers$/, 'Transfers', showTransfers],
  [/^\/unknown$/, 'Unknown clients', showUnknown],
  [/^\/events$/, 'Events', showEvents],
  [/^\/menus\/([^/]+)$/, 'Menus', showMenu],
  [/^\/images$/, 'Images', showImages],
  [/^\/images\/([^/]+)$/, 'Image', showImage],
  [/^\/filesystems$/, 'Filesystems', showFilesystems],
  [/^\/filesystems\/([^/]+)$/, 'Filesystem', showFilesystem],
  [/^\/vms$/, 'Virtual machines', showVms],
  [/^\/dhcp$/, 'DHCP', showDhcp],
  [/^\/login$/, 'Log in', showLogin],
]

const main = document.getElementById('main')
const parts = document.getElementById('parts')
const connection = document.getElementById('connection')
const logoutButton = document.getElementById('logout')

let endView = () => undefined
let isFirst = true

function showView() {
  endView()
  endView = () => undefined
  const [address = '/hosts', query = ''] = location.hash.slice(1).split('?')
  const found = VIEWS.find(([pattern]) => pattern.test(address))
  if (found === undefined) {
    location.replace('#/hosts')
    return
  }
  const [pattern, title, show] = found
  const words = pattern.exec(address).slice(1).map(decodeURIComponent)
  for (const link of parts.querySelectorAll('a')) {
    const isHere =
      link.getAttribute('href') === `#${address}` ||
      address.startsWith(
        `${link
          .getAttribute('href')
          .slice(1)
          .replace(/\/default$/, '')}`,
      )
    if (isHere) {
      link.setAttribute('aria-current', 'page')
      link.scrollIntoView({block: 'nearest', inline: 'nearest'})
    } else link.removeAttribute('aria-current')
  }
  const heading = h('h1', {tabindex: '-1'}, words[0] === undefined || title === 'Menus' ? title : `${title} ${words[0]}`)
  document.title = `${heading.textContent} – pxectl`
  const place = h('div', {class: 'view'})
  fill(main, heading, place)
  endView = show(place, {words, query: new URLSearchParams(query), heading}) ?? endView
  // Whoever hears the page, or uses it by keyboard, is where the new view begins.
  if (!isFirst) heading.focus()
  isFirst = false
}

function showConnection({isOpen, isOver}) {
  connection.dataset.state = isOpen ? 'open' : 'closed'
  connection.textContent = isOpen ? 'live' : isOver ? 'not connected' : 'connecting again …'
  // The browser gives up where the server refuses: a session that has ended, or too many pages.
  if (isOver) setTimeout(() => void start(), 5000)
}

/** Looks who we are, and shows the login where one is needed. */
export async function start() {
  try {
    const session = await openSession()
    await loadSteps()
    const mayEnter = session.loggedIn || !session.loginNeeded
    parts.hidden = !mayEnter
    logoutButton.hidden = !session.loggedIn
    if (mayEnter) follow()
    else {
      unfollow()
      connection.textContent = ''
      if (location.hash !== '#/login') location.hash = '#/login'
    }
    if (isFirst || (mayEnter && location.hash === '#/login')) {
      if (mayEnter && location.hash === '#/login') location.hash = '#/hosts'
      else showView()
    }
  } catch (error) {
    connection.textContent = 'not connected'
    if (isFirst) fill(main, h('h1', {}, 'pxectl'), errorBox(error))
    setTimeout(() => void start(), 5000)
  }
}

watch((change) => {
  if (change.kind === 'connection') showConnection(change)
})
window.addEventListener('hashchange', showView)
window.addEventListener('session', () => void start())
document.getElementById('skip').addEventListener('click', (event) => {
  event.preventDefault()
  main.focus()
})
logoutButton.addEventListener('click', async () => {
  await logout()
  void start()
})
void start()
