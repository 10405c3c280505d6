// Every setting of pxectl.ini: its name, its default as it would be written, what it means, and how its text is read.
// The order is the order of the file that `pxectl init` writes.
import {PxectlError} from '../errors.js'
import {isDatabaseUrl, parseDatabaseUrl} from '../hosts/database-place.js'
import {parseHostname} from '../net/hostname.js'
import {parseIpv4, parseRange, parseSubnet} from '../net/ipv4.js'
import {parsePasswordHash, parseTokenHash} from './web-secrets.js'
import {bootLoaders, bootOptionsScopes, dhcpBackends, hostPlacements, hypervisors, omapiUses, tftpEngines} from './settings.js'

export type SettingDefinition<T = unknown> = {
  readonly default: string
  readonly summary: string
  /** Text to value; `folder` is what relative paths are relative to. Throws a PxectlError that names the value. */
  readonly parse: (text: string, resolvePath: (path: string) => string) => T
}

const setting = <T>(defaultText: string, summary: string, parse: SettingDefinition<T>['parse']): SettingDefinition<T> => ({
  default: defaultText,
  summary,
  parse,
})

/** The same reader for a setting that may be empty. */
const optional =
  <T>(parse: SettingDefinition<T>['parse']): SettingDefinition<T | undefined>['parse'] =>
  (text, resolvePath) =>
    text === '' ? undefined : parse(text, resolvePath)

const text = (value: string): string => {
  if (/\p{Cc}/u.test(value)) throw badValue(value, 'a text on one line')
  return value
}
const path = (value: string, resolvePath: (path: string) => string): string => {
  if (value === '') throw badValue(value, 'a path')
  return resolvePath(value)
}
/** A folder of the lab's own: its files are served, and pxectl writes menus into it. */
const servedFolder = (value: string, resolvePath: (path: string) => string): string => {
  const folder = path(value, resolvePath)
  if (folder === '/' || folder === resolvePath('.')) throw badValue(value, 'a folder of its own (everything in it is served)')
  return folder
}
/** A folder that pxectl alone fills. */
const ownFolder = (value: string, resolvePath: (path: string) => string): string => {
  const folder = path(value, resolvePath)
  if (folder === '/' || folder === resolvePath('.')) throw badValue(value, 'a folder of its own')
  return folder
}
/** The same, where NFS clients and exports(5) are told the path as it is. */
const exportedFolder = (value: string, resolvePath: (path: string) => string): string => {
  const folder = ownFolder(value, resolvePath)
  if (!/^[\w./@+-]+$/.test(folder)) throw badValue(folder, 'a path of letters, digits and . _ - + @ / alone')
  return folder
}

const locale = (value: string): string => {
  if (!/^[A-Za-z][\w.@-]{0,63}$/.test(value)) throw badValue(value, 'a locale such as C.UTF-8 or de_DE.UTF-8')
  return value
}

/** A name of the time zone database: a path below /usr/share/zoneinfo. */
const timezone = (value: string): string => {
  if (!/^[A-Za-z][\w+-]*(\/[A-Za-z][\w+-]*){0,2}$/.test(value)) throw badValue(value, 'a time zone such as Europe/Berlin')
  return value
}

/** The name of a file below the TFTP root, as a client asks for it. */
const bootFileName = (value: string): string => {
  const isPlain = /^[\x21-\x7e]+$/.test(value) && !/[\\"%?#]/.test(value)
  const isBelow = !value.startsWith('/') && !value.split('/').some((part) => part === '' || part === '.' || part === '..')
  if (!isPlain || !isBelow || value.length > 64) throw badValue(value, 'the name of a file below the TFTP root, in plain characters')
  return value
}

const oneOf =
  <T extends string>(choices: readonly T[]) =>
  (value: string): T => {
    const found = choices.find((choice) => choice === value)
    if (found === undefined) throw badValue(value, `one of ${choices.join(', ')}`)
    return found
  }

const integer =
  (least: number, most: number) =>
  (value: string): number => {
    const number = Number(value)
    if (!/^\d+$/.test(value) || number < least || number > most) throw badValue(value, `a whole number from ${least} to ${most}`)
    return number
  }

const logPlace = (value: string, resolvePath: (path: string) => string): string =>
  value === 'journal' || value === 'none' ? value : path(value, resolvePath)

const yesOrNo = (value: string): boolean => oneOf(['yes', 'no'] as const)(value) === 'yes'

const listOf =
  <T>(parse: (text: string) => T) =>
  (value: string): T[] =>
    value
      .split(/[\s,]+/)
      .filter((part) => part !== '')
      .map(parse)

const database = (value: string, resolvePath: (path: string) => string): string => {
  if (isDatabaseUrl(value)) {
    parseDatabaseUrl(value)
    return value
  }
  if (/^[a-z]+:\/\//.test(value)) throw badValue(value, 'the path of a SQLite file or a URL such as postgres://pxectl@db.example/labs')
  return path(value, resolvePath)
}

function badValue(value: string, expected: string): PxectlError {
  return new PxectlError(`"${value}" is not ${expected}`, {code: 'SETTING_INVALID', kind: 'usage', details: {value, expected}})
}

export const settingTable = {
  'lab.name': setting('lab', 'the name of the lab, for menus and messages', text),
  'lab.database': setting('pxe.db', 'the host database: a SQLite file, or postgres://USER@SERVER/DATABASE', database),
  'lab.tftp-root': setting('tftpboot', 'the folder whose files are served to booting clients', servedFolder),
  'network.interface': setting('', 'the network interface of the lab; never guessed silently', optional(text)),
  'network.server': setting('', 'the address at which clients reach this server (next-server)', optional(parseIpv4)),
  'network.subnet': setting('', 'the subnet of the lab, e.g. 192.168.56.0/24', optional(parseSubnet)),
  'network.range': setting('', 'where free addresses are taken from, e.g. 192.168.56.100-192.168.56.199', optional(parseRange)),
  'network.gateway': setting('', 'the default router of the clients', optional(parseIpv4)),
  'network.dns': setting('', 'name servers of the clients, separated by commas', listOf(parseIpv4)),
  'network.domain': setting('', 'the domain name of the clients', optional(parseHostname)),
  'dhcp.backend': setting('builtin', `the DHCP server of the lab: ${dhcpBackends.join(', ')}`, oneOf(dhcpBackends)),
  'dhcp.config': setting(
    '',
    "the DHCP server's configuration file, e.g. /etc/dhcp/dhcpd.conf; with virtualbox its network",
    optional(path),
  ),
  'dhcp.restart': setting('', 'the command that restarts the DHCP server; empty: found; none: never restarted', optional(text)),
  'dhcp.omapi': setting(
    'auto',
    `tell a running ISC dhcpd of changed hosts without a restart: ${omapiUses.join(', ')} (auto: if dhcpd.conf has omapi-port and omapi-key)`,
    oneOf(omapiUses),
  ),
  'dhcp.log': setting(
    '',
    "where the DHCP server's log is read for `why`: a file, journal, or none; empty: the journal where there is one",
    optional(logPlace),
  ),
  'dhcp.placement': setting('region', `where new host entries go: ${hostPlacements.join(', ')}`, oneOf(hostPlacements)),
  'dhcp.include': setting('', 'the file of the host entries with placement = include', optional(path)),
  'dhcp.boot-options': setting(
    'none',
    `where next-server and filename are declared: ${bootOptionsScopes.join(', ')}`,
    oneOf(bootOptionsScopes),
  ),
  'dhcp.unknown-clients': setting(
    'no',
    'the built-in server gives leases of network.range to machines that are no hosts: yes or no',
    yesOrNo,
  ),
  'boot.default': setting('local', 'what hosts without image and root boot: local, or an image name', text),
  'boot.timeout': setting('10', 'seconds before a menu boots its default entry', integer(0, 3600)),
  'boot.console': setting('', 'the Linux console of the clients, e.g. ttyS0,115200', optional(text)),
  'boot.loader': setting('ipxe', `the loader that firmware is given first: ${bootLoaders.join(', ')}`, oneOf(bootLoaders)),
  'boot.loader-x64': setting('', 'the loader for x64 UEFI, below the TFTP root, e.g. shimx64.efi; empty: ipxe.efi', optional(bootFileName)),
  'boot.loader-ia32': setting('', 'the loader for 32-bit UEFI, below the TFTP root, e.g. ipxe32.efi; empty: none', optional(bootFileName)),
  'boot.loader-arm64': setting(
    '',
    'the loader for arm64 UEFI, below the TFTP root, e.g. ipxe-arm64.efi; empty: none',
    optional(bootFileName),
  ),
  'fs.directory': setting('roots', 'the folder of the PXE filesystems (diskless roots)', ownFolder),
  'fs.state': setting(
    '',
    'a folder with a folder for each host, mounted by it at /state and kept; empty: what hosts of shared roots write is gone when they stop',
    optional(exportedFolder),
  ),
  'fs.exports': setting(
    '/etc/exports.d/pxectl.exports',
    'the file that tells the NFS server of this machine what to export; none: somebody else does',
    (value, resolvePath) => (value === 'none' ? undefined : path(value, resolvePath)),
  ),
  'fs.locale': setting('C.UTF-8', 'the language of PXE filesystems, e.g. de_DE.UTF-8', locale),
  'fs.timezone': setting('', 'the time zone of PXE filesystems, e.g. Europe/Berlin; empty: that of this machine', optional(timezone)),
  'vm.hypervisor': setting('virtualbox', `the hypervisor of new VMs: ${hypervisors.join(', ')}`, oneOf(hypervisors)),
  'vm.cpus': setting('2', 'CPUs of a new VM', integer(1, 1024)),
  'vm.memory': setting('2048', 'memory of a new VM, in MiB', integer(4, 16_777_216)),
  'vm.vram': setting('64', 'video memory of a new VM, in MiB', integer(0, 1024)),
  'vm.network': setting('', 'the network of a new VM, e.g. bridged:eth0', optional(text)),
  'serve.listen': setting('', 'the address the servers listen on; empty: network.server', optional(parseIpv4)),
  'serve.tftp-port': setting('69', 'the TFTP port', integer(1, 65_535)),
  'serve.http-port': setting('8069', 'the HTTP port', integer(1, 65_535)),
  'serve.dhcp-port': setting('67', 'the port of the built-in DHCP server', integer(1, 65_535)),
  'serve.max-blksize': setting(
    '',
    'the largest TFTP block, in bytes; empty: what fits one frame of the network',
    optional(integer(8, 65_464)),
  ),
  'serve.engine': setting(
    'auto',
    'how TFTP and HTTP are served: auto (by the native parts where they were built), or plain (by Node alone)',
    oneOf(tftpEngines),
  ),
  'serve.single-port': setting('no', 'answer TFTP from the port that was asked, for NAT and containers: yes or no', yesOrNo),
  'serve.web-listen': setting('127.0.0.1', 'the address of the web page; beyond loopback it asks for a login', parseIpv4),
  'serve.web-port': setting('4040', 'the port of the web page', integer(1, 65_535)),
  'serve.web-names': setting('', 'further names under which the web page is asked for, separated by commas', listOf(parseHostname)),
  'serve.web-password': setting('', 'the hash of the password of the web page: pxectl web password', optional(parsePasswordHash)),
  'serve.web-token': setting('', 'the hash of the token for scripts that use the API: pxectl web token', optional(parseTokenHash)),
} as const

export type SettingName = keyof typeof settingTable
export type SettingValues = {readonly [Name in SettingName]: ReturnType<(typeof settingTable)[Name]['parse']>}

export const settingNames = Object.keys(settingTable) as SettingName[]

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(settingTable, name)
}

/** The environment variable of a setting: `dhcp.boot-options` is PXECTL_DHCP_BOOT_OPTIONS. */
export function environmentName(name: SettingName): string {
  return `PXECTL_${name.replace(/[.-]/g, '_').toUpperCase()}`
}
