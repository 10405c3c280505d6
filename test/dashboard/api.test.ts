// The API over a real lab in a temporary folder: what it does, and what it refuses.
import {connect} from 'node:net'
import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {openGround} from './ground.js'

const MAC = '08:00:27:12:34:56'

test('a host is added, changed and removed with the answers of the commands', async () => {
  const {open, made} = await openGround({isc: true})
  const page = await open()
  const would = await page('POST', '/api/v1/hosts?dryRun=true', {body: {name: 'tk2', mac: MAC}})
  expect(would.status).toBe(200)
  expect(would.json).toMatchObject({dryRun: true, host: {name: 'tk2', mac: MAC}})
  expect((await page('GET', '/api/v1/hosts')).json).toEqual({hosts: [], warnings: []})

  const added = await page('POST', '/api/v1/hosts', {body: {name: 'tk2', mac: MAC, ip: '192.168.56.21'}})
  expect(added.status).toBe(201)
  expect(added.json).toMatchObject({dryRun: false, host: {name: 'tk2', mac: MAC, ip: '192.168.56.21'}})
  expect(readFileSync(made.dhcpdConf, 'utf8')).toContain('tk2')

  expect((await page('GET', `/api/v1/hosts/${encodeURIComponent(MAC)}`)).json.host.name).toBe('tk2')
  const changed = await page('PATCH', '/api/v1/hosts/tk2', {body: {bootArgs: 'quiet'}})
  expect(changed.json.host).toMatchObject({name: 'tk2', bootArgs: 'quiet'})
  const states = await page('GET', '/api/v1/hosts/states')
  expect(states.json.hosts).toMatchObject([{name: 'tk2', state: {condition: 'unseen'}}])

  const removed = await page('DELETE', '/api/v1/hosts/tk2')
  expect(removed.json.hosts).toMatchObject([{name: 'tk2'}])
  expect(readFileSync(made.dhcpdConf, 'utf8')).not.toContain('tk2')
  const gone = await page('GET', '/api/v1/hosts/tk2')
  expect([gone.status, gone.json.error.code]).toEqual([404, 'HOST_NOT_FOUND'])
})

test.each([
  [{name: '<script>alert(1)</script>'}, 400, 'HOSTNAME_INVALID'],
  [{name: 'tk2', mac: 'nonsense'}, 400, 'MAC_INVALID'],
  [{name: 'tk2', ip: '10.0.0.300'}, 400, 'IP_INVALID'],
  [{name: 'tk2', macs: MAC}, 400, 'FIELD_UNKNOWN'],
  [{name: 'tk2', dhcp: 'yes'}, 400, 'FIELD_INVALID'],
  [{name: 'tk2', firmware: 'coreboot'}, 400, 'FIELD_INVALID'],
  [{name: 7}, 400, 'FIELD_INVALID'],
  [{}, 400, 'NAME_MISSING'],
  [{name: 'tk2', image: 'nowhere'}, 404, 'IMAGE_NOT_FOUND'],
  [{name: 'tk2', ip: '192.168.56.9'}, 409, undefined],
])('%j is refused: %j', async (body, status, code) => {
  const {open} = await openGround({isc: true})
  const page = await open()
  const answer = await page('POST', '/api/v1/hosts', {body})
  expect([answer.status, answer.json.error.code]).toEqual([status, code ?? answer.json.error.code])
  expect(Object.keys(answer.json.error)).toEqual(['code', 'message', 'details', 'suggestions', 'causes'])
  expect((await page('GET', '/api/v1/hosts')).json.hosts).toEqual([])
})

test.each([
  ['not JSON', {raw: '{"name":'}, 400, 'BODY_INVALID'],
  ['not UTF-8', {raw: '"\\ud800"'}, 400, 'BODY_INVALID'],
  ['no object', {raw: '[]'}, 400, 'BODY_INVALID'],
  ['a form', {raw: 'name=tk2', headers: {'Content-Type': 'application/x-www-form-urlencoded'}}, 415, 'BODY_TYPE'],
  ['plain text', {raw: '{"name":"tk2"}', headers: {'Content-Type': 'text/plain'}}, 415, 'BODY_TYPE'],
  ['huge', {raw: JSON.stringify({name: 'x'.repeat(100_000)})}, 413, 'BODY_TOO_LARGE'],
  ['huge, in pieces', {raw: JSON.stringify({name: 'x'.repeat(100_000)}), headers: {'Transfer-Encoding': 'chunked'}}, 413, 'BODY_TOO_LARGE'],
])('a body that is %s is refused', async (_what, options, status, code) => {
  const {open} = await openGround()
  const page = await open()
  const answer = await page('POST', '/api/v1/hosts', options)
  expect([answer.status, answer.json.error.code]).toEqual([status, code])
})

test('a body that never comes ends the connection, and the server goes on', async () => {
  const {dashboard, open} = await openGround()
  const page = await open()
  const socket = connect(dashboard.port, '127.0.0.1')
  const lines = ['POST /api/v1/hosts HTTP/1.1', 'Host: localhost', `Cookie: ${page.cookie}`, `X-CSRF-Token: ${page.csrfToken}`]
  socket.write([...lines, 'Content-Type: application/json', 'Content-Length: 100', '', '{"na'].join('\r\n'))
  socket.end()
  await new Promise((resolve) => socket.on('close', resolve).resume())
  expect((await page('GET', '/api/v1/hosts')).json.hosts).toEqual([])
})

test.each([
  ['GET', '/api/v1/nothing', 404, 'ROUTE_NOT_FOUND'],
  ['GET', '/api/v1/hosts/%ff/why', 404, 'ROUTE_NOT_FOUND'],
  ['POST', '/api/v1/images', 405, 'METHOD_REFUSED'],
  ['PUT', '/api/v1/hosts', 405, 'METHOD_REFUSED'],
  ['GET', '/nothing.html', 404, 'PAGE_NOT_FOUND'],
  ['GET', '/../package.json', 404, 'PAGE_NOT_FOUND'],
  ['GET', '/%2e%2e/package.json', 404, 'PAGE_NOT_FOUND'],
  ['POST', '/', 405, 'METHOD_REFUSED'],
  ['GET', '/api/v1/events?limit=-1', 400, 'FIELD_INVALID'],
  ['GET', '/api/v1/events?limit=99999', 400, 'FIELD_INVALID'],
  ['GET', '/api/v1/menus/default?format=word', 400, 'FIELD_INVALID'],
])('%s %s: %j', async (method, path, status, code) => {
  const {ask} = await openGround()
  const answer = await ask(method, path)
  expect([answer.status, answer.json.error.code]).toEqual([status, code])
})

test('every answer carries what keeps a browser safe', async () => {
  const {ask} = await openGround()
  for (const path of ['/', '/app.js', '/api/v1/hosts', '/api/v1/nothing']) {
    const {headers} = await ask('GET', path)
    expect(headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'self';.*frame-ancestors 'none'/)
    expect(headers['content-security-policy']).not.toContain('unsafe-inline')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['access-control-allow-origin']).toBeUndefined()
  }
})

test('menus, images, the DHCP difference and its application', async () => {
  const {open, made} = await openGround({isc: true})
  const page = await open()
  await page('POST', '/api/v1/hosts?restart=false', {body: {name: 'tk2', mac: MAC, dhcp: false}})
  expect((await page('GET', '/api/v1/menus/tk2?format=ipxe')).json.menu.text).toMatch(/^#!ipxe/)
  expect((await page('GET', '/api/v1/images')).json).toEqual({images: [], warnings: []})
  expect((await page('GET', '/api/v1/dhcp')).json).toMatchObject({backend: 'isc', config: made.dhcpdConf})
  expect((await page('GET', '/api/v1/dhcp/diff')).json).toMatchObject({changed: false, files: []})
  expect((await page('POST', '/api/v1/dhcp/apply')).json).toMatchObject({changed: false, dryRun: false})
})
