// Gives out a script with secrets: each file of a token once, to the address of its host, while the token is valid. What is asked for
// again is told: somebody else may have been there first.
import type {Route} from '../http/server.js'
import {messageOf} from '../errors.js'
import {plainAddress} from '../bootfiles/transfer-event.js'
import {createOnce, findBytes} from '../system/files.js'
import {SCRIPT_NAME, SECRET_PATH, scriptPaths, type SecretPlaces, tokenPath, type TokenRecord} from './host-token.js'

export type SecretPageOptions = {
  readonly places: SecretPlaces
  readonly now: () => Date
  readonly onWarning: (message: string) => void
}

type Given = {readonly status: 200 | 403 | 404 | 405 | 410 | 500; readonly body: Uint8Array | string}

/** Answers GET /secret/TOKEN/FILE. */
export function secretPage(options: SecretPageOptions): Route {
  return (request, response) => {
    const client = plainAddress(request.socket.remoteAddress ?? '')
    const asked = {method: request.method ?? '', target: request.url ?? '', client}
    void answer(options, asked)
      .catch((error: unknown): Given => {
        options.onWarning(`a script with secrets could not be given to ${client}: ${messageOf(error)}`)
        return {status: 500, body: 'the server cannot give this out\n'}
      })
      .then(({status, body}) => {
        const headers = {'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store', Connection: 'close'}
        response.writeHead(status, {...headers, ...(status === 405 ? {Allow: 'GET'} : {}), 'Content-Length': Buffer.byteLength(body)})
        response.end(body)
      })
  }
}

type Asked = {readonly method: string; readonly target: string; readonly client: string}

async function answer({places, now, onWarning}: SecretPageOptions, {method, target, client}: Asked): Promise<Given> {
  if (method !== 'GET') return {status: 405, body: 'GET it\n'}
  const [token = '', file = '', ...more] = target.slice(SECRET_PATH.length).split('/')
  const record = /^[\w-]{43}$/.test(token) && SCRIPT_NAME.test(file) && more.length === 0 ? await findRecord(places, token) : undefined
  // Whether there ever was such a token is nobody's business.
  if (record === undefined || new Date(record.expiresAt) <= now()) return NOT_THERE
  if (record.ip !== null && record.ip !== client) {
    onWarning(`${client} asked for ${file} of ${record.host} with its token, and is not ${record.ip}; it got nothing`)
    return {status: 403, body: 'this is for another machine\n'}
  }
  const bytes = await findScript(places, record.host, file)
  if (bytes === undefined) return NOT_THERE
  // Given out at most once, even where the answer is lost on its way.
  const isFirst = await createOnce(tokenPath(places, token).replace(/json$/, `${file}.used`), `${now().toISOString()} ${client}\n`)
  if (isFirst) return {status: 200, body: bytes}
  onWarning(`${client} asked again for ${file} of ${record.host}; its token was used already. If that was not the host: pxectl host token`)
  return {status: 410, body: 'this was given out already\n'}
}

const NOT_THERE: Given = {status: 404, body: 'no such thing\n'}

async function findRecord(places: SecretPlaces, token: string): Promise<TokenRecord | undefined> {
  const bytes = await findBytes(tokenPath(places, token))
  return bytes === undefined ? undefined : (JSON.parse(bytes.toString('utf8')) as TokenRecord)
}

async function findScript(places: SecretPlaces, host: string, file: string): Promise<Uint8Array | undefined> {
  for (const path of scriptPaths(places, host, file)) {
    const bytes = await findBytes(path)
    if (bytes !== undefined) return bytes
  }
  return undefined
}
