// The composition root: the only place that wires real parts together.
import {basename, dirname, join} from 'node:path'
import {PxectlError} from '../errors.js'
import {openDnsmasqServer} from '../dhcp/dnsmasq.js'
import {openIscServer} from '../dhcp/isc.js'
import {openKeaServer} from '../dhcp/kea.js'
import type {DhcpServer} from '../dhcp/server.js'
import {defaultVmwareConfig} from '../dhcp/vmware-restart.js'
import {openVmwareServer} from '../dhcp/vmware.js'
import {openSqliteStore} from '../hosts/sqlite-store.js'
import type {HostStore} from '../hosts/store.js'
import {exec} from '../system/exec.js'
import {execGroup} from '../system/exec-group.js'
import {readBytes} from '../system/files.js'
import {lookupNames} from '../system/network.js'
import {getConfigPath} from './find-config.js'
import {readSettings} from './read-settings.js'
import type {DhcpBackend, Settings} from './settings.js'
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
  /** The DHCP server whose configuration pxectl edits; undefined with the back ends `builtin` and `none`. */
  readonly dhcp: DhcpServer | undefined
  /** Does a change of the DHCP configuration restart its server? Not with the setting dhcp.restart = none. */
  readonly restartsDhcp: boolean
  /** Asks the name service who has an address; none when it does not know, or not in time. */
  readonly lookupNames: (ip: string) => Promise<string[]>
  readonly lockPath: string
  readonly journalPath: string
  /** The leases of clients that are no hosts. */
  readonly leasesPath: string
  /** pxectl.ini read again, under the flags and the environment that the lab was opened with. */
  readonly readSettings: () => Promise<Settings>
  close(): Promise<void>
}

export async function openLab(options: OpenLabOptions): Promise<Lab> {
  const {configPath, settings} = await openSettings(options)
  const stateFolder = stateFolderOf(settings)
  const dhcp = openDhcpServer(settings, stateFolder)
  const store = await openSqliteStore(settings.lab.database, {create: false})
  const state = join(stateFolder, basename(settings.lab.database))
  return {
    configPath,
    settings,
    store,
    dhcp,
    restartsDhcp: settings.dhcp.restart !== 'none',
    lookupNames,
    lockPath: `${state}.lock`,
    journalPath: `${state}.journal`,
    leasesPath: `${state}.leases`,
    readSettings: async () => (await openSettings(options)).settings,
    close: () => store.close(),
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

/** Lock, journal and backups stand beside the database, because that is what several labs could share. */
function stateFolderOf(settings: Settings): string {
  return join(dirname(settings.lab.database), '.pxectl')
}

/** Throws where this version does not know the DHCP server. */
export function refuseUnsupported(backend: DhcpBackend): void {
  if (backend !== 'virtualbox') return
  throw new PxectlError(`the DHCP back end ${backend} is not supported by this version`, {
    code: 'DHCP_BACKEND_UNSUPPORTED',
    kind: 'environment',
    details: {backend},
    suggestions: ['use ISC dhcpd: pxectl config set dhcp.backend isc', 'use the built-in server: pxectl config set dhcp.backend builtin'],
  })
}

function openDhcpServer(settings: Settings, stateFolder: string): DhcpServer | undefined {
  const {backend, config, restart, placement, include, bootOptions} = settings.dhcp
  refuseUnsupported(backend)
  const shared = {
    stateFolder,
    exec,
    restartExec: execGroup,
    ...(restart === undefined || restart === 'none' ? {} : {restart}),
    ...(settings.network.subnet === undefined ? {} : {subnet: settings.network.subnet}),
  }
  if (backend === 'dnsmasq') return openDnsmasqServer({...shared, config: config ?? '/etc/dnsmasq.conf'})
  const bootOptionsScope = bootOptions === 'none' ? undefined : bootOptions
  if (backend === 'kea') return openKeaServer({...shared, config: config ?? '/etc/kea/kea-dhcp4.conf', bootOptionsScope})
  if (backend === 'vmware') {
    const {platform} = process
    return openVmwareServer({...shared, config: config ?? defaultVmwareConfig(platform), platform, bootOptionsScope})
  }
  if (backend !== 'isc') return undefined
  return openIscServer({
    ...shared,
    config: config ?? '/etc/dhcp/dhcpd.conf',
    placement,
    bootOptionsScope,
    ...(include === undefined ? {} : {include}),
  })
}
