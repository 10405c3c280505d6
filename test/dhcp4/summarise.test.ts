import {expect, test} from 'vitest'
import {renderLogText} from '../../src/dhcp4/log-text.js'
import {summarise} from '../../src/dhcp4/summarise.js'
import {decodeCapture} from './captures.js'

test('a packet is one line', () => {
  expect(summarise(decodeCapture('ipxe-rom-request'))).toBe('REQUEST 52:54:00:a1:b2:c3 xid f11b7e6a, iPXE on BIOS, wants 10.77.0.50')
  expect(summarise(decodeCapture('isc-ack-to-ipxe'))).toBe(
    'ACK 52:54:00:a1:b2:c3 xid f11b7e6a, yours 10.77.0.50, next-server 10.77.0.1, file "http://10.77.0.1/boot.ipxe"',
  )
  expect(summarise(decodeCapture('udhcpc-discover'))).toBe('DISCOVER 52:54:00:a1:b2:c3 xid bb80ef18, class "udhcp 1.35.0"')
})

test('what a client chose cannot leave its quotes or move the cursor', () => {
  const packet = decodeCapture('udhcpc-discover')
  const options = new Map([...packet.options, [60, Uint8Array.from(Buffer.from('a"\n\x1b[2J\\\xff', 'latin1'))] as const])
  expect(summarise({...packet, options})).toContain(String.raw`class "a\"\x0a\x1b[2J\\\xff"`)
  expect(renderLogText('x'.repeat(300))).toBe(`"${'x'.repeat(200)}…"`)
})

test('a relayed message and one without a type are told', () => {
  const packet = decodeCapture('udhcpc-discover')
  const relayed = {...packet, giaddr: decodeCapture('isc-ack-to-ipxe').siaddr}
  expect(summarise(relayed)).toMatch(/, relayed by 10\.77\.0\.1$/)
  expect(summarise({...packet, options: new Map()})).toBe('BOOTREQUEST 52:54:00:a1:b2:c3 xid bb80ef18')
})
