// A method and a path to one route. Pure.
import {PxectlError} from '../errors.js'
import type {Route} from './route.js'

export type FoundRoute = {readonly route: Route; readonly params: ReadonlyMap<string, string>}

/** The route of `path`, which is percent-encoded and below /api/v1. Throws ROUTE_NOT_FOUND or METHOD_REFUSED. */
export function findRoute(routes: readonly Route[], method: string, path: string): FoundRoute {
  const parts = path.split('/')
  const matching = routes.flatMap((route) => {
    const params = matchPath(route.path.split('/'), parts)
    return params === undefined ? [] : [{route, params}]
  })
  // A fixed word stands before a {name}: the host "free" is reached by its MAC.
  const found = matching.filter(({route}) => route.method === method).sort((a, b) => a.params.size - b.params.size)[0]
  if (found !== undefined) return found
  if (matching.length === 0)
    throw new PxectlError('the API has nothing under this path', {
      code: 'ROUTE_NOT_FOUND',
      kind: 'notFound',
      suggestions: ['GET /api/v1/openapi.json'],
    })
  const allowed = [...new Set(matching.map(({route}) => route.method))]
  throw new PxectlError(`${method.slice(0, 20)} is not for this path`, {code: 'METHOD_REFUSED', kind: 'usage', details: {allowed}})
}

function matchPath(pattern: readonly string[], parts: readonly string[]): ReadonlyMap<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined
  const params = new Map<string, string>()
  for (const [index, word] of pattern.entries()) {
    const part = decodePart(parts[index] ?? '')
    const name = /^\{(\w+)\}$/.exec(word)?.[1]
    if (name !== undefined && part !== undefined && part !== '') params.set(name, part)
    else if (part !== word) return undefined
  }
  return params
}

function decodePart(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
