// What is exported over NFS, as people read it.
import type {Shared} from '../operations/share-roots.js'
import {renderTable} from './table.js'

/** One line for each export, and what became, or would become, of the file. */
export function renderShared({exports, file, changed, dryRun}: Shared): string {
  if (exports.length === 0 && !changed) return 'nothing to export: no host boots a root with the style nfs or nfs-overlay'
  const rows = exports.map(({path, client, access}) => [path, client, access === 'ro' ? 'read-only' : 'read-write'])
  const state =
    file === null
      ? 'your own NFS server has to export these (fs.exports = none)'
      : changed
        ? dryRun
          ? `would write ${file}`
          : `wrote ${file}`
        : `${file} has them`
  return [...(rows.length === 0 ? [] : [renderTable(['path', 'client', 'access'], rows)]), state].join('\n')
}
