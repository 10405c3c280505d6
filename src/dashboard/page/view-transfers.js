// What is being sent now.
import {h, keepRows, makeRow, makeTable, oncePerFrame, setAttribute, setText} from './dom.js'
import {bytes, count} from './format.js'
import {lab, watch} from './lab.js'

const MOST_ROWS = 100
const COLUMNS = [{title: 'Client'}, {title: 'File', class: 'wide'}, {title: 'Done'}, {title: 'Rate'}, {title: 'Sent again'}]

export function showTransfers(place) {
  const summary = h('p', {class: 'summary'})
  const {box, body} = makeTable('Running transfers', COLUMNS)
  const empty = h('p', {class: 'empty'}, 'Nothing is being sent now.')
  place.append(summary, box, empty)
  const draw = oncePerFrame(() => {
    const transfers = [...lab.transfers.values()]
    const shown = transfers.slice(0, MOST_ROWS)
    const rate = transfers.reduce((sum, {bytesPerSecond}) => sum + bytesPerSecond, 0)
    setText(
      summary,
      transfers.length === 0
        ? ''
        : `${count(lab.totalTransfers, 'transfer')}, ${bytes(rate)}/s${lab.totalTransfers > shown.length ? `; the first ${shown.length} are shown` : ''}`,
    )
    keepRows(body, shown, ({key}) => key, makeTransferRow)
    box.hidden = shown.length === 0
    empty.hidden = shown.length > 0
  })
  draw()
  return watch(({kind}) => {
    if (kind === 'transfers') draw()
  })
}

function makeTransferRow({client, protocol, name}) {
  const bar = h('progress', {max: '1', 'aria-label': `progress of ${name}`})
  const share = h('span', {class: 'share'})
  const [rate, again] = [h('span'), h('span')]
  const who = [...lab.hosts.values()].find(({ip}) => ip === client)
  const whom =
    who === undefined
      ? h('code', {}, client)
      : [h('a', {href: `#/hosts/${encodeURIComponent(who.name)}`}, who.name), ' ', h('code', {}, client)]
  return {
    element: makeRow(COLUMNS, [
      h('span', {}, whom),
      h('span', {}, h('span', {class: 'tag'}, protocol), ' ', h('code', {class: 'name'}, name)),
      h('span', {class: 'running'}, bar, share),
      rate,
      again,
    ]),
    update({bytes: done, sizeBytes, bytesPerSecond, retransmits}) {
      const part = sizeBytes === undefined || sizeBytes === 0 ? undefined : Math.min(1, done / sizeBytes)
      setAttribute(bar, 'value', part?.toFixed(3))
      setText(share, part === undefined ? bytes(done) : `${Math.floor(part * 100)} % of ${bytes(sizeBytes)}`)
      setText(rate, `${bytes(bytesPerSecond)}/s`)
      setText(again, retransmits === undefined ? '' : String(retransmits))
    },
  }
}
