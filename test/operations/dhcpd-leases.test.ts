import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openLeases} from '../../src/operations/dhcpd-leases.js'
import {HEAD, HELD, HELD_UNTIL as ENDS} from '../dhcp/isc-lease-samples.js'
import {temporaryFolder} from '../support/temporary-folder.js'

test('the file is found by the configuration, read again when it changes, and leases end', async () => {
  const folder = temporaryFolder()
  const [config, path, clock] = [join(folder, 'dhcpd.conf'), join(folder, 'my.leases'), {nowMs: ENDS - 10_000}]
  writeFileSync(config, `# mine\nlease-file-name "${path}";\n`)
  const leases = openLeases({config, now: () => new Date(clock.nowMs)})
  expect(await leases.findMac('192.168.56.100')).toBeUndefined()
  writeFileSync(path, HEAD + HELD)
  clock.nowMs += 1000
  expect(await leases.findMac('192.168.56.100')).toBe('52:54:00:a1:b2:c3')
  writeFileSync(path, HEAD + HELD.replace('a1:b2:c3', 'a1:b2:c4'))
  clock.nowMs += 1000
  expect(await leases.findMac('192.168.56.100')).toBe('52:54:00:a1:b2:c4')
  clock.nowMs = ENDS
  expect(await leases.findMac('192.168.56.100')).toBeUndefined()
})

test('without a configuration the usual places are tried, and a file that is none has no leases', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'leases'), HEAD + HELD)
  const open = (paths: string[]) => openLeases({config: undefined, paths, now: () => new Date(ENDS - 1)})
  expect(await open([join(folder, 'none'), folder, join(folder, 'leases')]).findMac('192.168.56.100')).toBe('52:54:00:a1:b2:c3')
  expect(await open([folder]).findMac('192.168.56.100')).toBeUndefined()
})
