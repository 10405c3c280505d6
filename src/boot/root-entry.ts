// The entry of a diskless machine: its kernel and initrd lie in its root, a folder below the TFTP root.
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import type {LinuxEntry} from './entry.js'
import {clientName, joinLinuxArgs} from './image-entries.js'

type RootHost = {readonly mac: Mac; readonly bootArgs: string | undefined}

/** `tftpRoot` is absolute: NFS clients mount by it. */
type RootContext = {readonly server: Ipv4; readonly tftpRoot: string; readonly console: string | undefined}

/**
 * A root that machines share over NFS, as its initramfs expects it (initramfs-tools' `boot=nfs` scripts read root= and nfsroot=,
 * and take the interface with the MAC in BOOTIF, so that a machine with two cards mounts by the one it booted from).
 * PXELINUX would add BOOTIF itself (IPAPPEND 2); the menu is this MAC's alone, so writing it here does the same for every loader.
 */
export function rootEntry(host: RootHost, root: string, context: RootContext): LinuxEntry {
  const folder = relativeRoot(root, context.tftpRoot)
  const nfsroot = `nfsroot=${context.server}:${trimSlashes(context.tftpRoot, 'end')}/${folder}`
  const bootif = `BOOTIF=${clientName(host.mac)}`
  return {
    kind: 'linux',
    label: 'linux',
    title: `diskless root ${folder}`,
    kernel: `${folder}/vmlinuz`,
    initrds: [`${folder}/initrd.img`],
    args: joinLinuxArgs(['netboot=nfs root=/dev/nfs', nfsroot, 'ip=dhcp rw', bootif], host.bootArgs, context.console),
  }
}

function relativeRoot(root: string, tftpRoot: string): string {
  const top = `${trimSlashes(tftpRoot, 'end')}/`
  return trimSlashes(root.startsWith(top) ? root.slice(top.length) : root, 'both')
}

function trimSlashes(path: string, where: 'end' | 'both'): string {
  const ended = path.replace(/\/+$/, '')
  return where === 'end' ? ended : ended.replace(/^\/+/, '')
}
