// The body of a change: a JSON object, and not a large one.
import {PxectlError} from '../errors.js'
import {type Fields, jsonFields} from './fields.js'
import type {WebRequest} from './web-request.js'

/** The longest real one is a host with all its values: well below 4 KiB. */
export const MOST_BODY_BYTES = 64 * 1024

/** Throws BODY_TYPE, BODY_INVALID, or what `readBody` throws. */
export async function readFields(request: WebRequest): Promise<Fields> {
  const bytes = await request.readBody(MOST_BODY_BYTES)
  if (bytes.length === 0) return jsonFields({})
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase()
  // A form of another page can send other types without asking us first.
  if (type !== 'application/json') throw bodyError('BODY_TYPE', 'the body must be of the type application/json')
  const value = parseJson(bytes)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bodyError('BODY_INVALID', 'the body must be a JSON object')
  return jsonFields(value as Record<string, unknown>)
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(bytes))
  } catch (cause) {
    throw bodyError('BODY_INVALID', 'the body is not JSON in UTF-8', cause)
  }
}

/** A refused body. */
export function bodyError(
  code: 'BODY_TYPE' | 'BODY_INVALID' | 'BODY_TOO_LARGE' | 'BODY_CUT_SHORT',
  message: string,
  cause?: unknown,
): PxectlError {
  return new PxectlError(`${message}; nothing was done`, {code, kind: 'usage', ...(cause === undefined ? {} : {cause})})
}
