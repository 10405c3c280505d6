// What one client is offered: the entries that follow from a host record, the images of its lab and the settings.
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import type {PxectlError} from '../errors.js'
import type {BootEntry, LocalEntry} from './entry.js'
import type {MenuFormat} from './formats.js'
import type {BootImage} from './image.js'
import {imageNotFound} from './image-missing.js'
import {clientName, type EntryContext, imageEntries, labelSuffixes} from './image-entries.js'
import type {BootRoot} from './root.js'
import {rootEntry} from './root-entry.js'

/** Templates of the lab's own, checked, and what is wrong with those that cannot be used. */
export type MenuTemplates = {
  readonly texts: ReadonlyMap<MenuFormat, string>
  readonly problems: ReadonlyMap<MenuFormat, PxectlError>
}

/** What the lab puts around menus, and the addresses that may be written there. */
export type MenuFrames = MenuTemplates & {readonly server: Ipv4; readonly httpUrl: string}

/** The entries offered to one client. */
export type BootMenu = {
  /** The host, or for whom else the menu is. */
  readonly title: string
  /** How files made for this client are named: `01-MAC`, or `default`. */
  readonly client: string
  readonly entries: readonly BootEntry[]
  /** The label of the entry that boots by itself; always one of `entries`. */
  readonly default: string
  /** Seconds until it does; 0: at once, without showing the menu. */
  readonly timeoutSeconds: number
  /** The Linux console of the client, on which the loader should show itself too. */
  readonly console: string | undefined
  /** What people should know about this menu. */
  readonly note: string | undefined
  /** A default entry that cannot be written is an error; else it is left out as others are. */
  readonly isStrict: boolean
  /** Offers a shell and a restart, where the loader has them. */
  readonly hasUtilities: boolean
  /** The module of PXELINUX that shows menus, where the lab has one. */
  readonly pxelinuxUi: string | undefined
  /** undefined: the built-in frame in any case. */
  readonly frames: MenuFrames | undefined
}

/** What a menu needs to know of a host. */
export type BootHost = {
  readonly name: string
  readonly mac: Mac
  readonly ip: Ipv4 | undefined
  /** Diskless root: the name of a PXE filesystem, or a folder below the TFTP root, relative to it or absolute. */
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
  readonly images: ReadonlyMap<string, BootImage>
  /** What is wrong with images, one sentence each, by the image's name; such an image may be missing from `images`. */
  readonly imageProblems?: ReadonlyMap<string, string>
  /** A folder on the server with one for each host of a shared root, absolute; undefined: nothing of theirs is kept. */
  readonly stateFolder?: string
  /** The PXE filesystems of the lab, by name. */
  readonly roots: ReadonlyMap<string, BootRoot>
  /** What is wrong with others, by name. */
  readonly rootProblems?: ReadonlyMap<string, string>
  /** menu.c32 or another one that fits the lab's pxelinux.0. */
  readonly pxelinuxUi?: string
  readonly templates?: MenuTemplates
}

const LOCAL: LocalEntry = {kind: 'local', label: 'local', title: 'boot from the local disk'}

/** The menu of a host of the database. Throws IMAGE_NOT_FOUND where the host's own image is not there. */
export function hostMenu(host: BootHost, context: BootContext): BootMenu {
  if (host.root !== undefined) return hostMenuOf(host, [rootEntry(host, host.root, {...context, httpUrl: httpUrlOf(context)})], context)
  const image = host.image === undefined ? findDefault(context) : getImage(host.image, context)
  if (image === undefined) return {...hostMenuOf(host, [], context), note: noteOf(context, false)}
  return hostMenuOf(host, entriesOf(image, host, context, firstLabel(image)), context)
}

/** The menu of clients that are not in the database: every image of the lab, the newest first. */
export function defaultMenu(context: BootContext): BootMenu {
  const labels = new Set(RESERVED)
  const choices = newestFirst(context.images.values()).map((image) => {
    const label = uniqueLabel(image.name, labels)
    return {image, entries: entriesOf(image, undefined, context, label)}
  })
  const wanted = choices.find(({image}) => image.name === context.default)?.entries[0]
  return {
    ...menuOf(
      choices.flatMap(({entries}) => entries),
      wanted?.label ?? LOCAL.label,
      context,
    ),
    title: 'clients that are not in the host database',
    client: clientName(undefined),
    note: noteOf(context, true),
    isStrict: false,
    hasUtilities: choices.length > 0,
  }
}

/** The same menu with one choice, which boots at once, and so in no frame. undefined where there is none of that label. */
export function onlyEntry(menu: BootMenu, label: string): BootMenu | undefined {
  const entry = menu.entries.find((candidate) => candidate.label === label)
  return entry === undefined
    ? undefined
    : {...menu, entries: [entry], default: label, timeoutSeconds: 0, hasUtilities: false, frames: undefined}
}

/** The address of our HTTP server, without a slash at the end. */
export function httpUrlOf({server, httpPort}: Pick<BootContext, 'server' | 'httpPort'>): string {
  return `http://${server}${httpPort === 80 ? '' : `:${httpPort}`}`
}

function hostMenuOf(host: BootHost, entries: readonly BootEntry[], context: BootContext): BootMenu {
  const menu = menuOf(entries, entries[0]?.label ?? LOCAL.label, context)
  return {...menu, title: host.name, client: clientName(host.mac), note: undefined, isStrict: true, hasUtilities: false}
}

/** The local disk is the last choice. Where there is nothing to choose there is nothing to wait for. */
function menuOf(
  entries: readonly BootEntry[],
  label: string,
  context: BootContext,
): Pick<BootMenu, 'entries' | 'default' | 'timeoutSeconds' | 'console' | 'pxelinuxUi' | 'frames'> {
  const {console, server, templates, pxelinuxUi} = context
  const timeoutSeconds = entries.length === 0 ? 0 : context.timeoutSeconds
  const frames = templates === undefined ? undefined : {...templates, server, httpUrl: httpUrlOf(context)}
  return {entries: [...entries, LOCAL], default: label, timeoutSeconds, console, pxelinuxUi, frames}
}

function entriesOf(image: BootImage, host: BootHost | undefined, context: BootContext, label: string): BootEntry[] {
  const entryContext: EntryContext = {host, console: context.console, httpUrl: httpUrlOf(context), label}
  return imageEntries(image, entryContext)
}

/** A host has one image, so that its kind is name enough. */
function firstLabel({boot}: BootImage): string {
  return boot.kind
}

/** Labels of menus that stand for something else: the local disk, and what iPXE's scripts jump to. */
const RESERVED = ['local', 'start', 'shell', 'reboot', 'failed', 'needs-bios', 'needs-uefi']

/** `Debian_12.5` → `debian-12-5`; an image may have several entries, whose labels must be free as well. */
function uniqueLabel(name: string, taken: Set<string>): string {
  const slug = name.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  const plain = slug.replace(/^-|-$/g, '') || 'image'
  const isFree = (label: string): boolean => labelSuffixes.every((suffix) => !taken.has(`${label}${suffix}`))
  let label = plain
  for (let count = 2; !isFree(label); count++) label = `${plain}-${count}`
  for (const suffix of labelSuffixes) taken.add(`${label}${suffix}`)
  return label
}

/** Images without a date, which somebody put there by hand, come last, by title. */
function newestFirst(images: Iterable<BootImage>): BootImage[] {
  return [...images].sort((a, b) => (b.addedAt ?? '').localeCompare(a.addedAt ?? '') || compareText(a.title, b.title))
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * `boot.default` may name an image that is not there yet (a new lab) or not any more. That must not stop changes to
 * other hosts, so such a client boots its disk, and the menu says why.
 */
function findDefault(context: BootContext): BootImage | undefined {
  return context.default === 'local' ? undefined : context.images.get(context.default)
}

function noteOf(context: BootContext, ofAllImages: boolean): string | undefined {
  const isMissing = context.default !== 'local' && !context.images.has(context.default)
  const missing = isMissing ? [`the setting boot.default names the image ${context.default}, which is not there`] : []
  const problems = ofAllImages ? [...(context.imageProblems?.values() ?? [])] : []
  const notes = [...missing, ...problems]
  return notes.length === 0 ? undefined : notes.join('; ')
}

function getImage(name: string, context: BootContext): BootImage {
  const image = context.images.get(name)
  if (image !== undefined) return image
  throw imageNotFound(name, context.images.keys(), context.imageProblems?.get(name))
}
