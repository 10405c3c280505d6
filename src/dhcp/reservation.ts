// What a DHCP server is told about a lab. Plain records: every back end writes them in its own language.
import type {Hostname} from '../net/hostname.js'
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'

/** What firmware a host has, as the host database knows it. */
export type KnownFirmware = 'bios' | 'uefi'

/** A fixed address and a host name for a network card. */
export type Reservation = {
  readonly name: Hostname
  readonly mac: Mac
  readonly ip: Ipv4
  /** Where it is known it decides the boot file, whatever the client's packets say; wherever boot options are declared. */
  readonly firmware?: KnownFirmware | undefined
}

/** What firmware is told to load first, and from where. File names are relative to the TFTP root; URLs are absolute. */
export type BootOptions = {
  /** siaddr, the TFTP server. */
  readonly nextServer: Ipv4
  /** The URL of the script that iPXE gets. */
  readonly ipxeScript: string
  /** A BIOS machine whose own ROM is iPXE gets the BIOS loader all the same: for labs that boot by PXELINUX. */
  readonly loaderForBiosIpxe?: boolean
  /** File names for firmware that loads by TFTP, by option 93 architecture (RFC 4578): 0, 7 and 9, 6, 11. */
  readonly loaders: {readonly bios: string; readonly uefiX64: string; readonly uefiIa32?: string; readonly uefiArm64?: string}
  /** URLs for firmware that loads by HTTP: architectures 16, 15, 19. */
  readonly httpLoaders: {readonly uefiX64?: string; readonly uefiIa32?: string; readonly uefiArm64?: string}
}
