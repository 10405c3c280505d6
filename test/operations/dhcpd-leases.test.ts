// The entries were written by ISC dhcpd 4.4.3-P1 for busybox udhcpc; the other spellings of `ends` are those of dhcpd.leases(5).
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openLeases, parseLeases} from '../../src/operations/dhcpd-leases.js'
import {temporaryFolder} from '../support/temporary-folder.js'

const HEAD = `# The format of this file is documented in the dhcpd.leases(5) manual page.
# This lease file was written by isc-dhcp-4.4.3-P1

# authoring-byte-order entry is generated, DO NOT DELETE
authoring-byte-order little-endian;

server-duid "\\000\\001\\000\\0012\\224\\207\\300\\206#\\376\\\\\\227@";

`
const HELD = `lease 192.168.56.100 {
  starts 6 2026/11/21 16:48:02;
  ends 6 2026/11/21 16:58:02;
  cltt 6 2026/11/21 16:48:02;
  binding state active;
  next binding state free;
  rewind binding state free;
  hardware ethernet 52:54:00:a1:b2:c3;
  uid "\\001RT\\000\\241\\262\\303";
  set vendor-class-identifier = "udhcp 1.35.0";
}
`
const RELEASED = `lease 192.168.56.100 {
  starts 6 2026/11/21 16:48:02;
  ends 6 2026/11/21 16:48:05;
  tstp 6 2026/11/21 16:48:05;
  cltt 6 2026/11/21 16:48:02;
  binding state free;
  hardware ethernet 52:54:00:a1:b2:c3;
  uid "\\001RT\\000\\241\\262\\303";
}
`
const ENDS = Date.UTC(2026, 10, 21, 16, 58, 2)

test('the last entry of an address counts', () => {
  expect([...parseLeases(HEAD + HELD)]).toEqual([['192.168.56.100', {mac: '52:54:00:a1:b2:c3', endsMs: ENDS}]])
  expect(parseLeases(HEAD + HELD + RELEASED).size).toBe(0)
  expect(parseLeases(HEAD + RELEASED + HELD).size).toBe(1)
  expect(parseLeases('').size).toBe(0)
  // Half an entry: dhcpd is writing.
  expect(parseLeases(HEAD + HELD + HELD.replace('.100', '.101').slice(0, 60)).size).toBe(1)
})

test('every spelling of the end is read', () => {
  const endOf = (line: string): number | undefined => parseLeases(HELD.replace(/ends .*/, line)).get('192.168.56.100')?.endsMs
  expect(endOf('ends never;')).toBe(Infinity)
  expect(endOf('ends epoch 1795280282; # Sat Nov 21 16:58:02 2026')).toBe(ENDS)
})

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
