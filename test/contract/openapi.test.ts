// The OpenAPI file is a promise: every route is in it and nothing else, and every answer has the shape it tells.
import {readFileSync} from 'node:fs'
import {Ajv2020} from 'ajv/dist/2020.js'
import {expect, test} from 'vitest'
import {allRoutes} from '../../src/dashboard/routes/all-routes.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {parseMac} from '../../src/net/mac.js'
import {openGround, pageFolder} from '../dashboard/ground.js'

type Operation = {
  readonly parameters?: readonly {readonly in: string; readonly name: string}[]
  readonly requestBody?: unknown
  readonly responses: Readonly<
    Record<string, {readonly content?: Readonly<Record<string, {readonly schema: object}>>; readonly $ref?: string}>
  >
}

const file = JSON.parse(readFileSync(`${pageFolder}/openapi.json`, 'utf8')) as {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: object
}

const described = Object.entries(file.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
)

test('the file and the routes name the same', () => {
  const parts = {access: undefined, live: undefined, openApi: {}} as unknown as Parameters<typeof allRoutes>[0]
  expect(described.sort()).toEqual(
    allRoutes(parts)
      .map(({method, path}) => `${method} ${path}`)
      .sort(),
  )
})

test('each path parameter is described, and each $ref leads somewhere', () => {
  for (const [path, methods] of Object.entries(file.paths)) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    for (const operation of Object.values(methods)) {
      expect((operation.parameters ?? []).filter((one) => one.in === 'path').map(({name}) => name)).toEqual(names)
    }
  }
  for (const [, pointer = ''] of JSON.stringify(file).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const found = pointer.split('/').reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], file)
    expect(found, pointer).toBeDefined()
  }
})

const ajv = new Ajv2020({strict: false, validateFormats: false})
ajv.addSchema(file, 'openapi')

/** Where the answer differs from what the file tells of it. */
function difference(operation: string, status: number, json: unknown): string | undefined {
  const [method = '', path = ''] = operation.split(' ')
  const responses = file.paths[path]?.[method.toLowerCase()]?.responses ?? {}
  const named = responses[String(status)] === undefined ? 'default' : String(status)
  const place = `openapi#/paths/${path.replaceAll('~', '~0').replaceAll('/', '~1')}/${method.toLowerCase()}/responses/${named}/content/application~1json/schema`
  const schema = named === 'default' ? 'openapi#/components/schemas/Error' : place.replace(/[{}]/g, encodeURIComponent)
  const validate = ajv.compile({$ref: schema})
  return validate(json) ? undefined : `${operation} ${status}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(json)}`
}

test('every answer has its shape', async () => {
  const {open, lab} = await openGround({isc: true})
  const page = await open()
  const mac = '08:00:27:12:34:56'
  const store = await lab.openEvents()
  const seen = {
    timeMs: Date.now(),
    ip: parseIpv4('192.168.56.21'),
    source: 'dhcp',
    step: 'asked',
    name: 'discover',
    result: 'done',
    details: {architecture: 7},
  } as const
  store.add([
    {event: {...seen, mac: parseMac(mac)}, isKnown: true},
    {event: {...seen, mac: parseMac('08:00:27:12:34:57'), ip: undefined}, isKnown: false},
  ])
  const asked: string[] = []
  const check = async (operation: string, path: string, body?: object): Promise<void> => {
    const answer = await page(operation.split(' ', 1)[0] ?? '', `/api/v1${path}`, body === undefined ? {} : {body})
    expect(difference(operation, answer.status, answer.json)).toBeUndefined()
    expect(answer.status, `${operation}: ${answer.text}`).toBeLessThan(400)
    asked.push(operation)
  }
  await check('GET /session', '/session')
  await check('POST /hosts', '/hosts?dryRun=true', {name: 'tk2', mac})
  await check('POST /hosts', '/hosts', {name: 'tk2', mac, ip: '192.168.56.21', firmware: 'uefi', bootArgs: 'quiet', dhcp: true})
  await check('GET /hosts', '/hosts')
  await check('GET /hosts/free', '/hosts/free')
  await check('GET /boot-steps', '/boot-steps')
  await check('GET /hosts/states', '/hosts/states')
  await check('GET /hosts/{host}', '/hosts/tk2')
  await check('PATCH /hosts/{host}', '/hosts/tk2', {bootArgs: ''})
  await check('GET /hosts/{host}/why', '/hosts/tk2/why')
  await check('GET /hosts/{host}/why', `/hosts/${encodeURIComponent('08:00:27:12:34:57')}/why`)
  await check('GET /clients', '/clients')
  await check('GET /events', '/events?host=tk2&limit=5')
  await check('GET /transfers', '/transfers')
  await check('GET /menus/{host}', '/menus/tk2?format=grub')
  await check('GET /images', '/images')
  await check('GET /vms', '/vms')
  await check('GET /filesystems', '/filesystems')
  await check('GET /dhcp', '/dhcp')
  await check('GET /dhcp/diff', '/dhcp/diff')
  await check('POST /dhcp/apply', '/dhcp/apply?restart=false', {})
  await check('DELETE /hosts/{host}', '/hosts/tk2?dryRun=true')
  await check('GET /openapi.json', '/openapi.json')
  // A machine may have no ping: then it says so, in the shape of errors.
  const pinged = await page('POST', '/api/v1/hosts/tk2/ping')
  expect(difference('POST /hosts/{host}/ping', pinged.status, pinged.json)).toBeUndefined()
  // There are none here, which is told in the shape of errors.
  for (const [operation, path] of [
    ['GET /vms/{vm}', '/vms/none'],
    ['GET /vms/{vm}/console', '/vms/none/console'],
    ['POST /vms/{vm}/start', '/vms/none/start'],
    ['POST /vms/{vm}/stop', '/vms/none/stop'],
    ['POST /vms/{vm}/reset', '/vms/none/reset'],
    ['GET /filesystems/{root}', '/filesystems/none'],
  ] as const) {
    const answer = await page(operation.split(' ', 1)[0] ?? '', `/api/v1${path}`)
    expect([answer.status, difference(operation, answer.status, answer.json)]).toEqual([404, undefined])
    asked.push(operation)
  }
  await check('DELETE /session', '/session')
  // Not asked here: the stream is no JSON, a login needs a password (access.test.ts), a packet must go out, an image must be there.
  const elsewhere = ['GET /stream', 'POST /session', 'POST /hosts/{host}/wake', 'POST /hosts/{host}/ping', 'GET /images/{image}']
  expect([...new Set([...asked, ...elsewhere])].sort()).toEqual(described.sort())
})
