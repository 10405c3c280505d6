// `pxectl why` in a suite of faults, each made with real packets against a real `pxectl serve`: one machine for each, all at once.
//
//     br0 192.168.56.1: pxectl serve --dhcp full ── c1: all machines, each with an address of its own
import {copyFile, mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {type PlayedMachine, playBoots, type PlayStep} from './support/boot-play.js'
import {type JsonObject, type Lab, makeLab, startServe} from './support/lab.js'
import {SERVER, withNetwork} from './support/network.js'

const BIOS = {architecture: 0} as const
const UEFI = {architecture: 7} as const
const IPXE = {architecture: 0, isIpxe: true} as const

const leased = (asking: typeof BIOS | typeof UEFI | typeof IPXE): PlayStep => ({do: 'dhcp', asking, answered: true})
const asked = (asking: typeof BIOS | typeof UEFI): PlayStep => ({do: 'dhcp', asking, answered: false})
const tftp = (name: string, acks?: number): PlayStep => ({do: 'tftp', name, ...(acks === undefined ? {} : {acks})})
const http = (name: string): PlayStep => ({do: 'http', name})

/** The steps of a machine, what it boots, and the first finding of `why` about it. */
type Fault = {
  readonly code: string | undefined
  readonly steps: (mac: string, ip: string) => readonly PlayStep[]
  readonly boots?: 'image debian' | 'root root_tk' | 'disk'
  readonly isDeclared?: boolean
}

const menu = (mac: string): string => `pxelinux.cfg/01-${mac.replaceAll(':', '-')}`
const byPxelinux = (mac: string): PlayStep[] => [leased(BIOS), tftp('pxelinux.0'), tftp('ldlinux.c32'), tftp(menu(mac))]
const kernel = 'images/debian/vmlinuz'

const FAULTS: Readonly<Record<string, Fault>> = {
  refused: {code: 'offer-refused', steps: () => [asked(UEFI), {do: 'request', asking: UEFI, ip: '192.168.56.99'}]},
  doubled: {code: 'address-in-use', steps: (_, ip) => [leased(BIOS), {do: 'decline', asking: BIOS, ip, server: SERVER}]},
  foreign: {
    code: 'foreign-offer',
    steps: () => [asked(BIOS), {do: 'request', asking: BIOS, ip: '192.168.56.150', server: '192.168.56.100'}],
  },
  ignored: {code: 'not-answered', isDeclared: false, steps: () => [asked(BIOS), asked(BIOS)]},
  unfetched: {code: 'loader-not-fetched', steps: () => [leased(BIOS)]},
  loaderless: {code: 'loader-missing', steps: () => [leased(BIOS), tftp('nosuch.kpxe')]},
  'bios-file': {code: 'bios-file-for-uefi', steps: () => [leased(UEFI), tftp('undionly.kpxe')]},
  'uefi-file': {code: 'uefi-file-for-bios', steps: () => [leased(BIOS), tftp('ipxe.efi')]},
  loop: {code: 'chain-loop', steps: () => [leased(BIOS), ...[1, 2, 3].flatMap(() => [tftp('undionly.kpxe'), leased(IPXE)])]},
  unsigned: {code: 'secure-boot', steps: () => [leased(UEFI), tftp('ipxe.efi')]},
  hanging: {code: 'loader-silent', steps: () => [leased(BIOS), tftp('undionly.kpxe')]},
  coreless: {
    code: 'ldlinux-missing',
    steps: () => [leased(BIOS), tftp('pxelinux.0'), tftp('boot/ldlinux.c32'), tftp('syslinux/ldlinux.c32')],
  },
  menuless: {
    code: 'config-missing',
    steps: (mac) => [
      leased(BIOS),
      tftp('bios/pxelinux.0'),
      tftp('bios/ldlinux.c32'),
      tftp(`bios/${menu(mac)}`),
      tftp('bios/pxelinux.cfg/C0A8381F'),
      tftp('bios/pxelinux.cfg/default'),
    ],
  },
  waiting: {code: 'menu-waits', steps: byPxelinux},
  kernelless: {code: 'kernel-missing', steps: (mac) => [...byPxelinux(mac), tftp('images/debian/vmlinuz-old')]},
  initrdless: {code: 'initrd-missing', steps: (mac) => [...byPxelinux(mac), tftp(kernel), http('/images/debian/boot_archive')]},
  moduleless: {code: 'file-missing', steps: (mac) => [...byPxelinux(mac), tftp('vesamenu-9.c32')]},
  unheard: {code: 'tftp-unanswered', steps: () => [leased(BIOS), tftp('undionly.kpxe', 0)]},
  broken: {code: 'transfer-broken', steps: (mac) => [...byPxelinux(mac), tftp(kernel, 40)]},
  rootless: {
    code: 'root-silent',
    boots: 'root root_tk',
    steps: (mac) => [...byPxelinux(mac), tftp(kernel), tftp('images/debian/initrd.img')],
  },
  // Sees to it that a boot without a fault has no finding.
  running: {code: undefined, steps: (mac) => [...byPxelinux(mac), tftp(kernel), tftp('images/debian/initrd.img'), http('/up')]},
  disk: {code: undefined, boots: 'disk', steps: byPxelinux},
}

/** What a machine that was left in the middle may take to be given up by the server, and a kernel to find its root. */
const SILENCE_MS = 62_000

type Finding = {
  readonly code: string
  readonly certainty: string
  readonly seen: string
  readonly cause: string
  readonly remedies: string[]
  readonly screen: string[]
}

test('each fault is named', () =>
  withNetwork('why', async (network) => {
    const lab = await makeLab(network, {dhcp: 'builtin', settings: {'boot.loader': 'pxelinux'}})
    await lab.must('loader', 'install')
    await lab.addImage('debian')
    await mkdir(join(lab.tftpRoot, 'bios'))
    for (const name of ['pxelinux.0', 'ldlinux.c32']) await copyFile(join(lab.tftpRoot, name), join(lab.tftpRoot, 'bios', name))
    await mkdir(join(lab.tftpRoot, 'root_tk'))
    await addHosts(lab)
    const server = await startServe(lab, 'full')
    const client = await network.addClient('52:54:00:00:99:01', '192.168.56.250/24')

    const machines = Object.values(FAULTS).map((fault, index): PlayedMachine => {
      const {mac, ip} = addressOf(index)
      return {mac, ip, steps: fault.steps(mac, ip)}
    })
    // A machine whose MAC address is in the database with two digits swapped, and one that nobody knows.
    const strangers = [{mac: '52:54:00:1d:09:12', ip: '192.168.56.240', steps: [asked(UEFI)]}]
    const outcomes = await playBoots(client, [...machines, ...strangers])
    for (const [index, name] of Object.keys(FAULTS).entries()) {
      expect([name, outcomes[index]?.filter((outcome) => /^no |silence/.test(outcome))]).toEqual([name, []])
    }
    // Behind a NAT of this machine a client has this machine's address; its MAC stands in the name that it asks for.
    const [nat] = await playBoots(network, [{mac: '', ip: SERVER, steps: [tftp(menu('52:54:00:0e:00:01'), 0)]}])
    expect(nat).toEqual(['left'])
    await setTimeout(SILENCE_MS)

    const first: Record<string, string | undefined> = {}
    for (const name of Object.keys(FAULTS)) {
      const {findings} = (await lab.must('why', name)) as {findings: Finding[]}
      first[name] = findings[0]?.code
      for (const {seen, cause, remedies} of findings)
        expect([name, seen !== '', cause !== '', remedies.length > 0]).toEqual([name, true, true, true])
    }
    expect(first).toEqual(Object.fromEntries(Object.entries(FAULTS).map(([name, {code}]) => [name, code])))

    expect(await findingsOf(lab, 'mistyped')).toEqual([
      expect.objectContaining({
        code: 'mac-mistyped',
        remedies: expect.arrayContaining(['pxectl host set mistyped --mac 52:54:00:1d:09:12']),
      }),
    ])
    expect((await findingsOf(lab, 'silent'))[0]).toMatchObject({code: 'no-discover'})
    expect((await findingsOf(lab, '52:54:00:1d:09:12'))[0]).toMatchObject({code: 'not-a-host'})
    expect((await findingsOf(lab, 'nat'))[0]).toMatchObject({code: 'virtualbox-nat'})
    const {clients} = await lab.must('host', 'list', '--unknown')
    expect(clients).toEqual([expect.objectContaining({mac: '52:54:00:1d:09:12', architecture: 7, nearestHost: 'mistyped'})])
    await lab.must('host', 'remove', 'mistyped', '--yes')
    expect(await lab.must('add-host', 'adopted', '--from', '52:54:00:1d:09:12')).toMatchObject({host: {mac: '52:54:00:1d:09:12'}})
    expect(await lab.pxectl('add-host', 'other', '--from', '52:54:00:1d:77:77')).toMatchObject({exitCode: 3})
    await server.stop()
  }))

/** All at once: a host after the other would take a minute. */
async function addHosts(lab: Lab): Promise<void> {
  const rows = Object.entries(FAULTS).map(([name, {boots = 'image debian', isDeclared = true}], index) => {
    const {mac, ip} = addressOf(index)
    const [kind, value] = boots.split(' ')
    return [name, ip, mac, kind === 'image' ? value : '', kind === 'root' ? value : '', isDeclared ? 'yes' : 'no']
  })
  rows.push(
    ['mistyped', '192.168.56.61', '52:54:00:1d:09:21', '', '', 'yes'],
    ['silent', '192.168.56.62', '52:54:00:aa:bb:cc', '', '', 'yes'],
    ['nat', '192.168.56.63', '52:54:00:0e:00:01', '', '', 'yes'],
  )
  const path = join(lab.folder, 'hosts.csv')
  await writeFile(path, ['name,ip,mac,image,root,dhcp', ...rows.map((row) => row.join(','))].join('\n'))
  await lab.must('host', 'import', path)
}

function addressOf(index: number): {mac: string; ip: string} {
  return {mac: `52:54:00:00:${String(10 + index)}:${String(10 + index)}`, ip: `192.168.56.${20 + index}`}
}

async function findingsOf(lab: Lab, name: string): Promise<Finding[]> {
  return ((await lab.must('why', name)) as JsonObject & {findings: Finding[]}).findings
}
