// A document against the schema, in words of our own: the validator's are for programmers.
import type {ErrorObject, ValidateFunction} from 'ajv'
import type {LabDocument, Path} from './document.js'
import {didYouMean, type LabFileProblem} from './problem.js'
import type {JsonSchema} from './schema.js'

/** Checks plain data and turns numbers into texts, and the reverse, where the schema wants them. Gives problems. */
export type Validator = (value: unknown, document: LabDocument) => LabFileProblem[]

export async function openValidator(schema: JsonSchema): Promise<Validator> {
  // A CommonJS module, whose names a bundler does not see.
  const {default: module} = await import('ajv/dist/2020.js')
  const ajv = new module.default({allErrors: true, coerceTypes: true, allowUnionTypes: true, verbose: true})
  const validate: ValidateFunction = ajv.compile(schema)
  return (value, document) => {
    if (validate(value)) return []
    const errors = validate.errors ?? []
    const choices = new Set(errors.filter(({keyword}) => keyword === 'anyOf').map(({instancePath}) => instancePath))
    return errors
      .filter(({keyword, instancePath}) => keyword === 'anyOf' || ![...choices].some((choice) => instancePath.startsWith(choice)))
      .map((error) => problemOf(error, document))
  }
}

function problemOf(error: ErrorObject, document: LabDocument): LabFileProblem {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const where = path.length === 0 ? 'the lab file' : path.join('.')
  if (error.keyword === 'additionalProperties') {
    const key = String((error.params as {additionalProperty: string}).additionalProperty)
    return {...document.placeOfKey([...path, key]), message: unknownKey(key, where, error)}
  }
  return {...document.placeOf(path as Path), message: `${where} ${expectation(error)}`}
}

function unknownKey(key: string, where: string, {parentSchema}: ErrorObject): string {
  const known = Object.keys((parentSchema as {properties?: object} | undefined)?.properties ?? {})
  const guess = didYouMean(key, known)
  return `${where} has no key "${key}"${guess === '' ? `; it has ${known.join(', ')}` : guess}`
}

const TYPES: Readonly<Record<string, string>> = {
  object: 'must have keys and values',
  string: 'must be a text',
  integer: 'must be a whole number',
  number: 'must be a number',
  boolean: 'must be true or false',
  array: 'must be a list',
}

function expectation({keyword, params, data}: ErrorObject): string {
  const shown = typeof data === 'object' ? '' : `, and not ${JSON.stringify(data)}`
  const given = params as {type?: string | string[]; missingProperty?: string; allowedValues?: unknown[]; limit?: number}
  switch (keyword) {
    case 'required':
      return `needs a key ${given.missingProperty}`
    case 'enum':
      return `must be one of ${(given.allowedValues ?? []).join(', ')}${shown}`
    case 'minimum':
      return `must be ${given.limit} or more${shown}`
    case 'maximum':
      return `must be ${given.limit} or less${shown}`
    case 'minLength':
      return 'must not be empty'
    case 'anyOf':
      return 'must be a text or a list of texts'
    default: {
      const [type = ''] = [given.type].flat()
      return `${TYPES[type] ?? 'is not what is expected here'}${shown}`
    }
  }
}
