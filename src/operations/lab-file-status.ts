// Every part that a lab file names, or made and names no longer, with how it stands in the lab.
import type {PartChange, PartContext, PartKind} from './lab-part.js'
import {openLabFile, withLabFile, type LabFileRequest} from './open-lab-file.js'
import {planParts} from './plan-lab-file.js'

export type PartState = {
  readonly kind: PartKind
  readonly name: string
  /** `extra`: the lab file made it, and names it no longer. */
  readonly state: 'ok' | 'missing' | 'differs' | 'extra'
  readonly values: PartChange['values']
}

export type LabStatus = {
  readonly files: readonly string[]
  readonly configPath: string
  readonly parts: readonly PartState[]
  readonly warnings: readonly string[]
}

const STATES = {create: 'missing', change: 'differs', remove: 'extra'} as const

export async function labFileStatus(request: LabFileRequest, now: () => Date): Promise<LabStatus> {
  return withLabFile(await openLabFile(request), now, async (context) => {
    const {files, configPath, changes, warnings} = await planParts(context)
    const differing = changes.map(({kind, name, action, values}): PartState => ({kind, name, state: STATES[action], values}))
    const isChanged = (kind: PartKind, name: string): boolean => differing.some((one) => one.kind === kind && one.name === name)
    const same = namedParts(context).filter(({kind, name}) => !isChanged(kind, name))
    return {files, configPath, parts: [...differing, ...same.map((part): PartState => ({...part, state: 'ok', values: []}))], warnings}
  })
}

function namedParts({spec, lab}: PartContext): {kind: PartKind; name: string}[] {
  const named = (kind: PartKind, parts: readonly {readonly name: string}[]): {kind: PartKind; name: string}[] =>
    parts.map(({name}) => ({kind, name}))
  return [
    ...(lab === undefined ? [] : named('setting', spec.settings)),
    ...spec.menus.map(({format}) => ({kind: 'menu' as const, name: format})),
    ...named('image', spec.images),
    ...named('filesystem', spec.filesystems),
    ...named('host', spec.hosts),
    ...named('vm', spec.vms),
  ]
}
