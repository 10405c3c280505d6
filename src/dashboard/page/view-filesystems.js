// PXE filesystems: the roots that diskless machines share.
import {get, path} from './api.js'
import {errorBox} from './dialog.js'
import {fill, h, makeRow, makeTable} from './dom.js'
import {bytes, clock} from './format.js'

const COLUMNS = [
  {title: 'Name'},
  {title: 'State'},
  {title: 'Style'},
  {title: 'System', class: 'wide'},
  {title: 'Size'},
  {title: 'Made'},
  {title: 'Hosts'},
]

export function showFilesystems(place) {
  const messages = h('div')
  const {box, body} = makeTable('Filesystems', COLUMNS)
  place.append(messages, box)
  box.hidden = true
  void (async () => {
    try {
      const {roots, warnings} = await get('/filesystems')
      const empty =
        roots.length === 0 ? h('p', {class: 'empty'}, 'There are no filesystems yet: ', h('code', {}, 'pxectl fs create NAME')) : null
      fill(
        messages,
        empty,
        warnings.map((warning) => h('p', {class: 'notice'}, warning)),
      )
      fill(body, roots.map(makeRootRow))
      box.hidden = roots.length === 0
    } catch (error) {
      fill(messages, errorBox(error))
    }
  })()
}

function makeRootRow({name, state, style, suite, arch, kernelVersion, sizeBytes, createdAt, hosts}) {
  const link = state === 'finished' ? h('a', {href: `#/filesystems/${encodeURIComponent(name)}`}, name) : name
  const system = [suite, arch, kernelVersion].filter((part) => part !== null).join(', ')
  return makeRow(COLUMNS, [
    link,
    state,
    style ?? '',
    system,
    sizeBytes === null ? '' : bytes(sizeBytes),
    clock(createdAt),
    hosts.join(', '),
  ])
}

export function showFilesystem(place, {words: [name]}) {
  void (async () => {
    try {
      const {root} = await get(path`/filesystems/${name}`)
      const facts = [
        ['Style', root.style],
        ['Kernel', root.kernelPath],
        ['Initrd', root.initrdPath],
        ['Tree', root.treePath ?? 'none'],
        ['Squashfs', root.squashfsPath ?? 'none'],
        ['Size', bytes(root.sizeBytes)],
        ['Made', clock(root.createdAt)],
        ['Hosts', root.hosts.join(', ') || 'none'],
      ]
      place.append(
        h(
          'dl',
          {class: 'facts'},
          facts.map(([term, value]) => h('div', {}, h('dt', {}, term), h('dd', {}, value))),
        ),
      )
    } catch (error) {
      place.append(errorBox(error))
    }
  })()
}
