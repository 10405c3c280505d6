// Boot loaders of a lab file: what the system's packages have and the TFTP root lacks. What lies there already stays as it is.
import {join} from 'node:path'
import {PxectlError} from '../errors.js'
import {fileExists, removeFile} from '../system/files.js'
import {installLoaders} from './install-loaders.js'
import {abandoned, namesOf, type LabPart, type PartChange} from './lab-part.js'

export const loadersPart: LabPart = {
  kind: 'loader',

  async plan(context) {
    const {rows, warnings} = context.spec.loaders ? await missingLoaders(context.settings.lab.tftpRoot) : NONE
    const changes = rows.map(({name, source}): PartChange => ({
      kind: 'loader',
      name,
      action: 'create',
      values: [{key: 'from', before: null, after: source ?? null}],
    }))
    // One that is there and that we placed stays while the lab file wants loaders.
    const gone = context.spec.loaders ? [] : abandoned(context, 'loader', [])
    const removed = gone.map(({name}): PartChange => ({kind: 'loader', name, action: 'remove', values: []}))
    return {changes: [...changes, ...removed], unchanged: 0, warnings}
  },

  async apply({lab, claim, disclaim}, changes) {
    const {tftpRoot} = lab.settings.lab
    for (const {name, action} of changes) {
      if (action === 'remove') await removeFile(join(tftpRoot, name))
    }
    await disclaim('loader', namesOf(changes, 'remove'))
    const names = namesOf(changes, 'create')
    await claim('loader', names, '')
    if (names.length === 0) return []
    return (await installLoaders({tftpRoot, names, dryRun: false})).warnings
  },
}

const NONE = {rows: [], warnings: []} as const

type Rows = Awaited<ReturnType<typeof installLoaders>>['loaders']

async function missingLoaders(tftpRoot: string): Promise<{rows: Rows; warnings: readonly string[]}> {
  try {
    const {loaders, warnings} = await installLoaders({tftpRoot, dryRun: true})
    const rows: Rows = []
    for (const row of loaders) {
      if (row.state === 'installed' && !(await fileExists(join(tftpRoot, row.name)))) rows.push(row)
    }
    return {rows, warnings}
  } catch (error) {
    if (!(error instanceof PxectlError) || error.code !== 'LOADERS_MISSING') throw error
    return {rows: [], warnings: [`${error.message}: ${error.suggestions[0] ?? ''}`]}
  }
}
