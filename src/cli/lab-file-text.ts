// Plans and outcomes of lab files as people read them: a line for each part, its values behind it.
import type {LabFilePlan} from '../operations/plan-lab-file.js'
import type {LabStatus} from '../operations/lab-file-status.js'
import type {PartChange} from '../operations/lab-part.js'
import type {UpResult} from '../operations/carry-out-parts.js'
import {escapeControl} from './escape.js'
import {renderTable} from './table.js'

const SIGNS = {create: '+', change: '~', remove: '-'} as const

export function renderPlan({changes, unchanged}: LabFilePlan): string {
  if (changes.length === 0) return `nothing to do: all ${unchanged} parts are as the lab file says`
  return [
    ...changes.filter(({kind}) => kind !== 'loader').map(changeLine),
    ...loaderLines(changes),
    `${countText(changes)}; ${unchanged} as the file says`,
  ].join('\n')
}

const DONE = {create: 'made', change: 'changed', remove: 'removed'} as const

export function renderUp(result: UpResult): string {
  if (result.dryRun || result.changes.length === 0) return renderPlan(result)
  const others = result.changes.filter(({kind}) => kind !== 'loader')
  const loaders = result.changes.length - others.length
  return [
    ...(loaders === 0 ? [] : [`${DONE[result.changes.find(({kind}) => kind === 'loader')?.action ?? 'create']} ${loaders} loaders`]),
    ...others.map(({kind, name, action}) => `${DONE[action]} ${kind} ${escapeControl(name)}`),
  ].join('\n')
}

export function renderStatus({parts}: LabStatus): string {
  if (parts.length === 0) return 'the lab file names nothing'
  return renderTable(
    ['KIND', 'NAME', 'STATE', 'DIFFERS'],
    parts.map(({kind, name, state, values}) => [kind, name, state, values.map(valueText).join(', ') || '-']),
  )
}

/** A lab has some twenty files of them, all from the same packages. */
function loaderLines(changes: readonly PartChange[]): string[] {
  return (['create', 'remove'] as const).flatMap((action) => {
    const names = changes.filter((change) => change.kind === 'loader' && change.action === action).map(({name}) => name)
    const shown = [...names.slice(0, 3), ...(names.length > 3 ? ['…'] : [])].join(', ')
    return names.length === 0 ? [] : [`${SIGNS[action]} ${names.length} loaders: ${shown}`]
  })
}

function changeLine(change: PartChange): string {
  const values = change.values.filter(({before, after}) => before !== null || after !== null).map(valueText)
  const note = change.note === undefined ? [] : [`(${change.note})`]
  return [SIGNS[change.action], change.kind, escapeControl(change.name), ...(values.length === 0 ? [] : [values.join(', ')]), ...note].join(
    ' ',
  )
}

function valueText({key, before, after}: PartChange['values'][number]): string {
  const shown = (text: string | null): string => (text === null || text === '' ? 'none' : escapeControl(text))
  return before === null ? `${key} ${shown(after)}` : `${key} ${shown(before)} → ${shown(after)}`
}

function countText(changes: readonly PartChange[]): string {
  const words = {create: 'to make', change: 'to change', remove: 'to remove'} as const
  return (['create', 'change', 'remove'] as const)
    .map((action) => [changes.filter((change) => change.action === action).length, words[action]] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ')
}
