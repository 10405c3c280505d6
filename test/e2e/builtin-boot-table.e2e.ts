// The built-in server gives every kind of firmware the file of its row, alone (full) and beside a dhcpd that knows nothing of booting
// (proxy); and where there is none, an event says so.
//
//     br0 192.168.56.1: pxectl serve, and for the proxy dhcpd ── c1 192.168.56.9: a machine for each row, all at once
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {ADDRESSES_ONLY} from './support/dhcp-servers.js'
import {startDhcpd} from './support/dhcpd.js'
import {bootMachines, type Replied} from './support/firmware-boot.js'
import {type Asking, COUNTED_USER_CLASS} from './support/firmware-client.js'
import {makeLab, startServe, type Server} from './support/lab.js'
import {SERVER, withNetwork, type Network} from './support/network.js'
import {until} from './support/programs.js'

type Row = readonly [Asking, string | null]

const URL = `http://${SERVER}:8069`
const SCRIPT = `${URL}/boot.ipxe`
const LOADERS = {'boot.loader-ia32': 'ia32/ipxe.efi', 'boot.loader-arm64': 'arm64/ipxe.efi'} as const

const rows: readonly Row[] = [
  [{architecture: 0}, 'undionly.kpxe'],
  [{architecture: undefined}, 'undionly.kpxe'],
  [{architecture: 6}, 'ia32/ipxe.efi'],
  [{architecture: 7}, 'ipxe.efi'],
  [{architecture: 9}, 'ipxe.efi'],
  [{architecture: 11}, 'arm64/ipxe.efi'],
  [{architecture: 15, isHttpClient: true}, `${URL}/ia32/ipxe.efi`],
  [{architecture: 16, isHttpClient: true}, `${URL}/ipxe.efi`],
  [{architecture: 19, isHttpClient: true}, `${URL}/arm64/ipxe.efi`],
  [{architecture: 0, isIpxe: true}, SCRIPT],
  [{architecture: 0, isIpxe: true, userClass: COUNTED_USER_CLASS}, SCRIPT],
  [{architecture: 7, isIpxe: true}, SCRIPT],
  [{architecture: 7, isIpxe: true, userClass: COUNTED_USER_CLASS}, SCRIPT],
  [{architecture: 11, isIpxe: true}, SCRIPT],
  // An iPXE of an architecture that the lab has no loader for was started by somebody else, and reads scripts like any other.
  [{architecture: 27, isIpxe: true}, SCRIPT],
  // arm32, a number nobody has, BIOS and x64 over HTTP in numbers of their own.
  [{architecture: 10}, null],
  [{architecture: 37}, null],
  [{architecture: 37, isHttpClient: true}, null],
  [{architecture: 20, isHttpClient: true}, null],
]

/** A lab that names no loader for ia32 and arm64. */
const bareRows: readonly Row[] = [
  [{architecture: 6}, null],
  [{architecture: 11}, null],
  [{architecture: 15, isHttpClient: true}, null],
  [{architecture: 19, isHttpClient: true}, null],
  [{architecture: 7}, 'ipxe.efi'],
]

const pxelinuxRows: readonly Row[] = [
  [{architecture: 0, isIpxe: true}, 'pxelinux.0'],
  [{architecture: 0, isIpxe: true, userClass: COUNTED_USER_CLASS}, 'pxelinux.0'],
  [{architecture: 0}, 'pxelinux.0'],
  [{architecture: undefined}, 'pxelinux.0'],
  [{architecture: 7, isIpxe: true}, SCRIPT],
  [{architecture: 7}, 'ipxe.efi'],
]

const labs: readonly (readonly [string, Readonly<Record<string, string>>, readonly Row[]])[] = [
  ['a loader for each', LOADERS, rows],
  ['no loaders for ia32 and arm64', {}, bareRows],
  ['a lab that boots by PXELINUX', {'boot.loader': 'pxelinux'}, pxelinuxRows],
]

const macOf = (index: number): string => `52:54:00:00:01:${String(index).padStart(2, '0')}`
const addressOf = (index: number): string => `192.168.56.${20 + index}`

test.each(labs)('full: %s', (title, settings, table) =>
  withNetwork(`table-full-${labs.findIndex(([name]) => name === title)}`, async (network) => {
    const lab = await makeLab(network, {dhcp: 'builtin', settings})
    const hosts = table.map((_, index) => ({name: `tk${index}`, ip: addressOf(index), mac: macOf(index)}))
    const list = join(network.folder, 'hosts.json')
    await writeFile(list, JSON.stringify({hosts}))
    await lab.must('host', 'import', list)
    await expectFull(network, await startServe(lab, 'full'), table)
  }),
)

test('full: machines that are no hosts, with leases of the range', () =>
  withNetwork('table-full-range', async (network) => {
    const lab = await makeLab(network, {dhcp: 'builtin', settings: {...LOADERS, 'dhcp.unknown-clients': 'yes'}})
    await expectFull(network, await startServe(lab, 'full'), rows, /^192\.168\.56\.1\d\d$/)
  }))

test.each(labs)('proxy: %s', (title, settings, table) =>
  withNetwork(`table-proxy-${labs.findIndex(([name]) => name === title)}`, async (network) => {
    await startDhcpd(network, ADDRESSES_ONLY)
    const server = await startServe(await makeLab(network, {dhcp: 'none', settings}), 'proxy')
    const client = await network.addClient('52:54:00:00:00:09', '192.168.56.9/24')
    // Offer and ACK of dhcpd; the proxy's offer and, where port 4011 is asked, its ACK.
    const repliesTo = ([asking, filename]: Row): number => (filename === null ? 2 : asking.isHttpClient === true ? 3 : 4)
    const machines = table.map((row, index) => ({mac: macOf(index), asking: row[0], replies: repliesTo(row)}))
    const told = await bootMachines(client, {machines, proxy: SERVER})
    for (const [index, [asking, filename]] of table.entries()) {
      const what = JSON.stringify(asking)
      const replies = told[index] ?? []
      const fromDhcpd = replies.filter(({ip}) => ip !== '0.0.0.0')
      expect(fromDhcpd, `${what}: dhcpd gives the address and no file`).toEqual([
        expect.objectContaining({type: 'offer', filename: null}),
        expect.objectContaining({type: 'ack', filename: null}),
      ])
      const fromProxy = replies.filter(({ip}) => ip === '0.0.0.0')
      if (filename === null) {
        expect(fromProxy, what).toEqual([])
        await expectNoFileTold(server, macOf(index), asking, 'ignored')
        continue
      }
      const answer = bootAnswer(asking, filename)
      const isEdk2 = asking.isIpxe !== true && (asking.architecture ?? 0) !== 0
      const ack = {...answer, type: 'ack', port: isEdk2 ? 4011 : 68}
      expect(fromProxy, what).toMatchObject([{...answer, type: 'offer', port: 68}, ...(asking.isHttpClient === true ? [] : [ack])])
    }
  }),
)

async function expectFull(network: Network, server: Server, table: readonly Row[], addresses?: RegExp): Promise<void> {
  const client = await network.addClient('52:54:00:00:00:09', '192.168.56.9/24')
  const machines = table.map(([asking], index) => ({mac: macOf(index), asking, replies: 2}))
  const told = await bootMachines(client, {machines})
  for (const [index, [asking, filename]] of table.entries()) {
    const ip = addresses === undefined ? addressOf(index) : (expect.stringMatching(addresses) as string)
    const answer = filename === null ? {filename, vendorClass: null} : bootAnswer(asking, filename)
    expect(told[index], JSON.stringify(asking)).toMatchObject([
      {...answer, type: 'offer', ip},
      {...answer, type: 'ack', ip},
    ])
    if (filename === null) await expectNoFileTold(server, macOf(index), asking, 'offer')
  }
}

/** Without the vendor class HTTP boot asks for ever, and without option 43 a PXE ROM looks for another server. */
function bootAnswer({isHttpClient}: Asking, filename: string): Partial<Replied> {
  const [vendorClass, vendorSpecific] = isHttpClient === true ? ['HTTPClient', null] : ['PXEClient', '060108ff']
  return {filename, nextServer: SERVER, vendorClass, vendorSpecific}
}

/** An event line about this machine names its architecture. */
async function expectNoFileTold(server: Server, mac: string, {architecture}: Asking, kind: 'ignored' | 'offer'): Promise<void> {
  const message = /no boot file for (?:UEFI|BIOS|architecture )/
  const told = await until(`an event about the missing file for ${architecture}`, 10_000, () =>
    server.events().find((event) => event['mac'] === mac && event.kind === kind && message.test(String(event['message']))),
  )
  if (architecture === 37) expect(told['message']).toContain('architecture 37')
  expect(server.events().filter((event) => event['mac'] === mac && 'filename' in event)).toEqual([])
}
