// Operating systems prepared for network boot.
import {get, path} from './api.js'
import {errorBox} from './dialog.js'
import {fill, h, makeRow, makeTable} from './dom.js'
import {bytes, clock} from './format.js'
import {watch} from './lab.js'

const COLUMNS = [{title: 'Name'}, {title: 'Type'}, {title: 'Title', class: 'wide'}, {title: 'Size'}, {title: 'Added'}, {title: 'Hosts'}]

export function showImages(place) {
  const {box, body} = makeTable('Images', COLUMNS)
  const messages = h('div')
  place.append(messages, box)
  const load = async () => {
    try {
      const {images, warnings} = await get('/images')
      fill(
        messages,
        images.length === 0 ? h('p', {class: 'empty'}, 'There are no images yet: ', h('code', {}, 'pxectl image add FILE-OR-URL')) : null,
        warnings.map((warning) => h('p', {class: 'notice'}, warning)),
      )
      fill(body, images.map(makeImageRow))
      box.hidden = images.length === 0
    } catch (error) {
      fill(messages, errorBox(error))
    }
  }
  void load()
  return watch(({kind, names}) => {
    if (kind === 'hosts' && names === undefined) void load()
  })
}

function makeImageRow({name, type, title, version, sizeBytes, addedAt, origin, hosts, isDefault}) {
  const used = [...hosts.slice(0, 5), ...(hosts.length > 5 ? [`and ${hosts.length - 5} more`] : []), ...(isDefault ? ['the default'] : [])]
  const link = h('a', {href: `#/images/${encodeURIComponent(name)}`}, name)
  return makeRow(COLUMNS, [
    link,
    origin === 'broken' ? 'broken' : (type ?? ''),
    version === null ? title : `${title} ${version}`,
    bytes(sizeBytes),
    addedAt === null ? 'by hand' : clock(addedAt),
    used.join(', '),
  ])
}

export function showImage(place, {words: [name]}) {
  void (async () => {
    try {
      const {image, menus, warnings} = await get(path`/images/${name}`)
      const facts = [
        ['Type', image.type ?? 'unknown'],
        ['Title', image.title],
        ['Size', bytes(image.sizeBytes)],
        ['Folder', image.folder],
        ['Source', image.source ?? 'unknown'],
        ['Hosts', image.hosts.join(', ') || 'none'],
      ]
      place.append(
        ...warnings.map((warning) => h('p', {class: 'notice'}, warning)),
        h(
          'dl',
          {class: 'facts'},
          facts.map(([term, value]) => h('div', {}, h('dt', {}, term), h('dd', {}, value))),
        ),
        h('h2', {}, 'Menus that start it'),
        ...Object.entries(menus).map(([format, text]) =>
          h('details', {}, h('summary', {}, format), h('pre', {tabindex: '0', role: 'region', 'aria-label': `menu for ${format}`}, text)),
        ),
      )
    } catch (error) {
      place.append(errorBox(error))
    }
  })()
}
