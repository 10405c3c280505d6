// A route of the API: which operation a method and a path stand for. Plain values, so that the OpenAPI file can be held
// against them.
import type {Lab} from '../lab/open-lab.js'
import type {Fields} from './fields.js'
import type {EventSink, Headers, WebRequest} from './web-request.js'

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

export type Call = {
  readonly request: WebRequest
  /** The lab as a command would open it now; opened at the first asking, closed after the answer. */
  readonly lab: () => Promise<Lab>
  /** The {names} of the path. */
  readonly params: (name: string) => string
  readonly query: Fields
  /** The JSON object of the body; empty where there is none. */
  readonly body: Fields
}

export type RouteAnswer =
  {readonly status?: number; readonly json: object; readonly headers?: Headers} | {readonly stream: (sink: EventSink) => void}

export type Route = {
  readonly method: Method
  /** Below /api/v1, e.g. /hosts/{host}. */
  readonly path: string
  /** Answers before a login: the session itself. */
  readonly isOpen?: boolean
  readonly answer: (call: Call) => Promise<RouteAnswer>
}

/** Everything but a look. */
export function isChange(route: Route): boolean {
  return route.method !== 'GET'
}
