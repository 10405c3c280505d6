// Boot loaders as people read them.
import type {LoaderRow} from '../operations/list-loaders.js'
import {renderBytes, renderTable} from './table.js'

export function renderLoaders(loaders: readonly LoaderRow[]): string {
  return renderTable(
    ['NAME', 'STATE', 'SIZE', 'FROM', 'PURPOSE'],
    loaders.map(({name, state, sizeBytes, source, package: from, purpose}) => [
      name,
      state,
      sizeBytes === undefined ? '-' : renderBytes(sizeBytes),
      source ?? `(package ${from})`,
      purpose,
    ]),
  )
}
