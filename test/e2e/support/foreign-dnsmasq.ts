// dnsmasq in a test network, as a home router or a lab has it: addresses and nothing about booting.
import {join} from 'node:path'
import {until, type Running} from './programs.js'
import type {Place} from './network.js'

/** Starts dnsmasq where `place` is, with this range; nothing but DHCP. Give more words for more. */
export async function startForeignDnsmasq(place: Place, folder: string, range: string, ...more: string[]): Promise<Running> {
  const leases = join(folder, `dnsmasq-${place.namespace}.leases`)
  const running = place.start([
    ...['dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--log-dhcp', '--log-facility=-', '--user=root'],
    ...['--pid-file=', `--dhcp-leasefile=${leases}`, `--dhcp-range=${range},2m`, ...more],
  ])
  await until('dnsmasq to be ready', 10_000, () => {
    if (!running.isRunning()) throw new Error(`dnsmasq ended\n${running.stderr()}`)
    return /DHCP, sockets bound|IP range|DHCP, proxy on subnet/.test(running.stderr())
  })
  return running
}
