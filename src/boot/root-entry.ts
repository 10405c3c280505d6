// The entry of a diskless machine: a PXE filesystem of the lab, or a folder below the TFTP root that somebody filled himself.
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import type {LinuxEntry} from './entry.js'
import {clientName, joinLinuxArgs} from './image-entries.js'
import type {BootRoot} from './root.js'

type RootHost = {readonly name: string; readonly mac: Mac; readonly bootArgs: string | undefined}

/** `tftpRoot` is absolute: NFS clients mount by it. `httpUrl` has no slash at its end. */
type RootContext = {
  readonly server: Ipv4
  readonly httpUrl: string
  readonly tftpRoot: string
  readonly console: string | undefined
  readonly roots: ReadonlyMap<string, BootRoot>
  readonly stateFolder?: string
}

/**
 * The initramfs takes the interface with the MAC in BOOTIF, so that a machine with two cards gets its root by the one it booted from.
 * PXELINUX would add BOOTIF itself (IPAPPEND 2); the menu is this MAC's alone, so writing it here does the same for every loader.
 */
export function rootEntry(host: RootHost, root: string, context: RootContext): LinuxEntry {
  const known = context.roots.get(root)
  const bootif = `BOOTIF=${clientName(host.mac)}`
  if (known === undefined) return folderEntry(host, root, context, bootif)
  const {name, style, kernel, initrd} = known
  // The last console= is where init writes; the screen is named too, or its getty would be all that it shows.
  const screen = context.console === undefined || context.console.startsWith('tty0') ? '' : 'console=tty0'
  return {
    kind: 'linux',
    label: 'linux',
    title: `PXE filesystem ${name} (${style})`,
    kernel,
    initrds: [initrd],
    args: joinLinuxArgs(
      [sourceArgs(known, context), stateArgs(host, known, context), 'ip=dhcp', bootif, screen],
      host.bootArgs,
      context.console,
    ),
  }
}

/**
 * What the boot script of the root reads (netroot/initramfs-scripts.ts). NFS version 3, because the mount program of an initramfs knows no other,
 * and by TCP, which is what a firewall is open for. Without rootfstype=ramfs the initramfs, and so the image in it, may take only half of the memory.
 */
function sourceArgs(root: BootRoot, {server, httpUrl}: RootContext): string {
  switch (root.style) {
    case 'nfs':
      return `boot=nfs root=/dev/nfs nfsroot=${server}:${root.tree},vers=3,tcp rw`
    case 'nfs-overlay':
      return `boot=pxectl pxectl.root=nfs root=/dev/nfs nfsroot=${server}:${root.tree},vers=3,tcp ro`
    case 'squashfs': {
      const sum = root.sha256 === undefined ? '' : ` pxectl.sha256=${root.sha256}`
      return `boot=pxectl pxectl.root=${httpUrl}/${root.squashfs}${sum}`
    }
    case 'ramdisk':
      return `boot=pxectl pxectl.root=${root.image} rootfstype=ramfs`
  }
}

/** Where a host of a shared root keeps files of its own; a root of one host is all its own. */
function stateArgs({name}: RootHost, {style}: BootRoot, {server, stateFolder}: RootContext): string {
  return stateFolder === undefined || style === 'nfs' ? '' : `pxectl.state=${server}:${stateFolder}/${name}`
}

/** A root that machines share over NFS, as its own initramfs expects it (initramfs-tools' `boot=nfs` scripts read root= and nfsroot=). */
function folderEntry(host: RootHost, root: string, context: RootContext, bootif: string): LinuxEntry {
  const folder = relativeRoot(root, context.tftpRoot)
  const nfsroot = `nfsroot=${context.server}:${trimSlashes(context.tftpRoot, 'end')}/${folder}`
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
