// A web page over a lab in a temporary folder, on a free port of the loopback device, and a client that is no browser.
import {randomBytes} from 'node:crypto'
import {request} from 'node:http'
import {fileURLToPath} from 'node:url'
import {onTestFinished} from 'vitest'
import {type Dashboard, openDashboard} from '../../src/dashboard/open-dashboard.js'
import {type Lab, openLab} from '../../src/lab/open-lab.js'
import {makeLab, type TestLab} from '../support/lab.js'

export const pageFolder = fileURLToPath(new URL('../../src/dashboard/page', import.meta.url))

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what a test looks into
  readonly json: any
}

export type Ask = (
  method: string,
  path: string,
  options?: {body?: unknown; headers?: Record<string, string>; raw?: string},
) => Promise<Answer>

export type Ground = {
  readonly made: TestLab
  readonly lab: Lab
  readonly dashboard: Dashboard
  /** Sends a request as it is. */
  readonly ask: Ask
  /** The same with the cookie and the token of a session. */
  readonly open: () => Promise<Ask & {readonly csrfToken: string; readonly cookie: string}>
}

export type GroundOptions = {readonly settings?: Parameters<typeof openLab>[0]['settings']; readonly isc?: boolean}

export async function openGround({settings = {}, isc = false}: GroundOptions = {}): Promise<Ground> {
  const made = await makeLab({isc})
  const options = {configFlag: made.config, environment: {}, workingFolder: made.folder, settings}
  const lab = await openLab(options)
  // The settings know no port 0, which tests need.
  const served = {...lab, settings: {...lab.settings, serve: {...lab.settings.serve, webPort: 0}}}
  const dashboard = await openDashboard({lab: served, openLab: () => openLab(options), pageFolder})
  onTestFinished(async () => {
    await dashboard.close()
    await lab.close()
  })
  const ask = asker(dashboard.port)
  return {made, lab, dashboard, ask, open: () => openSession(ask)}
}

/** With a session's cookie and token. */
export async function openSession(ask: Ask, body?: object): Promise<Ask & {readonly csrfToken: string; readonly cookie: string}> {
  const first = await ask('GET', '/api/v1/session')
  const with_ = (answer: Answer): Ask & {csrfToken: string; cookie: string} => {
    const cookie = String(answer.headers['set-cookie']).split(';', 1)[0] ?? ''
    const csrfToken = answer.json.session.csrfToken as string
    const asked: Ask = (method, path, options = {}) =>
      ask(method, path, {...options, headers: {Cookie: cookie, 'X-CSRF-Token': csrfToken, ...options.headers}})
    return Object.assign(asked, {csrfToken, cookie})
  }
  const session = with_(first)
  return body === undefined ? session : with_(await session('POST', '/api/v1/session', {body}))
}

export function asker(port: number): Ask {
  return (method, path, {body, headers = {}, raw} = {}) =>
    new Promise((resolve, reject) => {
      const text = raw ?? (body === undefined ? undefined : JSON.stringify(body))
      const type = text === undefined ? {} : {'Content-Type': 'application/json'}
      const sent = request({host: '127.0.0.1', port, method, path, headers: {...type, ...headers}, agent: false}, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const answer = Buffer.concat(chunks).toString('utf8')
          const isJson = response.headers['content-type']?.startsWith('application/json') === true
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: answer,
            json: isJson ? JSON.parse(answer) : undefined,
          })
        })
      })
      sent.on('error', reject)
      sent.end(text)
    })
}

export const randomText = (): string => randomBytes(32).toString('base64url')
