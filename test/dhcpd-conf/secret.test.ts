// Secrets are shown to nobody, wherever the line comes from.
import {expect, test} from 'vitest'
import {hideSecrets} from '../../src/dhcpd-conf/secret.js'

test.each([
  ['key k { algorithm hmac-md5; secret c2Vj cmV0==; };', 'key k { algorithm hmac-md5; secret ********; };'],
  ['+\tSECRET  "c2VjcmV0";\n next', '+\tSECRET  ********;\n next'],
  [' secret c2VjcmV0', ' secret ********'],
  ['{"name": "k", "secret": "c2Vj\\"cmV0", "x": 1}', '{"name": "k", "secret": "********", "x": 1}'],
  ['option host-name "secretary";', 'option host-name "secretary";'],
  ['no secret', 'no secret'],
])('%s', (text, shown) => {
  expect(hideSecrets(text)).toBe(shown)
  expect(hideSecrets(shown)).toBe(shown)
})
