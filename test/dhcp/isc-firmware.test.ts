// A known firmware in dhcpd.conf: in declarations of any style, beside what people wrote, and what a running dhcpd is told of it.
import {describe, expect, test} from 'vitest'
import {hostBootTable} from '../../src/dhcp/boot-table.js'
import {planOmapiSteps} from '../../src/dhcp/omapi-steps.js'
import type {Reservation} from '../../src/dhcp/reservation.js'
import {bootOptions, openScene, SUBNET, tk2} from './fake-dhcpd.js'

const uefi: Reservation = {...tk2, firmware: 'uefi'}

/** The text of dhcpd.conf after the host was declared so, and the warnings. */
async function declare(text: string, reservation: Reservation): Promise<{text: string; warnings: readonly string[]}> {
  const {server} = openScene(text)
  const {files, warnings} = await server.plan({upsert: [{reservation}], remove: [], bootOptions})
  return {text: files[0]?.after?.toString('latin1') ?? text, warnings}
}

describe('in a declaration that is there', () => {
  const styles = {
    'on lines of its own': 'host tk2 {\n\thardware ethernet 8:0:27:0:0:2;\n\tfixed-address 10.0.0.2; # by hand\n\t}\n',
    'within a line': 'host tk2 { hardware ethernet 08:00:27:00:00:02; fixed-address 10.0.0.2; }\n',
    'two on a line': 'host tk2 { hardware ethernet 08:00:27:00:00:02; fixed-address 10.0.0.2; } host b { }\n',
    'with CRLF': 'host tk2 {\r\n  hardware ethernet 08:00:27:00:00:02;\r\n  fixed-address 10.0.0.2;\r\n}\r\n',
    'in a group':
      'group {\n  next-server 10.0.0.9;\n  host tk2 {\n    hardware ethernet 08:00:27:00:00:02;\n    fixed-address 10.0.0.2;\n  }\n}\n',
  }
  test.each(Object.entries(styles))('%s', async (_, host) => {
    const before = (await declare(SUBNET.replaceAll('\n', host.includes('\r') ? '\r\n' : '\n') + host, tk2)).text
    const {text, warnings} = await declare(before, uefi)
    expect(warnings).toEqual([])
    const block = /# BEGIN pxectl firmware uefi[^]*# END pxectl firmware uefi/.exec(text)?.[0] ?? ''
    expect(block.replaceAll(/\s+/g, ' ')).toMatch(
      /if exists user-class and .*iPXE.* \{ filename "http:\/\/10\.0\.0\.1\/boot\.ipxe"; \} elsif .*"HTTPClient" \{ .* \} elsif .*"PXEClient" \{ filename "ipxe\.efi"; \}/,
    )
    expect((await declare(text, uefi)).text, 'it says so already').toBe(text)
    expect((await declare(text, tk2)).text, 'without its firmware').toBe(before)
    const bios = (await declare(text, {...tk2, firmware: 'bios'})).text
    expect(bios).toContain('BEGIN pxectl firmware bios')
    expect(bios).not.toContain('firmware uefi')
  })

  test('with a filename of its own, which stays and is told', async () => {
    const host = 'host tk2 { hardware ethernet 08:00:27:00:00:02; fixed-address 10.0.0.2; if known { filename "mine.0"; } }\n'
    const {text, warnings} = await declare(SUBNET + host, uefi)
    expect(text).toContain(host)
    expect(warnings).toEqual([expect.stringMatching(/^tk2 declares a filename of its own \(.*dhcpd\.conf:\d+\)/)])
  })
})

test('a new declaration among neighbours of one line each', async () => {
  const neighbour = 'host a { hardware ethernet 08:00:27:00:00:01; fixed-address 10.0.0.1; }\n'
  const text = (await declare(SUBNET + neighbour, uefi)).text
  expect((await declare(text, uefi)).text).toBe(text)
  expect((await declare(text, tk2)).text).toBe((await declare(SUBNET + neighbour, tk2)).text)
})

test('where boot options are the business of people, a declaration says nothing of a firmware', async () => {
  const {server} = openScene(SUBNET, {bootOptionsScope: undefined})
  for (const change of [{}, {bootOptions}]) {
    const {files} = await server.plan({upsert: [{reservation: uefi}], remove: [], ...change})
    expect(files[0]?.after?.toString()).not.toContain('firmware')
  }
})

test('check finds nothing in it', async () => {
  const {server} = openScene((await declare(`authoritative;\n${SUBNET}`, uefi)).text)
  expect(await server.check([uefi])).toEqual([])
})

test('OMAPI leaves it to a restart: new, changed or taken away from a host', async () => {
  const [without, withIt] = [(await declare(SUBNET, tk2)).text, (await declare(SUBNET, uefi)).text]
  const steps = (before: string, after: string): unknown =>
    planOmapiSteps([{path: 'dhcpd.conf', before: Buffer.from(before), after: Buffer.from(after)}], []).kind
  expect(steps(without, withIt)).toBe('restart')
  expect(steps(withIt, without)).toBe('restart')
  expect(steps(withIt, withIt.replace('10.0.0.2;', '10.0.0.3;'))).toBe('restart')
})

test('a lab that boots by PXELINUX: a BIOS whose ROM is iPXE gets it too, whatever it says', () => {
  const options = {...bootOptions, loaderForBiosIpxe: true, loaders: {...bootOptions.loaders, bios: 'pxelinux.0'}}
  const files = (firmware: 'bios' | 'uefi'): string[] =>
    hostBootTable(options, firmware).map(({client, architectures, filename}) => `${client} ${architectures?.join() ?? 'any'} ${filename}`)
  expect(files('bios')).toEqual(['ipxe any pxelinux.0', 'pxe any pxelinux.0'])
  expect(files('uefi')).toEqual(['ipxe any http://10.0.0.1/boot.ipxe', 'http any http://10.0.0.1/ipxe.efi', 'pxe any ipxe.efi'])
})
