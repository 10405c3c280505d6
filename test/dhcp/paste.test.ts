// What is shown for servers that pxectl does not configure. The real dhcpd and dnsmasq read theirs in test/e2e/paste.e2e.ts.
import {describe, expect, test} from 'vitest'
import {pasteForms, renderPaste} from '../../src/dhcp/paste/paste.js'
import type {Wanted} from '../../src/dhcp/paste/wanted.js'
import {parseSubnet} from '../../src/net/ipv4.js'
import {bootOptions, reservation} from './fake-dhcpd.js'

const hosts = [reservation('tk1', '52:54:00:00:00:01', '10.0.0.11'), reservation('node-2', '52:54:00:00:00:02', '10.0.0.12')]
const wanted: Wanted = {hosts, boot: bootOptions, subnet: parseSubnet('10.0.0.0/24')}

test.each(pasteForms)('%s: every host and every file name is there; hosts alone where there are no boot options', (form) => {
  const text = renderPaste(form, wanted)
  for (const {name, mac, ip} of hosts) {
    expect(text).toMatch(new RegExp(mac.replaceAll(':', '[:-]')))
    for (const word of [name, ip]) expect(text).toContain(word)
  }
  // VirtualBox's server has one file for all.
  const others = form === 'virtualbox' ? [] : ['ipxe.efi', 'http://10.0.0.1/boot.ipxe']
  for (const name of ['10.0.0.1', form === 'pfsense' ? 'pxelinux.0' : 'undionly.kpxe', ...others]) expect(text).toContain(name)
  const alone = renderPaste(form, {...wanted, boot: undefined})
  expect(alone).toContain('10.0.0.12')
  expect(alone).not.toContain('undionly')
})

describe('windows', () => {
  const lines = renderPaste('windows', wanted).trimEnd().split('\n')

  test('reservations by scope and hyphenated address', () => {
    expect(lines.slice(0, 2)).toEqual([
      "$scope = '10.0.0.0'",
      "Add-DhcpServerv4Reservation -ScopeId $scope -IPAddress 10.0.0.11 -ClientId 52-54-00-00-00-01 -Name 'tk1' -Description 'pxectl'",
    ])
  })

  test('iPXE is looked for before the classes that would load iPXE', () => {
    const policies = lines.filter((line) => line.startsWith('Add-DhcpServerv4Policy'))
    expect(policies[0]).toBe(
      "Add-DhcpServerv4Policy -Name 'pxectl ipxe' -ScopeId $scope -ProcessingOrder 1 -Condition OR -UserClass EQ,'pxectl iPXE'",
    )
    expect(policies).toContain(
      "Add-DhcpServerv4Policy -Name 'pxectl uefi-x64' -ScopeId $scope -ProcessingOrder 3 -Condition OR -VendorClass EQ,'pxectl PXEClient:Arch:00007*','pxectl PXEClient:Arch:00009*'",
    )
    expect(lines).toContain("Set-DhcpServerv4OptionValue -ScopeId $scope -PolicyName 'pxectl bios' -OptionId 67 -Value 'undionly.kpxe'")
    expect(lines).toContain("Set-DhcpServerv4OptionValue -ScopeId $scope -PolicyName 'pxectl http-x64' -OptionId 60 -Value 'HTTPClient'")
  })

  test("a BIOS machine's own iPXE, in a lab of PXELINUX, must fit both conditions", () => {
    const text = renderPaste('windows', {...wanted, boot: {...bootOptions, loaderForBiosIpxe: true}})
    expect(text).toContain("-Condition AND -UserClass EQ,'pxectl iPXE' -VendorClass EQ,'pxectl PXEClient:Arch:00000*'")
  })

  test('a scope needs the subnet of the lab', () =>
    expect(() => renderPaste('windows', {...wanted, subnet: undefined})).toThrow(/network.subnet is not set/))
})

test('pfSense: the fields by name, and what it cannot do', () => {
  const text = renderPaste('pfsense', wanted)
  expect(text).toMatch(/^ {2}Next Server: +10\.0\.0\.1$/m)
  // iPXE would be given itself for ever.
  expect(text).toMatch(/^ {2}Default BIOS File Name: +pxelinux\.0$/m)
  expect(text).toMatch(/^ {2}UEFI 64 bit File Name: +ipxe\.efi$/m)
  expect(text).toContain('pfSense has no field for iPXE')
  expect(text).not.toMatch(/ARM 64 bit/)
})

test('router: a table whose columns stand below each other', () => {
  expect(renderPaste('router', {...wanted, boot: undefined})).toBe(
    ['NAME    MAC ADDRESS        IP ADDRESS', 'tk1     52:54:00:00:00:01  10.0.0.11', 'node-2  52:54:00:00:00:02  10.0.0.12', ''].join(
      '\n',
    ),
  )
})
