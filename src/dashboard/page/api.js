// The API as this page uses it: JSON in and out, changes with the token of the session, errors as errors.

/** What the server refused: `code`, `message`, `suggestions` as every command tells them. */
export class ApiError extends Error {
  constructor(status, {code, message, suggestions = [], details = {}}) {
    super(message)
    this.status = status
    this.code = code
    this.suggestions = suggestions
    this.details = details
  }
}

let csrfToken = ''

/** Who we are; must come first. */
export async function openSession() {
  const {session} = await call('GET', '/session')
  csrfToken = session.csrfToken
  return session
}

export async function login(password) {
  const {session} = await call('POST', '/session', {password})
  csrfToken = session.csrfToken
  return session
}

export async function logout() {
  const {session} = await call('DELETE', '/session')
  csrfToken = session.csrfToken
  return session
}

export const get = (path) => call('GET', path)
export const post = (path, body = {}) => call('POST', path, body)
export const patch = (path, body) => call('PATCH', path, body)
export const remove = (path) => call('DELETE', path)

/** A path with its parts made safe: path`/hosts/${name}`. */
export function path(texts, ...values) {
  return texts.reduce((sum, text, index) => `${sum}${encodeURIComponent(values[index - 1])}${text}`)
}

async function call(method, where, body) {
  const headers = method === 'GET' ? {} : {'X-CSRF-Token': csrfToken}
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  let response
  try {
    response = await fetch(`/api/v1${where}`, {method, headers, body: body === undefined ? undefined : JSON.stringify(body)})
  } catch {
    throw new ApiError(0, {code: 'UNREACHABLE', message: 'pxectl serve does not answer', suggestions: ['is it still running?']})
  }
  const answer = await response.json().catch(() => undefined)
  if (response.ok && answer !== undefined) return answer
  throw new ApiError(
    response.status,
    answer?.error ?? {code: 'UNREADABLE', message: `the answer is not readable (status ${response.status})`},
  )
}
