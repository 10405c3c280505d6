// pxectl.ini, the environment and flags into one checked settings record. Order: flag, environment, file, default.
import {dirname, resolve} from 'node:path'
import {parse as parseIni} from 'ini'
import {PxectlError} from '../errors.js'
import {hostIpProblem, renderRange, subnetHas} from '../net/ipv4.js'
import {findNearest} from '../net/nearest.js'
import {findIniKeys} from './ini-lines.js'
import type {Settings} from './settings.js'
import {environmentName, isSettingName, settingNames, settingTable, type SettingName, type SettingValues} from './setting-table.js'

export type SettingsSource = {
  readonly configPath: string
  readonly text: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly flags?: Partial<Record<SettingName, string>>
}

/** Where a value came from, for `config list` and for error messages. */
export type SettingOrigin = 'flag' | 'environment' | 'file' | 'default'

export type ReadSetting = {readonly name: SettingName; readonly text: string; readonly origin: SettingOrigin; readonly line?: number}

/** Every setting as text, with its origin; throws on an unknown key, naming file, line and the nearest valid name. */
export function readSettingTexts(source: SettingsSource): ReadSetting[] {
  const file = readFileTexts(source)
  return settingNames.map((name): ReadSetting => {
    const flag = source.flags?.[name]
    if (flag !== undefined) return {name, text: flag, origin: 'flag'}
    const environment = source.environment[environmentName(name)]
    if (environment !== undefined) return {name, text: environment.trim(), origin: 'environment'}
    return file.get(name) ?? {name, text: settingTable[name].default, origin: 'default'}
  })
}

/** The settings of a lab. A bad value in the file is invalid data (exit 7), on the command line or in the environment bad usage (exit 2). */
export function readSettings(source: SettingsSource): Settings {
  const folder = dirname(source.configPath)
  const texts = readSettingTexts(source)
  const values: Partial<Record<SettingName, unknown>> = {}
  for (const read of texts) {
    // A relative path on the command line is relative to where the user stands, one in the file to the file.
    const base = read.origin === 'flag' ? process.cwd() : folder
    // The one back end whose configuration is no file: there it names a network.
    const isPath = read.name !== 'dhcp.config' || getText(texts, 'dhcp.backend').text !== 'virtualbox'
    try {
      values[read.name] = settingTable[read.name].parse(read.text, (path) => (isPath ? resolve(base, path) : path))
    } catch (error) {
      throw settingError(source, read, error)
    }
  }
  const settings = settingsRecord(values as SettingValues)
  checkNetwork(settings, (name, problem) => settingError(source, getText(texts, name), new Error(problem)))
  return settings
}

function readFileTexts(source: SettingsSource): Map<SettingName, ReadSetting> {
  const parsed: Record<string, unknown> = parseIni(source.text)
  const texts = new Map<SettingName, ReadSetting>()
  for (const {name, line} of findIniKeys(source.text)) {
    if (!isSettingName(name)) throw unknownSetting(name, `${source.configPath} line ${line}`, 'invalidData')
    const [section = '', key = ''] = name.split('.')
    const value = (parsed[section] as Record<string, unknown> | undefined)?.[key]
    // The ini package reads a key without "=" as true, and "true" and "false" as booleans.
    texts.set(name, {name, text: value === undefined || value === null ? '' : String(value).trim(), origin: 'file', line})
  }
  return texts
}

/** The error for a name that is no setting. */
export function unknownSetting(name: string, where: string, kind: 'invalidData' | 'usage' | 'notFound'): PxectlError {
  const nearest = findNearest(name, settingNames)
  return new PxectlError(`there is no setting "${name}" (${where})`, {
    code: 'SETTING_UNKNOWN',
    kind,
    details: {name},
    suggestions: [...(nearest === undefined ? [] : [`did you mean ${nearest}?`]), 'see all settings: pxectl config list'],
  })
}

function getText(texts: readonly ReadSetting[], name: SettingName): ReadSetting {
  return texts.find((text) => text.name === name) ?? {name, text: '', origin: 'default'}
}

function settingError(source: SettingsSource, read: ReadSetting, error: unknown): PxectlError {
  const where = {
    flag: 'on the command line',
    environment: `in the environment variable ${environmentName(read.name)}`,
    file: `in ${source.configPath} line ${read.line ?? 0}`,
    default: 'by default',
  }[read.origin]
  const message = error instanceof Error ? error.message : String(error)
  const suggestions = error instanceof PxectlError ? error.suggestions : []
  return new PxectlError(`bad value of ${read.name} ${where}: ${message}`, {
    code: 'SETTING_INVALID',
    kind: read.origin === 'file' ? 'invalidData' : 'usage',
    details: {name: read.name, value: read.text, origin: read.origin, ...(read.line === undefined ? {} : {line: read.line})},
    suggestions: [...suggestions, `${read.name}: ${settingTable[read.name].summary}`],
    cause: error,
  })
}

function settingsRecord(values: SettingValues): Settings {
  return {
    lab: {name: values['lab.name'], database: values['lab.database'], tftpRoot: values['lab.tftp-root']},
    network: {
      interface: values['network.interface'],
      server: values['network.server'],
      subnet: values['network.subnet'],
      range: values['network.range'],
      gateway: values['network.gateway'],
      dns: values['network.dns'],
      domain: values['network.domain'],
    },
    dhcp: {
      backend: values['dhcp.backend'],
      config: values['dhcp.config'],
      restart: values['dhcp.restart'],
      omapi: values['dhcp.omapi'],
      log: values['dhcp.log'],
      placement: values['dhcp.placement'],
      include: values['dhcp.include'],
      bootOptions: values['dhcp.boot-options'],
      unknownClients: values['dhcp.unknown-clients'],
    },
    boot: {
      default: values['boot.default'],
      timeoutSeconds: values['boot.timeout'],
      console: values['boot.console'],
      loader: values['boot.loader'],
      loaderX64: values['boot.loader-x64'],
      loaderIa32: values['boot.loader-ia32'],
      loaderArm64: values['boot.loader-arm64'],
    },
    fs: {
      directory: values['fs.directory'],
      state: values['fs.state'],
      exports: values['fs.exports'],
      locale: values['fs.locale'],
      timezone: values['fs.timezone'],
    },
    vm: {
      hypervisor: values['vm.hypervisor'],
      cpus: values['vm.cpus'],
      memoryMiB: values['vm.memory'],
      vramMiB: values['vm.vram'],
      network: values['vm.network'],
    },
    serve: {
      listen: values['serve.listen'],
      tftpPort: values['serve.tftp-port'],
      httpPort: values['serve.http-port'],
      dhcpPort: values['serve.dhcp-port'],
      maxBlksize: values['serve.max-blksize'],
      singlePort: values['serve.single-port'],
      engine: values['serve.engine'],
      webListen: values['serve.web-listen'],
      webPort: values['serve.web-port'],
      webNames: values['serve.web-names'],
      webPassword: values['serve.web-password'],
      webToken: values['serve.web-token'],
    },
  }
}

/** What two settings say together: server, gateway and range belong to the subnet. */
function checkNetwork(settings: Settings, problem: (name: SettingName, text: string) => PxectlError): void {
  const {server, subnet, range, gateway} = settings.network
  if (subnet === undefined) return
  for (const [name, ip] of [
    ['network.server', server],
    ['network.gateway', gateway],
  ] as const) {
    const wrong = ip === undefined ? undefined : hostIpProblem(subnet, ip)
    if (wrong !== undefined) throw problem(name, `${ip} cannot be used: ${wrong}`)
  }
  if (range !== undefined && !(subnetHas(subnet, range.first) && subnetHas(subnet, range.last))) {
    throw problem('network.range', `${renderRange(range)} is not wholly in the subnet (network.subnet)`)
  }
}
