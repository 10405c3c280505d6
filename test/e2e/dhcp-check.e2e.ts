// `pxectl dhcp check` beside real servers: a foreign one on the wire, a second one on this machine, names that lead nowhere.
//
//     br0 192.168.56.1: dhcpd, pxectl ── c1 192.168.56.5: dnsmasq, a foreigner
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {startDhcpd, HAND_WRITTEN} from './support/dhcpd.js'
import {startForeignDnsmasq} from './support/foreign-dnsmasq.js'
import {makeLab, type Lab} from './support/lab.js'
import {withNetwork} from './support/network.js'
import {until} from './support/programs.js'

type Finding = {code: string; severity: string; message: string; file?: string; line?: number; suggestion?: string}

async function check(lab: Lab, ...flags: string[]): Promise<{exitCode: number | null; findings: Finding[]}> {
  const answer = await lab.pxectl('dhcp', 'check', ...flags)
  expect([0, 7], answer.stdout).toContain(answer.exitCode)
  const findings = answer.json['findings'] as Finding[]
  for (const {message, suggestion} of findings) expect(suggestion, message).toMatch(/\S/)
  return {exitCode: answer.exitCode, findings}
}

const errorsOf = (findings: readonly Finding[]): string[] => findings.flatMap(({severity, code}) => (severity === 'error' ? [code] : []))

test('a foreign server on the wire is found by asking, our own dhcpd is none', () =>
  withNetwork('check-wire', async (network) => {
    const dhcpd = await startDhcpd(network)
    const lab = await makeLab(network, {dhcp: 'isc', dhcpd})
    await lab.must('dhcp', 'apply')
    // A bridge without a port has no carrier, and nobody to ask.
    expect((await check(lab, '--wire')).findings.map(({code}) => code)).toContain('DHCP_WIRE_UNASKED')
    const foreigner = await network.addClient('52:54:00:00:00:05', '192.168.56.5/24')
    expect(await check(lab, '--wire')).toMatchObject({exitCode: 0})

    await startForeignDnsmasq(foreigner, network.folder, '192.168.56.200,192.168.56.210', '--dhcp-authoritative')
    const {exitCode, findings} = await check(lab, '--wire')
    expect(exitCode).toBe(7)
    const [foreign] = findings.filter(({code}) => code === 'DHCP_SERVER_FOREIGN')
    expect(foreign).toMatchObject({severity: 'error'})
    expect(foreign?.message).toContain('answers on br0: 192.168.56.5')
    // Nobody is asked without the flag.
    expect(await check(lab)).toMatchObject({exitCode: 0})
  }))

test('a second server on this machine, of another configuration', () =>
  withNetwork('check-second', async (network) => {
    const dhcpd = await startDhcpd(network)
    const lab = await makeLab(network, {dhcp: 'isc', dhcpd})
    await lab.must('dhcp', 'apply')
    const second = async (): Promise<string[]> =>
      (await check(lab)).findings.filter(({code}) => code === 'DHCP_SERVER_SECOND').map(({message}) => message)
    expect(await second()).toEqual([])
    const path = (name: string): string => join(network.folder, name)
    await writeFile(path('other.conf'), 'subnet 192.168.56.0 netmask 255.255.255.0 {\n}\n')
    await writeFile(path('other.leases'), '')
    const words = ['dhcpd', '-4', '-f', '-cf', path('other.conf'), '-lf', path('other.leases'), '-pf', path('other.pid'), 'br0']
    const other = network.start(words)
    await until('the second dhcpd to listen', 20_000, () => other.stderr().includes('Sending on'))
    const found = await second()
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(/^dhcpd \(process \d+\) listens on port 67 of this machine too/)
    await other.stop()
    expect(await second()).toEqual([])
  }))

test('what dhcpd accepts, and does not work', () =>
  withNetwork('check-lint', async (network) => {
    const dhcpd = await startDhcpd(network)
    const lab = await makeLab(network, {dhcp: 'isc', dhcpd, settings: {'dhcp.boot-options': 'none'}})
    expect(errorsOf((await check(lab)).findings)).toEqual([])
    const broken = `${HAND_WRITTEN}next-server boot.invalid;
filename "ipxe.efi";
lease-file-name "${network.folder}/nowhere.leases";
host twin { hardware ethernet 0:80:77:12:34:56; fixed-address 192.168.56.150; }
`
    await writeFile(dhcpd.config, broken)
    const {exitCode, findings} = await check(lab)
    expect(exitCode).toBe(7)
    expect(errorsOf(findings).sort()).toEqual(['DHCP_IP_DYNAMIC', 'DHCP_LEASES_MISSING', 'DHCP_MAC_TAKEN', 'DHCP_NAME_UNRESOLVED'])
    const lines = broken.split('\n')
    const lineOf = (code: string): string | undefined => lines[(findings.find((finding) => finding.code === code)?.line ?? 0) - 1]
    expect(lineOf('DHCP_NAME_UNRESOLVED')).toContain('boot.invalid')
    expect(lineOf('DHCP_LEASES_MISSING')).toContain('lease-file-name')
    expect(lineOf('DHCP_MAC_TAKEN')).toContain('host twin')
    expect(errorsOf((await check(lab, '--no-resolve')).findings)).not.toContain('DHCP_NAME_UNRESOLVED')
    await writeFile(
      dhcpd.config,
      HAND_WRITTEN.replace('192.168.56.0 netmask', '192.168.57.0 netmask').replaceAll('192.168.56.', '192.168.57.'),
    )
    expect(errorsOf((await check(lab)).findings)).toContain('DHCP_SUBNET_UNDECLARED')
  }))
