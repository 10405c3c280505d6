// A request to its answer: the page's files, or a route of the API behind all checks. No sockets, no state.
import {errorJson, PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import type {Access} from './access.js'
import {jsonFields, queryFields} from './fields.js'
import {checkHostHeader} from './guard.js'
import {NO_STORE, SAFETY_HEADERS} from './headers.js'
import type {PageFiles} from './page-files.js'
import {readFields} from './request-body.js'
import {isChange, type Route} from './route.js'
import {findRoute} from './router.js'
import {statusOf} from './status-of.js'
import type {Headers, WebAnswer, WebRequest} from './web-request.js'

export type Answering = {
  readonly files: PageFiles
  readonly routes: readonly Route[]
  readonly access: Access
  readonly openLab: () => Promise<Lab>
  /** Names beside addresses under which the page may be asked for. */
  readonly names: () => Promise<readonly string[]>
}

export const API_PREFIX = '/api/v1'

/** Never throws: an error is an answer too. */
export async function answerRequest(answering: Answering, request: WebRequest): Promise<WebAnswer> {
  try {
    checkHostHeader(request.headers['host'], {names: await answering.names()})
    const [path = '', query = ''] = request.target.split('?', 2)
    if (path.startsWith(`${API_PREFIX}/`)) return await answerApi(answering, request, {path: path.slice(API_PREFIX.length), query})
    return answerFile(answering.files, path, request)
  } catch (error) {
    return errorAnswer(error)
  }
}

/** An error as STYLE asks for it in `--json`. */
export function errorAnswer(error: unknown): WebAnswer {
  const {details} = error instanceof PxectlError ? error : {details: {}}
  const {allowed, retryAfterSeconds} = details as {allowed?: readonly string[]; retryAfterSeconds?: number}
  return jsonAnswer(statusOf(error), errorJson(error), {
    ...(allowed === undefined ? {} : {Allow: allowed.join(', ')}),
    ...(retryAfterSeconds === undefined ? {} : {'Retry-After': String(retryAfterSeconds)}),
  })
}

function jsonAnswer(status: number, value: object, headers: Headers = {}): WebAnswer {
  const all = {...SAFETY_HEADERS, ...NO_STORE, 'Content-Type': 'application/json; charset=utf-8', ...headers}
  return {kind: 'whole', status, headers: all, body: `${JSON.stringify(value)}\n`}
}

function answerFile(files: PageFiles, path: string, request: WebRequest): WebAnswer {
  const file = files.answer(path, request)
  if (file === undefined)
    throw new PxectlError('there is no such page', {code: 'PAGE_NOT_FOUND', kind: 'notFound', suggestions: ['the page is /']})
  if (request.method === 'GET' || request.method === 'HEAD') return file
  throw new PxectlError('a page is only read', {code: 'METHOD_REFUSED', kind: 'usage', details: {allowed: ['GET', 'HEAD']}})
}

async function answerApi(answering: Answering, request: WebRequest, {path, query}: {path: string; query: string}): Promise<WebAnswer> {
  const {route, params} = findRoute(answering.routes, request.method, path)
  await answering.access.check(request, {login: route.isOpen !== true, change: isChange(route)})
  const queried = queryFields(new URLSearchParams(query))
  const body = isChange(route) ? await readFields(request) : jsonFields({})
  let lab: Promise<Lab> | undefined
  try {
    const answer = await route.answer({
      request,
      lab: () => (lab ??= answering.openLab()),
      params: (name) => params.get(name) ?? '',
      query: queried,
      body,
    })
    if ('stream' in answer) {
      const headers = {...SAFETY_HEADERS, ...NO_STORE, 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no'}
      return {kind: 'stream', headers, open: answer.stream}
    }
    return jsonAnswer(answer.status ?? 200, answer.json, answer.headers)
  } finally {
    await (await lab?.catch(() => undefined))?.close()
  }
}
