// `pxectl why` about real firmware, beside ISC dhcpd whose log it reads: what the packets say, and what the machine's screen shows.
//
//     br0 192.168.56.1: dhcpd, pxectl serve --dhcp off ── tap1: QEMU, 52:54:00:a1:b2:c3
import {mkdir, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {boot, HOST} from './support/boot.js'
import {type Lab, makeLab, startServe, type Server} from './support/lab.js'
import {powerOn} from './support/machine.js'
import {advertiseNoRouter, type Network, SERVER, withNetwork} from './support/network.js'
import {until} from './support/programs.js'

type Finding = {readonly code: string; readonly seen: string; readonly screen: readonly string[]}
type Why = {
  readonly warnings: readonly string[]
  readonly findings: readonly Finding[]
  readonly state: {readonly condition: string; readonly step: string | null}
}

const why = async (lab: Lab, ...flags: string[]): Promise<Why> => (await lab.must('why', HOST.name, ...flags)) as unknown as Why
const codes = ({findings}: Why): string[] => findings.map(({code}) => code)

test('UEFI is told option 60 without 43, and asks for no file', () =>
  withNetwork('why-option-60', async (network) => {
    const {lab} = await labBesideDhcpd(network, 'option vendor-class-identifier "PXEClient";\n  filename "ipxe.efi";')
    const machine = await powerOn(network, 'uefi', HOST.mac)
    const text = await machine.waitFor(/PXE-E\d\d: [^\n]*/, 250_000)
    await until('the finding', 60_000, async () => codes(await why(lab)).includes('loader-not-fetched'))
    // Without a machine the bridge has no link, and nobody hears the question.
    const asked = await why(lab, '--ask')
    await machine.stop()
    expect(await seen(lab)).toEqual(expect.arrayContaining(['dhcp discover', 'dhcp offer', 'dhcp request', 'dhcp ack']))
    expect((await seen(lab)).filter((event) => !event.startsWith('dhcp'))).toEqual([])
    expect(asked.warnings).toEqual([])
    expect(codes(asked)).toEqual(['option60-without-43'])
    expect(asked.findings[0]?.screen.join()).toContain(/PXE-E\d\d/.exec(text[0])?.[0] ?? 'no code')
  }))

test('UEFI is told no boot file', () =>
  withNetwork('why-no-file', async (network) => {
    const {lab} = await labBesideDhcpd(network, '')
    const machine = await powerOn(network, 'uefi', HOST.mac)
    const text = await machine.waitFor(/PXE-E\d\d: [^\n]*/, 250_000)
    await until('the finding', 60_000, async () => codes(await why(lab)).length > 0)
    const asked = await why(lab, '--ask')
    await machine.stop()
    expect(asked.warnings).toEqual([])
    expect(codes(asked)).toEqual(['no-filename'])
    expect(asked.findings[0]?.screen.join()).toContain(/PXE-E\d\d/.exec(text[0])?.[0] ?? 'no code')
  }))

test('BIOS: PXELINUX without ldlinux.c32; its screen says what `why` says', () =>
  withNetwork('why-ldlinux', async (network) => {
    const {lab, server} = await ownLab(network, 'pxelinux')
    await rm(join(lab.tftpRoot, 'ldlinux.c32'))
    const machine = await powerOn(network, 'bios', HOST.mac)
    await machine.waitFor(/Failed to load ldlinux\.c32/, 120_000)
    await until('the last event', 20_000, async () => codes(await why(lab)).length > 0)
    await machine.stop()
    const answer = await why(lab)
    expect(codes(answer)).toEqual(['ldlinux-missing'])
    expect(answer.findings[0]?.screen).toContain('Failed to load ldlinux.c32')
    await server.stop()
  }))

test('BIOS: iPXE is given its own binary for ever', () =>
  withNetwork('why-loop', async (network) => {
    const {lab} = await labBesideDhcpd(network, 'filename "undionly.kpxe";')
    await advertiseNoRouter(network)
    const machine = await powerOn(network, 'bios', HOST.mac)
    await until('a loop', 280_000, async () => codes(await why(lab)).includes('chain-loop'))
    await machine.stop()
    expect(machine.serial().match(/iPXE initialising devices/g)?.length).toBeGreaterThanOrEqual(2)
  }))

test('BIOS by iPXE: every step is seen, and nothing is wrong', () =>
  withNetwork('why-steps', async (network) => {
    const {lab, server} = await ownLab(network, 'ipxe')
    await advertiseNoRouter(network)
    await boot(network, 'bios')
    const timeline = await seen(lab)
    expect(timeline).toEqual(
      expect.arrayContaining([
        'dhcp discover',
        'dhcp ack',
        'http boot.ipxe',
        'http images/debian/vmlinuz',
        'http images/debian/initrd.img',
      ]),
    )
    expect(await why(lab)).toMatchObject({findings: [], state: {step: 'initrd'}})

    await server.stop()
  }))

/** What was seen of the host: protocol and name, in order. */
async function seen(lab: Lab): Promise<string[]> {
  const {events} = await lab.must('events', '--host', HOST.name, '--limit', '1000')
  return (events as {source: string; name: string}[]).map(({source, name}) => `${source} ${name.replace(/^\//, '')}`)
}

async function ownLab(network: Network, loader: 'pxelinux' | 'ipxe'): Promise<{lab: Lab; server: Server}> {
  const lab = await makeLab(network, {dhcp: 'builtin', settings: {'boot.loader': loader}})
  await lab.must('loader', 'install')
  await lab.addImage('debian')
  await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, '--image', 'debian')
  return {lab, server: await startServe(lab, 'full')}
}

/** dhcpd in the foreground, with its log in a file. `statements` stand in the host's own entry. */
async function labBesideDhcpd(network: Network, statements: string): Promise<{lab: Lab; server: Server}> {
  const folder = join(network.folder, 'isc')
  await mkdir(folder)
  const script = `
cat > dhcpd.conf <<'END'
authoritative;
subnet 192.168.56.0 netmask 255.255.255.0 { option routers ${SERVER}; }
host ${HOST.name} {
  hardware ethernet ${HOST.mac};
  fixed-address ${HOST.ip};
  next-server ${SERVER};
  ${statements}
}
END
: > dhcpd.leases
exec dhcpd -4 -f -d -cf dhcpd.conf -lf dhcpd.leases -pf dhcpd.pid br0 >> dhcpd.log 2>&1`
  network.start(['sh', '-c', script], {cwd: folder})
  const settings = {'dhcp.log': join(folder, 'dhcpd.log')}
  const lab = await makeLab(network, {dhcp: 'none', settings})
  await lab.must('loader', 'install')
  await lab.addImage('debian')
  await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, '--image', 'debian')
  return {lab, server: await startServe(lab, 'off')}
}
