// Reads lab files: the named ones and those they include, variables filled in, checked by the schema, joined to one spec. Every
// problem of every file is collected before anybody is told.
import {dirname, resolve} from 'node:path'
import {messageOf} from '../errors.js'
import {parseLabDocument, type LabDocument} from './document.js'
import {joinDocuments} from './join.js'
import {labFileInvalid, type LabFileProblem, type Place} from './problem.js'
import type {CheckedDocument} from './raw.js'
import {labSchema, type SettingSummary} from './schema.js'
import type {LabSpec} from './spec.js'
import {openValidator} from './validate.js'
import {fillIn} from './variables.js'

export type ReadParts = {
  readonly readText: (path: string) => Promise<string>
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly settings: readonly SettingSummary[]
}

/** Reads the files at these absolute paths as one lab. Throws LAB_FILE_INVALID with all that is wrong, and what `readText` throws. */
export async function readLabFiles(paths: readonly string[], parts: ReadParts): Promise<LabSpec> {
  const problems: LabFileProblem[] = []
  const documents = await loadAll(paths, parts, problems)
  refuse(problems)
  fillDocuments(documents, parts, problems)
  const validate = await openValidator(labSchema(parts.settings))
  const checked: CheckedDocument[] = documents.map((document) => {
    const value = document.value() ?? {}
    problems.push(...validate(value, document))
    return {document, value: value as CheckedDocument['value']}
  })
  refuse(problems)
  const spec = joinDocuments(checked, problems)
  refuse(problems)
  return spec
}

function refuse(problems: readonly LabFileProblem[]): void {
  if (problems.length > 0) throw labFileInvalid(problems)
}

/** Each file once, those that are included before the one that includes them. */
async function loadAll(paths: readonly string[], parts: ReadParts, problems: LabFileProblem[]): Promise<LabDocument[]> {
  const documents: LabDocument[] = []
  const load = async (file: string, chain: readonly string[], from: Place | undefined): Promise<void> => {
    if (chain.includes(file)) {
      if (from !== undefined) problems.push({...from, message: `files include each other in a circle: ${[...chain, file].join(' → ')}`})
      return
    }
    if (documents.some((one) => one.file === file)) return
    const document = await loadOne(file, from, parts, problems)
    if (document === undefined) return
    problems.push(...document.problems)
    if (document.problems.length === 0) {
      for (const {name, place} of includesOf(document)) await load(resolve(dirname(file), name), [...chain, file], place)
    }
    documents.push(document)
  }
  for (const path of paths) await load(path, [], undefined)
  // The named file comes first in what is told, though what it includes was read before it.
  return documents
}

/** A file that the user named and that is not there is the user's mistake; one that a file names is the file's. */
async function loadOne(
  file: string,
  from: Place | undefined,
  {readText}: ReadParts,
  problems: LabFileProblem[],
): Promise<LabDocument | undefined> {
  try {
    return parseLabDocument(file, await readText(file))
  } catch (error) {
    if (from === undefined) throw error
    problems.push({...from, message: `the included file cannot be read: ${messageOf(error)}`})
    return undefined
  }
}

function includesOf(document: LabDocument): {name: string; place: Place}[] {
  const value = document.value()
  const include = typeof value === 'object' && value !== null ? (value as {include?: unknown}).include : undefined
  return [include]
    .flat()
    .flatMap((name, index) =>
      typeof name === 'string' && name !== ''
        ? [{name, place: document.placeOf(Array.isArray(include) ? ['include', index] : ['include'])}]
        : [],
    )
}

/** Variables first, in the order of the files, so that a file can overrule what it includes; then every other text. */
function fillDocuments(documents: readonly LabDocument[], {environment}: ReadParts, problems: LabFileProblem[]): void {
  const vars = new Map<string, string>()
  for (const document of documents) {
    document.replaceTexts((text, path, place) =>
      path[0] === 'vars' ? fillIn(text, {vars, environment}, (message) => void problems.push({...place, message})) : text,
    )
    for (const [name, value] of varsOf(document)) vars.set(name, value)
  }
  const later = new Set(['n'])
  for (const document of documents) {
    document.replaceTexts((text, path, place) => {
      if (path[0] === 'vars' || path[0] === 'include') return text
      const variables = {vars, environment, ...(path[0] === 'groups' ? {later} : {})}
      const filled = fillIn(text, variables, (message) => void problems.push({...place, message}))
      // `key: ${env.NAME:-}` is how a file leaves a key to whoever runs it.
      return filled === '' && text !== '' ? undefined : filled
    })
  }
}

function varsOf(document: LabDocument): [string, string][] {
  const value = document.value()
  const vars = typeof value === 'object' && value !== null ? (value as {vars?: unknown}).vars : undefined
  if (typeof vars !== 'object' || vars === null) return []
  return Object.entries(vars).flatMap(([name, one]) =>
    ['string', 'number', 'boolean'].includes(typeof one) ? [[name, String(one)] as [string, string]] : [],
  )
}
