// Where VMware's DHCP server keeps its leases: beside its configuration, and on macOS in /var/db. The language is that of ISC's.
import {basename, dirname, extname, join} from 'node:path'
import {type LeaseRecord, readLeaseRecord} from './held-lease.js'
import {parseIscLeases} from './isc-leases.js'

/** Which addresses are leased now. Linux: dhcpd/dhcpd.leases; Windows: vmnetdhcp.leases; macOS: vmnet-dhcpd-vmnet8.leases. */
export async function readVmwareLeases(options: {
  readonly config: string
  readonly platform: string
  readonly now?: () => Date
}): Promise<LeaseRecord> {
  const {config, platform, now = () => new Date()} = options
  const nowMs = now().getTime()
  return readLeaseRecord(
    [leasePath(config, platform)],
    (texts) => texts.flatMap((text) => parseIscLeases(text.replaceAll('\r\n', '\n'))),
    nowMs,
  )
}

function leasePath(config: string, platform: string): string {
  const folder = dirname(config)
  if (platform === 'darwin') return join('/var/db/vmware', `vmnet-dhcpd-${basename(folder)}.leases`)
  return join(folder, `${basename(config, extname(config))}.leases`)
}
