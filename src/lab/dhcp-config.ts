// Where the DHCP servers that pxectl configures keep their configuration, if `dhcp.config` does not say.
import type {DhcpBackend} from './settings.js'

/**
 * The path on this platform (as in `process.platform`); undefined for a back end without a file.
 * VMware's is that of the NAT network; on Windows one file serves all networks.
 */
export function defaultDhcpConfig(backend: DhcpBackend, platform: string): string | undefined {
  if (backend === 'isc') return '/etc/dhcp/dhcpd.conf'
  if (backend === 'kea') return '/etc/kea/kea-dhcp4.conf'
  if (backend === 'dnsmasq') return '/etc/dnsmasq.conf'
  if (backend !== 'vmware') return undefined
  if (platform === 'darwin') return '/Library/Preferences/VMware Fusion/vmnet8/dhcpd.conf'
  return platform === 'win32' ? 'C:\\ProgramData\\VMware\\vmnetdhcp.conf' : '/etc/vmware/vmnet8/dhcpd/dhcpd.conf'
}
