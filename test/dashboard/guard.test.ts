import {expect, test} from 'vitest'
import {checkHostHeader, checkOrigin} from '../../src/dashboard/guard.js'

test.each([
  ['127.0.0.1:4040', true],
  ['192.168.56.1:4040', true],
  ['192.168.56.1', true],
  ['localhost:4040', true],
  ['LOCALHOST', true],
  ['lab.example:4040', true],
  ['Lab.Example.:4040', true],
  ['evil.example:4040', false],
  ['lab.example.evil.example', false],
  ['127.0.0.1.evil.example', false],
  ['127.0.0.1:4040@evil.example', false],
  ['', false],
  [undefined, false],
])('Host %j: %j', (host, isOurs) => {
  const check = (): void => checkHostHeader(host, {names: ['lab.example']})
  if (isOurs) expect(check).not.toThrow()
  else expect(check).toThrow(expect.objectContaining({code: 'HOST_REFUSED'}))
})

const host = '127.0.0.1:4040'

test.each([
  [{host}, true],
  [{host, origin: 'http://127.0.0.1:4040'}, true],
  [{host, origin: 'https://127.0.0.1:4040'}, true],
  [{host, origin: 'http://127.0.0.1:4040', 'sec-fetch-site': 'same-origin'}, true],
  [{host, 'sec-fetch-site': 'none'}, true],
  [{host, origin: 'http://127.0.0.1:8080'}, false],
  [{host, origin: 'http://evil.example'}, false],
  [{host, origin: 'null'}, false],
  [{host, 'sec-fetch-site': 'same-site'}, false],
  [{host, 'sec-fetch-site': 'cross-site'}, false],
  [{host, origin: 'http://127.0.0.1:4040', 'sec-fetch-site': 'cross-site'}, false],
])('%j comes from our own page: %j', (headers, isOurs) => {
  const check = (): void => checkOrigin(headers)
  if (isOurs) expect(check).not.toThrow()
  else expect(check).toThrow(expect.objectContaining({code: 'CROSS_SITE'}))
})
