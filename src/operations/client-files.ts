// Menus made at the moment they are asked for, from the host database as it is then; nothing is written to the disk.
//
// A name that tells a host (its MAC, its address in hexadecimal) gets that host's menu. The menus for unknown clients go
// by the client's address instead, and only they: boot.ipxe and grub/grub.cfg are one script for all, which asks on with
// the MAC that the client itself knows. That stays right where many clients share an address; see find-client.ts.
import {menuLanguages} from '../boot/languages.js'
import type {BootFile, BootFileRequest, BootFileSource} from '../bootfiles/boot-file.js'
import {plainAddress} from '../bootfiles/transfer-event.js'
import {messageOf, PxectlError} from '../errors.js'
import type {Host} from '../hosts/host.js'
import type {Lab} from '../lab/open-lab.js'
import type {Settings} from '../lab/settings.js'
import {openNeighbours} from '../system/neighbours.js'
import {openLeases} from './dhcpd-leases.js'
import {clientFinder, type ClientFinder, type MacTable} from './find-client.js'
import {openHostLookup, type HostLookup} from './host-lookup.js'
import {menuContext, type MenuContext} from './menu-context.js'
import {bootCfgFile, hostMenuFile, type HostMenuRequest, labMenuFile} from './menu-file.js'
import {findMenuName, type MenuName} from './menu-names.js'
import {closeFile, lookOnDisk, type OnDisk} from './menu-on-disk.js'
import {onceReporter, type OnceReporter} from './once-reporter.js'

export type ClientFilesOptions = {
  /** Trouble with the database, the settings, an image or a template, once until it is over. Must not throw. */
  readonly onWarning?: (message: string) => void
  /** The settings as they are now; without it those that the lab was opened with count for ever. */
  readonly readSettings?: () => Promise<Settings>
  /** Who may know the hardware address of a client; by default the kernel and the leases of ISC dhcpd. */
  readonly tables?: readonly MacTable[]
  /** A clock that never goes back, in milliseconds. */
  readonly now?: () => number
}

/** A source with a connection to the host database of its own. */
export type ClientFiles = BootFileSource & {readonly close: () => Promise<void>}

type Parts = {
  readonly tree: BootFileSource
  readonly hosts: HostLookup
  readonly clients: ClientFinder
  readonly context: (anew?: boolean) => Promise<MenuContext | undefined>
  readonly report: OnceReporter
}

/** The files of the tree, and the menus of the lab, which need not be there. Other names go straight to the tree. */
export function clientFiles(lab: Lab, tree: BootFileSource, options: ClientFilesOptions = {}): ClientFiles {
  const {now = () => performance.now(), readSettings = async () => lab.settings} = options
  const report = onceReporter(options.onWarning ?? (() => undefined))
  const hosts = openHostLookup(lab.settings.lab.database, now)
  const parts: Parts = {
    tree,
    hosts,
    clients: clientFinder({hosts, tables: options.tables ?? usualTables(lab), now}),
    context: menuContext({
      lab,
      readSettings,
      now,
      onProblem: (problem) => report.tell('settings', `the settings were not read again: ${messageOf(problem)}`),
      onImageProblems: problemReporter(report, 'image'),
      onTemplateProblems: problemReporter(report, 'template'),
    }),
    report,
  }
  const source: BootFileSource = (request) => {
    const menu = findMenuName(request.name)
    return menu === undefined ? tree(request) : openMenu(parts, menu, request)
  }
  return Object.assign(source, {close: () => hosts.close()})
}

/** The trouble of each image or template once, until it is over. */
function problemReporter(report: OnceReporter, what: string): (problems: ReadonlyMap<string, string>) => void {
  let told: readonly string[] = []
  return (problems) => {
    for (const name of told) if (!problems.has(name)) report.clear(`${what} ${name}`)
    for (const [name, problem] of problems) report.tell(`${what} ${name}`, problem)
    told = [...problems.keys()]
  }
}

function usualTables(lab: Lab): MacTable[] {
  const {backend, config} = lab.settings.dhcp
  const leases = backend === 'isc' ? [openLeases({config, now: () => new Date()})] : []
  return [openNeighbours(), ...leases]
}

/** A person's file, else the menu as the database has it, else what else is on the disk. */
async function openMenu(parts: Parts, menu: MenuName, request: BootFileRequest): Promise<BootFile> {
  const onDisk = await lookOnDisk(parts.tree, request)
  if (onDisk.kind === 'foreign') return onDisk.file
  const made = await makeMenu(parts, menu, request).catch((error: unknown) => {
    parts.report.tell('menus', `menus are served from the disk: ${messageOf(error)}`)
    return undefined
  })
  if (made === undefined) return fromDisk(onDisk)
  await closeFile(onDisk)
  return made
}

/** undefined where the database knows nothing about it. */
async function makeMenu(parts: Parts, menu: MenuName, request: BootFileRequest): Promise<BootFile | undefined> {
  const context = await parts.context()
  if (context === undefined) return undefined
  if (menu.kind === 'script') return labMenuFile(menu.path, context)
  const host = await findHost(parts, menu, plainAddress(request.client))
  parts.report.clear('menus')
  if (menu.kind === 'boot-cfg') return bootCfgFile({image: menu.image, host, context, tree: parts.tree}, request)
  const {loader, only} = menu
  const file =
    host === undefined ? undefined : await openHostMenu(parts, {host, context, loader, ...(only === undefined ? {} : {only})}, request)
  return file ?? (menu.kind === 'default' ? labMenuFile(menu.path, context, only) : undefined)
}

async function findHost({hosts, clients}: Parts, menu: Exclude<MenuName, {kind: 'script'}>, client: string): Promise<Host | undefined> {
  switch (menu.kind) {
    case 'boot-cfg':
      return menu.mac === undefined ? undefined : hosts.findByMac(menu.mac)
    case 'mac': {
      const host = await hosts.findByMac(menu.mac)
      if (host === undefined) clients.noteStranger(client)
      return host
    }
    case 'ip':
      return hosts.findByIp(menu.ip)
    case 'default':
      return clients.findHost(client)
  }
}

/** The host's menu, whatever name led to the host: a person's file under the host's own name counts then too. */
async function openHostMenu(parts: Parts, wanted: HostMenuRequest, request: BootFileRequest): Promise<BootFile | undefined> {
  const name = menuLanguages[wanted.loader].nameFor(wanted.host.mac)
  // One entry of the menu is asked for by our own scripts alone, which know what they want.
  const isLookedAt = wanted.only !== undefined || request.name.endsWith(name)
  const onDisk: OnDisk | undefined = isLookedAt ? undefined : await lookOnDisk(parts.tree, {...request, name})
  if (onDisk?.kind === 'foreign') return onDisk.file
  const made = await renderHostMenu(parts, wanted)
  if (made === undefined) return onDisk?.kind === 'ours' ? onDisk.file : undefined
  if (onDisk !== undefined) await closeFile(onDisk)
  return made
}

/** undefined, and a warning, where there can be none; such a host keeps the file it has, as when boot files are renewed. */
async function renderHostMenu({context, report}: Parts, wanted: HostMenuRequest): Promise<BootFile | undefined> {
  const {host} = wanted
  const topic = `host ${host.name}`
  try {
    const file = await renderTwice(wanted, () => context(true))
    report.clear(topic)
    return file
  } catch (error) {
    report.tell(topic, `the boot menu of ${host.name} cannot be made: ${messageOf(error)}`)
    return undefined
  }
}

/** The images are not looked at for every menu; one that came a moment ago is worth a second look. */
async function renderTwice(wanted: HostMenuRequest, lookAgain: () => Promise<MenuContext | undefined>): Promise<BootFile | undefined> {
  try {
    return hostMenuFile(wanted)
  } catch (error) {
    const isMissingImage = error instanceof PxectlError && error.code === 'IMAGE_NOT_FOUND'
    const context = isMissingImage ? await lookAgain() : undefined
    if (context === undefined) throw error
    return hostMenuFile({...wanted, context})
  }
}

function fromDisk(onDisk: OnDisk): BootFile {
  if (onDisk.kind === 'absent') throw onDisk.error
  return onDisk.file
}
