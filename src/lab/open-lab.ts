// The composition root: the only place that wires real parts together.
import {basename, dirname, join} from 'node:path'
import type {DhcpServer} from '../dhcp/server.js'
import {type EventStore, openEventStore} from '../hosts/event-store.js'
import {openHostDatabase} from '../hosts/database.js'
import {isDatabaseUrl} from '../hosts/database-place.js'
import type {MachineStore} from '../hosts/machine-store.js'
import type {PartStore} from '../hosts/part-store.js'
import type {HostStore} from '../hosts/store.js'
import type {VmStore} from '../hosts/vm-store.js'
import {exec} from '../system/exec.js'
import {execGroup} from '../system/exec-group.js'
import {fileExists, makeFolder, readBytes} from '../system/files.js'
import {lookupNames} from '../system/network.js'
import {defaultDhcpConfig} from './dhcp-config.js'
import {getConfigPath} from './find-config.js'
import {openHypervisors, type Hypervisors} from './open-hypervisors.js'
import {readSettings} from './read-settings.js'
import type {Settings} from './settings.js'
import type {SettingName} from './setting-table.js'

export type OpenLabOptions = {
  readonly configFlag?: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly workingFolder: string
  /** Settings given as flags. */
  readonly settings?: Partial<Record<SettingName, string>>
}

/** An opened lab: its settings and the parts that act on it. Must be closed. */
export type Lab = {
  readonly configPath: string
  readonly settings: Settings
  readonly store: HostStore
  /** What is known of physical machines. */
  readonly machines: MachineStore
  /** The VMs that pxectl made. */
  readonly vms: VmStore
  readonly hypervisors: Hypervisors
  /** What was made because a lab file says so. */
  readonly parts: PartStore
  /**
   * The DHCP server whose configuration pxectl changes; undefined with the back ends `builtin` and `none`.
   * Opened when first asked for: most commands never do, and its code takes time to load.
   */
  readonly dhcp: (() => Promise<DhcpServer>) | undefined
  /** Does a change of the DHCP configuration restart its server? Not with the setting dhcp.restart = none. */
  readonly restartsDhcp: boolean
  /** Asks the name service who has an address; none when it does not know, or not in time. */
  readonly lookupNames: (ip: string) => Promise<string[]>
  readonly lockPath: string
  /** Held while a VM is made, changed or removed. */
  readonly vmLockPath: string
  readonly journalPath: string
  /** The leases of clients that are no hosts. */
  readonly leasesPath: string
  /** The file of what was seen of booting machines. */
  readonly eventsPath: string
  /** What was seen of booting machines. Opened when first asked for, and closed with the lab. */
  readonly openEvents: () => Promise<EventStore>
  /** pxectl.ini read again, under the flags and the environment that the lab was opened with. */
  readonly readSettings: () => Promise<Settings>
  close(): Promise<void>
}

export async function openLab(options: OpenLabOptions): Promise<Lab> {
  const {configPath, settings} = await openSettings(options)
  const {folder: stateFolder, name} = stateOf(configPath, settings)
  const store = await openHostDatabase(settings.lab.database, {create: false})
  const state = join(stateFolder, name)
  let events: Promise<EventStore> | undefined
  const openEvents = async (): Promise<EventStore> => {
    await makeFolder(stateFolder)
    return openEventStore(`${state}.events`)
  }
  const hypervisors = openHypervisors(options.environment)
  return {
    configPath,
    settings,
    store,
    machines: store.machines,
    vms: store.vms,
    hypervisors,
    parts: store.parts,
    dhcp: findDhcpServer(settings, stateFolder, options.environment),
    restartsDhcp: settings.dhcp.restart !== 'none',
    lookupNames,
    lockPath: `${state}.lock`,
    vmLockPath: `${state}.vms.lock`,
    journalPath: `${state}.journal`,
    leasesPath: `${state}.leases`,
    eventsPath: `${state}.events`,
    openEvents: () => (events ??= openEvents()),
    readSettings: async () => (await openSettings(options)).settings,
    close: async () => {
      ;(await events?.catch(() => undefined))?.close()
      await hypervisors.close()
      await store.close()
    },
  }
}

/** The settings alone, for commands that need no database. */
export async function openSettings(options: OpenLabOptions): Promise<{configPath: string; text: string; settings: Settings}> {
  const configPath = await getConfigPath({flag: options.configFlag, environment: options.environment, workingFolder: options.workingFolder})
  const text = (await readBytes(configPath)).toString('utf8')
  const settings = readSettings({
    configPath,
    text,
    environment: options.environment,
    ...(options.settings === undefined ? {} : {flags: options.settings}),
  })
  return {configPath, text, settings}
}

/** Lock, journal and backups stand beside the database, because that is what several labs could share; those of a server's, beside pxectl.ini. */
function stateOf(configPath: string, {lab}: Settings): {folder: string; name: string} {
  if (isDatabaseUrl(lab.database)) return {folder: join(dirname(configPath), '.pxectl'), name: 'postgres'}
  return {folder: join(dirname(lab.database), '.pxectl'), name: basename(lab.database)}
}

function findDhcpServer(settings: Settings, stateFolder: string, environment: OpenLabOptions['environment']): Lab['dhcp'] {
  let opened: Promise<DhcpServer> | undefined
  if (settings.dhcp.backend === 'virtualbox') return () => (opened ??= openVirtualbox(settings, stateFolder, environment))
  const fallback = defaultDhcpConfig(settings.dhcp.backend, process.platform)
  if (fallback === undefined) return undefined
  const config = settings.dhcp.config ?? fallback
  return () => (opened ??= openDhcpServer(settings, config, stateFolder))
}

/** The one back end without a file: dhcp.config names a network. */
async function openVirtualbox(
  {dhcp, lab, network, serve}: Settings,
  stateFolder: string,
  environment: OpenLabOptions['environment'],
): Promise<DhcpServer> {
  const {openVBoxManage} = await import('../vboxmanage/program.js')
  const {openVirtualboxServer} = await import('../dhcp/virtualbox.js')
  return openVirtualboxServer({
    vbox: openVBoxManage({exec, fileExists, platform: process.platform, environment}),
    network: dhcp.config ?? network.interface,
    stateFolder,
    restart: dhcp.restart === 'none' ? undefined : dhcp.restart,
    restartExec: execGroup,
    bootOptionsScope: dhcp.bootOptions === 'none' ? undefined : dhcp.bootOptions,
    subnet: network.subnet,
    range: network.range,
    natFolder: serve.tftpPort === 69 ? undefined : lab.tftpRoot,
  })
}

async function openDhcpServer({dhcp, network}: Settings, config: string, stateFolder: string): Promise<DhcpServer> {
  const {backend, restart, placement, include, bootOptions} = dhcp
  const shared = {
    config,
    stateFolder,
    exec,
    restartExec: execGroup,
    ...(restart === undefined || restart === 'none' ? {} : {restart}),
    ...(network.subnet === undefined ? {} : {subnet: network.subnet}),
  }
  if (backend === 'dnsmasq') return (await import('../dhcp/dnsmasq.js')).openDnsmasqServer(shared)
  const bootOptionsScope = bootOptions === 'none' ? undefined : bootOptions
  if (backend === 'kea') return (await import('../dhcp/kea.js')).openKeaServer({...shared, bootOptionsScope})
  if (backend === 'vmware') {
    return (await import('../dhcp/vmware.js')).openVmwareServer({...shared, platform: process.platform, bootOptionsScope})
  }
  const {openIscServer} = await import('../dhcp/isc.js')
  return openIscServer({...shared, omapi: dhcp.omapi === 'auto', placement, bootOptionsScope, ...(include === undefined ? {} : {include})})
}
