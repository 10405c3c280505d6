// Booting over VirtualBox's plain NAT, which has a DHCP and a TFTP server of its own in each machine: no DHCP server of a network
// is asked there. What is needed differs between the versions. Seen with 7.2.22; 6.1 to 7.1 by their tables of options.
import {isAtLeast, type VboxVersion} from './version.js'

export type NatTftp = {
  /** Network card, from 1. */
  readonly nic: number
  /** The TFTP server outside, as the host reaches it. */
  readonly server: string
  /** The loader's name on that server. */
  readonly file: string
}

/**
 * The options of `modifyvm` that make the machine boot `file` from `server` through NAT. The one-word options work from 6.1
 * to 7.2, the dashed ones not in 6.1. 7.2 ignores both unless TFTP is switched on, by an option that older ones refuse.
 */
export function natTftpOptions(version: VboxVersion, {nic, server, file}: NatTftp): string[] {
  const enable = isAtLeast(version, [7, 2]) ? [`--nat-enable-tftp${nic}`, 'on'] : []
  return [...enable, `--nattftpserver${nic}`, server, `--nattftpfile${nic}`, file]
}
