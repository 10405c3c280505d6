import {expect, test} from 'vitest'
import {grubConfigName, ipxeScriptName, pxelinuxConfigName, pxelinuxSearch} from '../../src/boot/names.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {parseMac} from '../../src/net/mac.js'

const mac = parseMac('08:00:27:AB:CD:EF')

test('the files of a host are named after its MAC, in the form that loaders build', () => {
  expect(pxelinuxConfigName(mac)).toBe('pxelinux.cfg/01-08-00-27-ab-cd-ef')
  expect(ipxeScriptName(mac)).toBe('ipxe/01-08-00-27-ab-cd-ef.ipxe')
  expect(grubConfigName(mac)).toBe('grub/grub.cfg-01-08-00-27-ab-cd-ef')
})

test('PXELINUX asks by UUID, MAC, address and default, as captured from QEMU with a 6.04 loader', () => {
  const client = {uuid: '00112233-4455-6677-8899-AABBCCDDEEFF', mac: parseMac('52:54:00:a1:b2:c3'), ip: parseIpv4('10.77.0.50')}
  expect(pxelinuxSearch(client)).toEqual([
    'pxelinux.cfg/33221100-5544-7766-8899-aabbccddeeff',
    'pxelinux.cfg/01-52-54-00-a1-b2-c3',
    'pxelinux.cfg/0A4D0032',
    'pxelinux.cfg/0A4D003',
    'pxelinux.cfg/0A4D00',
    'pxelinux.cfg/0A4D0',
    'pxelinux.cfg/0A4D',
    'pxelinux.cfg/0A4',
    'pxelinux.cfg/0A',
    'pxelinux.cfg/0',
    'pxelinux.cfg/default',
  ])
})

test('a machine without a UUID begins with its MAC', () => {
  expect(pxelinuxSearch({mac, ip: parseIpv4('192.168.56.21')}).slice(0, 2)).toEqual([
    'pxelinux.cfg/01-08-00-27-ab-cd-ef',
    'pxelinux.cfg/C0A83815',
  ])
})
