// From power-on to the first program of a booted system: real firmware in QEMU, a kernel and an initrd of 60 MB, by the same chain
// from our server and from others, and by our own default chain against what people set up by hand.
//
//     br0 192.168.56.1 (in the benchmark's own network): DHCP, TFTP, HTTP ── tap0 ── QEMU, 52:54:00:a1:b2:c3
//
// In the same chain one dnsmasq gives the addresses, whoever gives the files. Always QEMU's own emulation: nested KVM is slower.
import {
  runContest,
  type Comparison,
  type Contest,
  type Engine,
  type Limit,
  type Plan,
  type Row,
  type Sample,
  PeerMissing,
} from './contest.js'
import type {Ground} from './ground.js'
import {hasOwnNetwork} from './own-network.js'
import {bootMachine, type Firmware} from './power-on-machine.js'
import {openBootLab, type BootLab} from './power-on-lab.js'
import {startBootServers, type Served} from './power-on-servers.js'

type Chain = {
  readonly work: string
  readonly firmware: Firmware
  readonly ours: Served
  readonly peers: Readonly<Record<string, Served>>
  readonly floor: Limit
  readonly goal: Limit
}

const SAME = {floor: {atMost: 1.05}, goal: {atMost: 1}} as const

function chainsOf(): readonly Chain[] {
  const pxelinux = {dhcp: 'dnsmasq', boot: 'pxelinux.0'} as const
  const script = {dhcp: 'dnsmasq', boot: 'bench.ipxe'} as const
  return [
    {
      work: 'power-on to init, PXELINUX, TFTP',
      firmware: 'bios',
      ours: {...pxelinux, tftp: 'pxectl'},
      peers: {'in.tftpd': {...pxelinux, tftp: 'in.tftpd'}, dnsmasq: {...pxelinux, tftp: 'dnsmasq'}},
      ...SAME,
    },
    {
      work: 'power-on to init, iPXE, HTTP',
      firmware: 'bios',
      ours: {...script, tftp: 'pxectl', http: 'pxectl'},
      peers: {nginx: {...script, tftp: 'dnsmasq', http: 'nginx'}},
      ...SAME,
    },
    {
      work: 'power-on to init, OVMF, ipxe.efi by TFTP, then HTTP',
      firmware: 'uefi',
      ours: {...script, tftp: 'pxectl', http: 'pxectl'},
      peers: {'dnsmasq and nginx': {...script, tftp: 'dnsmasq', http: 'nginx'}},
      ...SAME,
    },
    {
      work: 'power-on to init, our default chain against the usual how-to',
      firmware: 'bios',
      ours: {dhcp: 'pxectl'},
      peers: {'dnsmasq, pxelinux': {...pxelinux, tftp: 'dnsmasq'}},
      floor: {atMost: 0.6},
      goal: {atMost: 0.5},
    },
  ]
}

export async function measurePowerOn(ground: Ground, plan: Plan): Promise<Row[]> {
  const chains = chainsOf().filter(({work}) => plan.wants(work))
  if (chains.length === 0) return []
  let opening: Promise<BootLab> | undefined
  const open = (): Promise<BootLab> => {
    if (!hasOwnNetwork()) throw new PeerMissing('machines need a network of their own: run this as root')
    return (opening ??= openBootLab(ground))
  }
  const rows: Row[] = []
  for (const chain of chains) rows.push(...(await runContest(contestOf(chain, open), plan)))
  return rows
}

/** A boot takes as long as a round of most other work, and has nothing to warm up. */
function contestOf({work, firmware, ours, peers, floor, goal}: Chain, open: () => Promise<BootLab>): Contest {
  const measure = async (served: Served, engine: Engine): Promise<Sample> => {
    const lab = await open()
    const servers = await startBootServers(lab, served, engine)
    try {
      return {value: await bootMachine(lab, firmware)}
    } finally {
      await servers.stop()
    }
  }
  const comparisons: Comparison[] = Object.keys(peers).map((peer) => ({
    work,
    engine: 'native',
    ours: 'native',
    peer,
    unit: 'ms',
    floor,
    goal,
  }))
  const entrants = {native: () => measure(ours, 'native'), ...mapValues(peers, (served) => () => measure(served, 'native'))}
  return {entrants, comparisons, maxRounds: 5}
}

function mapValues<From, To>(values: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]))
}
