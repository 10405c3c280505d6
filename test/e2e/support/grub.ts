// GRUB 2 as a network loader, as an administrator would have it beside the loaders of pxectl.
import {SERVER} from './network.js'
import {mustRun} from './programs.js'

/** Chooses GRUB for UEFI machines, outside of pxectl's part of dhcpd.conf. `except`: a machine that gets what pxectl chooses. */
export function grubClass({except}: {readonly except?: string} = {}): string {
  const others = except === undefined ? '' : ` and not (hardware = 1:${except})`
  return `
class "uefi" {
  match if substring(option vendor-class-identifier, 0, 20) = "PXEClient:Arch:00007"${others};
  filename "grub/x86_64-efi/core.efi";
  next-server ${SERVER};
}
`
}

/** Puts GRUB for x64 UEFI below a TFTP root. */
export async function installGrub(tftpRoot: string): Promise<void> {
  await mustRun(['grub-mknetdir', `--net-directory=${tftpRoot}`, '--subdir=/grub', '-d', '/usr/lib/grub/x86_64-efi'])
}
