// Templates: trees of packages that roots are copies of. The first root of a suite with its packages makes one, and it stays.
//
//   fs.directory/.templates/bookworm-amd64-1a2b3c4d/template.json
//   fs.directory/.templates/bookworm-amd64-1a2b3c4d/tree/
import {join} from 'node:path'
import {PxectlError} from '../errors.js'
import {findBytes} from '../system/files.js'
import {listNames} from '../system/folders.js'
import {templatesFolder} from './places.js'

export const TEMPLATE_RECORD = 'template.json'

export type Template = {
  readonly format: 1
  readonly name: string
  readonly suite: string
  readonly arch: string
  readonly mirror: string
  /** All that were named, those that every root has among them. */
  readonly packages: readonly string[]
  readonly sizeBytes: number
  /** ISO 8601, UTC. */
  readonly createdAt: string
}

/** The finished templates, sorted by name. */
export async function readTemplates(directory: string): Promise<Template[]> {
  const found: Template[] = []
  for (const {name, kind} of await listNames(templatesFolder(directory))) {
    const template = kind === 'folder' ? await findTemplate(directory, name) : undefined
    if (template !== undefined) found.push(template)
  }
  return found
}

/** The finished template of that name, or undefined. */
export async function findTemplate(directory: string, name: string): Promise<Template | undefined> {
  if (!/^[a-z0-9][\w.-]*$/.test(name)) return undefined
  const text = (await findBytes(join(templatesFolder(directory), name, TEMPLATE_RECORD)))?.toString('utf8')
  if (text === undefined) return undefined
  try {
    const template = JSON.parse(text) as Template
    return template.name === name && Array.isArray(template.packages) ? template : undefined
  } catch {
    // As good as none: the next build makes it anew.
    return undefined
  }
}

/** The error for a template that was asked for by name. */
export function templateNotFound(name: string, known: readonly Template[]): PxectlError {
  return new PxectlError(`there is no template "${name}"`, {
    code: 'TEMPLATE_NOT_FOUND',
    kind: 'notFound',
    details: {template: name},
    suggestions: [
      ...(known.length === 0 ? [] : [`templates here: ${known.map((template) => template.name).join(', ')}`]),
      'leave --template out: the one that fits is found, or made',
    ],
  })
}
