// A dhcpd.conf for a proof starts no program and touches no file of the real dhcpd.
import {expect, test} from 'vitest'
import {parseConfFile} from '../../src/dhcp/isc-load.js'
import {proofCopy} from '../../src/dhcp/isc-proof-copies.js'

const copy = (text: string, isMain = false): string =>
  proofCopy(parseConfFile('/dhcpd.conf', Buffer.from(text, 'latin1')), isMain, (path) => `/copies${path}`).toString('latin1')

test('what acts on this computer is left out, wherever it stands; all else stays byte for byte', () => {
  expect(copy('lease-file-name "/var/lib/x"; authoritative;\npid-file-name "/run/x";\n')).toBe(' authoritative;\n\n')
  expect(copy('on commit { set x = "a"; execute("/bin/rm", "}"); }\nsubnet 10.0.0.0 netmask 255.0.0.0 { on release { } # \xe4\n}')).toBe(
    '\nsubnet 10.0.0.0 netmask 255.0.0.0 {  # \xe4\n}',
  )
  expect(copy('if known { execute("x"); option host-name "a"; } host on { hardware ethernet 0:0:0:0:0:1; }')).toBe(
    'if known {  option host-name "a"; } host on { hardware ethernet 0:0:0:0:0:1; }',
  )
})

test('includes lead to the copies; the main file pings nobody', () => {
  expect(copy('include "/etc/a.conf" ;\ngroup { include\n"/b"; }', true)).toBe(
    'ping-check off; ddns-update-style none; include "/copies/etc/a.conf";\ngroup { include "/copies/b"; }',
  )
})
