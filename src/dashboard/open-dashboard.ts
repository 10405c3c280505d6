// Puts the parts of the web page together and starts it.
import {randomBytes} from 'node:crypto'
import {join} from 'node:path'
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import type {Settings} from '../lab/settings.js'
import type {ServedTransfer} from '../operations/serve-event.js'
import {readBytes} from '../system/files.js'
import {ownHostname} from '../system/network.js'
import {createAccess, type Credentials, isLoopback} from './access.js'
import {answerRequest} from './answer-request.js'
import {createLiveLab} from './live-lab.js'
import {readPageFiles} from './page-files.js'
import {allRoutes} from './routes/all-routes.js'
import {startWebServer} from './server.js'

export type DashboardOptions = {
  /** The lab that is served: what happens in it is watched. */
  readonly lab: Lab
  /** The lab as a command would open it now, for one request. */
  readonly openLab: () => Promise<Lab>
  /** Where the files of the page are. */
  readonly pageFolder: string
}

export type Dashboard = {
  readonly address: string
  readonly port: number
  readonly warnings: readonly string[]
  /** Where the running transfers are known. */
  watch(active: () => readonly ServedTransfer[]): void
  close(): Promise<void>
}

/** Starts it. Throws WEB_LOGIN_MISSING, or what keeps it from listening. */
export async function openDashboard({lab, openLab, pageFolder}: DashboardOptions): Promise<Dashboard> {
  const {webListen: address, webPort: port} = lab.settings.serve
  checkLogin(lab.settings)
  const settingsNow = freshSettings(lab)
  const nowMs = (): number => performance.now()
  const random = (): string => randomBytes(32).toString('base64url')
  const credentials = async (): Promise<Credentials> => {
    const {webPassword, webToken} = (await settingsNow()).serve
    return {webListen: address, webPassword, webToken}
  }
  const access = createAccess({credentials, random, nowMs, cookieName: `pxectl_${port}`})
  const live = createLiveLab({lab, runId: randomBytes(6).toString('hex'), nowMs: Date.now})
  const routes = allRoutes({access, live, openApi: await readOpenApi(pageFolder)})
  const answering = {files: await readPageFiles(pageFolder), routes, access, openLab, names: async () => namesOf(await settingsNow())}
  try {
    const server = await startWebServer({address, port, answer: (request) => answerRequest(answering, request)})
    return {
      address: server.address,
      port: server.port,
      warnings: plainWarning(address),
      watch: live.watch,
      close: async () => {
        live.close()
        await server.close()
      },
    }
  } catch (error) {
    live.close()
    throw error
  }
}

/** Beyond loopback anybody on the network could change the lab. */
function checkLogin({serve: {webListen, webPassword, webToken}}: Settings): void {
  if (isLoopback(webListen) || webPassword !== undefined || webToken !== undefined) return
  throw new PxectlError(
    `the web page would listen on ${webListen} without a login, so that anybody there could change the lab; nothing was started`,
    {
      code: 'WEB_LOGIN_MISSING',
      kind: 'usage',
      details: {address: webListen},
      suggestions: ['pxectl web password', 'pxectl config set serve.web-listen 127.0.0.1', 'or without the page: pxectl serve --no-web'],
    },
  )
}

function plainWarning(address: string): string[] {
  if (isLoopback(address)) return []
  return [`the web page on ${address} is plain HTTP: the password can be read on the way; see docs/web.md for TLS and for ssh -L`]
}

/** The file that ships. */
async function readOpenApi(pageFolder: string): Promise<object> {
  return JSON.parse((await readBytes(join(pageFolder, 'openapi.json'))).toString('utf8')) as object
}

function namesOf({serve}: Settings): readonly string[] {
  const own = ownHostname()
  return [own, own.split('.')[0] ?? own, ...serve.webNames].map((name) => name.toLowerCase())
}

const SETTINGS_MS = 1000

/** pxectl.ini as it is now, read at most once a second; as it was, where it cannot be read. */
function freshSettings(lab: Lab): () => Promise<Settings> {
  let last = {settings: lab.settings, readMs: -Infinity}
  return async () => {
    if (performance.now() - last.readMs < SETTINGS_MS) return last.settings
    last = {settings: await lab.readSettings().catch(() => last.settings), readMs: performance.now()}
    return last.settings
  }
}
