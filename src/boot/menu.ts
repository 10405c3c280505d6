// What one client is offered: the entries that follow from a host record and the settings of its lab.
import {PxectlError} from '../errors.js'
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import type {BootEntry, LinuxEntry, LocalEntry} from './entry.js'
import type {ImageFiles} from './image-files.js'

/** The entries offered to one client. */
export type BootMenu = {
  /** The host, or for whom else the menu is. */
  readonly title: string
  readonly entries: readonly BootEntry[]
  /** The label of the entry that boots by itself; always one of `entries`. */
  readonly default: string
  /** Seconds until it does; 0: at once, without showing the menu. */
  readonly timeoutSeconds: number
  /** The Linux console of the client, on which the loader should show itself too. */
  readonly console: string | undefined
  /** What people should know about this menu. */
  readonly note: string | undefined
}

/** What a menu needs to know of a host. */
export type BootHost = {
  readonly name: string
  readonly mac: Mac
  readonly ip: Ipv4 | undefined
  /** Diskless root: a folder below the TFTP root, relative to it or absolute. */
  readonly root: string | undefined
  /** The name of an image; a host has this or `root`. */
  readonly image: string | undefined
  readonly bootArgs: string | undefined
  readonly firmware: 'bios' | 'uefi' | undefined
}

/** What a menu needs to know of the lab. */
export type BootContext = {
  readonly server: Ipv4
  readonly httpPort: number
  /** Absolute; NFS clients mount roots below it by this path. */
  readonly tftpRoot: string
  readonly timeoutSeconds: number
  readonly console: string | undefined
  /** What hosts without image and root boot, and unknown clients: `local` or the name of an image. */
  readonly default: string
  readonly images: ReadonlyMap<string, ImageFiles>
}

const LOCAL: LocalEntry = {kind: 'local', label: 'local', title: 'boot from the local disk'}

/** The menu of a host of the database. Throws IMAGE_NOT_FOUND where the host's own image is not there. */
export function hostMenu(host: BootHost, context: BootContext): BootMenu {
  if (host.root !== undefined) return menuOf(host.name, rootEntry(host, host.root, context), context)
  if (host.image !== undefined) return menuOf(host.name, imageEntry(getImage(host.image, context), host, context), context)
  return fallbackMenu(host.name, host, context)
}

/** The menu of clients that are not in the database. */
export function defaultMenu(context: BootContext): BootMenu {
  return fallbackMenu('clients that are not in the host database', undefined, context)
}

/**
 * `boot.default` may name an image that is not there yet (a new lab) or not any more. That must not stop changes to
 * other hosts, so such a client boots its disk, and the menu says why.
 */
function fallbackMenu(title: string, host: BootHost | undefined, context: BootContext): BootMenu {
  if (context.default === 'local') return menuOf(title, LOCAL, context)
  const files = context.images.get(context.default)
  if (files !== undefined) return menuOf(title, imageEntry([context.default, files], host, context), context)
  return {...menuOf(title, LOCAL, context), note: `the setting boot.default names the image ${context.default}, which is not there`}
}

/** Where there is nothing to choose there is nothing to wait for. */
function menuOf(title: string, first: BootEntry, context: BootContext): BootMenu {
  const {console} = context
  const entries = first.kind === 'local' ? [first] : [first, LOCAL]
  const timeoutSeconds = entries.length === 1 ? 0 : context.timeoutSeconds
  return {title, entries, default: first.label, timeoutSeconds, console, note: undefined}
}

/**
 * A root that machines share over NFS, as its initramfs expects it (initramfs-tools' `boot=nfs` scripts read root= and nfsroot=,
 * and take the interface with the MAC in BOOTIF, so that a machine with two cards mounts by the one it booted from).
 * PXELINUX would add BOOTIF itself (IPAPPEND 2); the menu is this MAC's alone, so writing it here does the same for every loader.
 */
function rootEntry(host: BootHost, root: string, context: BootContext): LinuxEntry {
  const folder = relativeRoot(root, context.tftpRoot)
  const nfsroot = `nfsroot=${context.server}:${trimSlashes(context.tftpRoot, 'end')}/${folder}`
  const bootif = `BOOTIF=01-${host.mac.replaceAll(':', '-')}`
  return {
    kind: 'linux',
    label: 'linux',
    title: `diskless root ${folder}`,
    kernel: `${folder}/vmlinuz`,
    initrds: [`${folder}/initrd.img`],
    args: joinArgs(['netboot=nfs root=/dev/nfs', nfsroot, 'ip=dhcp rw', bootif], host.bootArgs, context.console),
  }
}

function imageEntry([name, files]: readonly [string, ImageFiles], host: BootHost | undefined, context: BootContext): LinuxEntry {
  const {kernel, initrds, args = ''} = files
  return {kind: 'linux', label: 'linux', title: name, kernel, initrds, args: joinArgs([args], host?.bootArgs, context.console)}
}

/** The host's own arguments come last: the kernel takes the last of two that contradict each other. */
function joinArgs(args: readonly string[], bootArgs: string | undefined, console: string | undefined): string {
  const given = [...args, bootArgs ?? ''].join(' ').split(' ')
  const isSet = console === undefined || given.includes(`console=${console}`)
  return [...args, isSet ? '' : `console=${console}`, (bootArgs ?? '').trim()].filter((part) => part !== '').join(' ')
}

function relativeRoot(root: string, tftpRoot: string): string {
  const top = `${trimSlashes(tftpRoot, 'end')}/`
  return trimSlashes(root.startsWith(top) ? root.slice(top.length) : root, 'both')
}

function trimSlashes(path: string, where: 'end' | 'both'): string {
  const ended = path.replace(/\/+$/, '')
  return where === 'end' ? ended : ended.replace(/^\/+/, '')
}

function getImage(name: string, context: BootContext): [string, ImageFiles] {
  const files = context.images.get(name)
  if (files !== undefined) return [name, files]
  throw new PxectlError(`there is no image "${name}"`, {
    code: 'IMAGE_NOT_FOUND',
    kind: 'notFound',
    details: {image: name, images: [...context.images.keys()]},
    suggestions: [`put its kernel and initrd at ${context.tftpRoot}/images/${name}/vmlinuz and …/initrd.img`],
  })
}
