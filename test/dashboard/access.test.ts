// Who may enter, and what from: logins, sessions, tokens, other sites.
import {expect, test} from 'vitest'
import {hashWebPassword, hashWebToken} from '../../src/lab/web-secrets.js'
import {asker, openGround, openSession} from './ground.js'

const PASSWORD = 'correct horse'
const HASH = await hashWebPassword(PASSWORD, new Uint8Array(16))
const withPassword = {settings: {'serve.web-password': HASH}} as const

test('without a login nothing is told, and nothing done', async () => {
  const {ask, open} = await openGround(withPassword)
  for (const path of ['/hosts', '/hosts/states', '/events', '/stream', '/transfers', '/dhcp', '/clients']) {
    const answer = await ask('GET', `/api/v1${path}`)
    expect([path, answer.status, answer.json.error.code]).toEqual([path, 401, 'LOGIN_NEEDED'])
  }
  const page = await open()
  expect((await page('POST', '/api/v1/hosts', {body: {name: 'tk2'}})).json.error.code).toBe('LOGIN_NEEDED')
  expect((await ask('GET', '/api/v1/session')).json.session).toMatchObject({loggedIn: false, loginNeeded: true})
  expect((await ask('GET', '/')).status).toBe(200)
})

test('the password opens a new session; logging out ends it, and its cookie is worth nothing then', async () => {
  const {ask} = await openGround(withPassword)
  const before = await openSession(ask)
  const inside = await openSession(ask, {password: PASSWORD})
  expect(inside.cookie).not.toBe(before.cookie)
  expect((await inside('GET', '/api/v1/hosts')).status).toBe(200)
  const {headers} = await inside('GET', '/api/v1/session')
  expect(headers['set-cookie']?.[0]).toMatch(/^pxectl_\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
  expect((await inside('DELETE', '/api/v1/session')).json.session.loggedIn).toBe(false)
  expect((await inside('GET', '/api/v1/hosts')).json.error.code).toBe('LOGIN_NEEDED')
  expect((await inside('POST', '/api/v1/hosts', {body: {name: 'tk2'}})).json.error.code).toBe('LOGIN_NEEDED')
})

test('a wrong password is refused, and after some tries nobody may try for a while', async () => {
  const {ask} = await openGround(withPassword)
  const page = await openSession(ask)
  const codes = []
  for (let attempt = 0; attempt < 6; attempt++) {
    codes.push((await page('POST', '/api/v1/session', {body: {password: `wrong ${attempt}`}})).json.error.code)
  }
  expect(codes).toEqual([...Array<string>(5).fill('LOGIN_REFUSED'), 'LOGIN_LIMIT'])
  const late = await page('POST', '/api/v1/session', {body: {password: PASSWORD}})
  expect([late.status, Number(late.headers['retry-after']) > 0]).toEqual([429, true])
})

test('a change needs the token of its own session', async () => {
  const {ask, open} = await openGround()
  const [one, other] = [await open(), await open()]
  const change = (headers: Record<string, string>): Promise<unknown> =>
    ask('POST', '/api/v1/hosts', {body: {name: 'tk2'}, headers}).then(({status, json}) => [status, json.error?.code])
  expect(await change({})).toEqual([403, 'CSRF_TOKEN_WRONG'])
  expect(await change({Cookie: one.cookie})).toEqual([403, 'CSRF_TOKEN_WRONG'])
  expect(await change({Cookie: one.cookie, 'X-CSRF-Token': other.csrfToken})).toEqual([403, 'CSRF_TOKEN_WRONG'])
  expect(await change({'X-CSRF-Token': one.csrfToken})).toEqual([403, 'CSRF_TOKEN_WRONG'])
  expect(await change({Cookie: one.cookie, 'X-CSRF-Token': ''})).toEqual([403, 'CSRF_TOKEN_WRONG'])
  // A token of a session that has ended.
  await one('DELETE', '/api/v1/session')
  expect(await change({Cookie: one.cookie, 'X-CSRF-Token': one.csrfToken})).toEqual([403, 'CSRF_TOKEN_WRONG'])
  expect(await change({Cookie: other.cookie, 'X-CSRF-Token': other.csrfToken})).toEqual([201, undefined])
})

test('what another page sends is refused, whatever cookie goes with it', async () => {
  const {open, dashboard} = await openGround()
  const page = await open()
  const from = async (headers: Record<string, string>, method = 'POST'): Promise<unknown> =>
    (await page(method, '/api/v1/hosts', {...(method === 'GET' ? {} : {body: {name: 'tk2'}}), headers})).json.error?.code
  expect(await from({Origin: 'http://evil.example'})).toBe('CROSS_SITE')
  expect(await from({Origin: 'null'})).toBe('CROSS_SITE')
  expect(await from({'Sec-Fetch-Site': 'cross-site'})).toBe('CROSS_SITE')
  expect(await from({'Sec-Fetch-Site': 'same-site', Origin: 'http://127.0.0.1:9'})).toBe('CROSS_SITE')
  expect(await from({'Sec-Fetch-Site': 'cross-site'}, 'GET')).toBe('CROSS_SITE')
  expect(await from({Host: 'evil.example', Origin: 'http://evil.example'})).toBe('HOST_REFUSED')
  const own = `127.0.0.1:${dashboard.port}`
  expect(await from({Host: own, Origin: `http://${own}`, 'Sec-Fetch-Site': 'same-origin'})).toBeUndefined()
})

test('a script needs its token and nothing else', async () => {
  const {ask} = await openGround({settings: {'serve.web-token': hashWebToken('a-token')}})
  const by = (authorization: string): Promise<{status: number}> =>
    ask('POST', '/api/v1/hosts?dryRun=true', {body: {name: 'tk2'}, headers: {Authorization: authorization}})
  expect((await by('Bearer a-token')).status).toBe(200)
  expect((await by('Bearer another')).status).toBe(401)
  expect((await by('Basic a-token')).status).toBe(401)
  expect((await ask('GET', '/api/v1/hosts')).status).toBe(401)
  expect((await ask('GET', '/api/v1/hosts', {headers: {Authorization: 'Bearer a-token', Origin: 'http://evil.example'}})).status).toBe(403)
})

test('beyond loopback it does not start without a login, and says what to type', async () => {
  await expect(openGround({settings: {'serve.web-listen': '0.0.0.0'}})).rejects.toMatchObject({
    code: 'WEB_LOGIN_MISSING',
    suggestions: expect.arrayContaining(['pxectl web password']) as unknown,
  })
  const {dashboard} = await openGround({settings: {'serve.web-listen': '0.0.0.0', 'serve.web-password': HASH}})
  expect(dashboard.warnings).toEqual([expect.stringContaining('plain HTTP')])
  expect((await asker(dashboard.port)('GET', '/api/v1/hosts')).json.error.code).toBe('LOGIN_NEEDED')
})
