// Reads dnsmasq's configuration with all that it includes, as dnsmasq does.
import {dirname, join} from 'node:path'
import {PxectlError} from '../errors.js'
import {findBytes, findStats, listFolder} from '../system/files.js'
import {
  parseConfLines,
  parseHostLines,
  readDhcpHost,
  readDhcpRange,
  type ConfLine,
  type DnsmasqHost,
  type DnsmasqRange,
} from './dnsmasq-conf.js'
import {ownPlaces, type DnsmasqPlaces} from './dnsmasq-places.js'

export type DnsmasqFile = {readonly path: string; readonly bytes: Buffer; readonly lines: readonly ConfLine[]}

export type Located = {readonly file: string; readonly line: number}

export type DnsmasqConfiguration = {
  /** What dnsmasq is started with: the file of the settings, or the system's that includes it. */
  readonly root: string
  /** Folders that the service adds on its command line, as `conf-dir` takes them. */
  readonly extraFolders: readonly (readonly string[])[]
  readonly files: readonly DnsmasqFile[]
  /** The files of dhcp-hostsdir and dhcp-hostsfile; ours among them also while no line names them. */
  readonly hostFiles: readonly DnsmasqFile[]
  /** Folders of configuration files that are read, except ours. */
  readonly confFolders: readonly (readonly string[])[]
  readonly hosts: readonly (DnsmasqHost & Located & {readonly managed: boolean})[]
  readonly ranges: readonly (DnsmasqRange & Located)[]
}

type Reading = {files: DnsmasqFile[]; hostFiles: DnsmasqFile[]; confFolders: (readonly string[])[]}

/** Reads everything; throws where the file of the settings is missing. */
export async function readDnsmasq(places: DnsmasqPlaces): Promise<DnsmasqConfiguration> {
  const {config, system} = places
  if ((await findStats(config))?.isFile() !== true) throw missing(config)
  const extra = await extraFolders(places)
  const ofSystem = config === system ? undefined : await readFrom(system, extra)
  const isIncluded = ofSystem?.files.some((file) => file.path === config) === true
  const root = config === system || isIncluded ? system : config
  const folders = root === system ? extra : []
  const reading = isIncluded && ofSystem !== undefined ? ofSystem : await readFrom(config, folders)
  const own = ownPlaces(places)
  await readHostFolder(own.hosts, reading)
  const hostLines = [
    ...reading.files.flatMap(({path, lines}) => lines.filter(({key}) => key === 'dhcp-host').map((line) => ({path, line}))),
    ...reading.hostFiles.flatMap(({path, lines}) => lines.map((line) => ({path, line}))),
  ]
  return {
    root,
    extraFolders: folders,
    files: reading.files,
    hostFiles: reading.hostFiles,
    confFolders: reading.confFolders.filter(([folder]) => folder !== own.conf),
    hosts: hostLines.map(({path, line}) => ({
      ...readDhcpHost(line.fields),
      file: path,
      line: line.line,
      managed: dirname(path) === own.hosts,
    })),
    ranges: reading.files.flatMap(({path, lines}) =>
      lines.flatMap(({key, fields, line}) => {
        const range = key === 'dhcp-range' ? readDhcpRange(fields) : undefined
        return range === undefined ? [] : [{...range, file: path, line}]
      }),
    ),
  }
}

/** Debian starts dnsmasq with `-7 $CONFIG_DIR`, from /etc/default/dnsmasq. */
async function extraFolders({defaults}: DnsmasqPlaces): Promise<(readonly string[])[]> {
  const text = (await findBytes(defaults))?.toString('latin1') ?? ''
  const value = /^[ \t]*CONFIG_DIR=["']?([^"'\s]+)/m.exec(text)?.[1]
  return value === undefined ? [] : [value.split(',')]
}

async function readFrom(path: string, folders: readonly (readonly string[])[]): Promise<Reading> {
  const reading: Reading = {files: [], hostFiles: [], confFolders: []}
  await readFile(path, reading)
  for (const folder of folders) await readConfFolder(folder, reading)
  return reading
}

async function readFile(path: string, reading: Reading): Promise<void> {
  const known = [...reading.files, ...reading.hostFiles].some((file) => file.path === path)
  if (known || (await findStats(path))?.isFile() !== true) return
  const bytes = (await findBytes(path)) ?? Buffer.alloc(0)
  const lines = parseConfLines(bytes)
  reading.files.push({path, bytes, lines})
  for (const {key, fields} of lines) {
    const [target = ''] = fields
    if (target === '') continue
    // Relative to dnsmasq's working folder, `/` for a service.
    const named = join('/', target)
    if (key === 'conf-file') await readFile(named, reading)
    else if (key === 'conf-dir') await readConfFolder([named, ...fields.slice(1)], reading)
    else if (key === 'dhcp-hostsdir' || key === 'dhcp-hostsfile') await readHostFolder(named, reading)
  }
}

async function readConfFolder(folder: readonly string[], reading: Reading): Promise<void> {
  const [path = ''] = folder
  if ((await findStats(path))?.isDirectory() !== true) return
  reading.confFolders.push(folder)
  for (const name of await listFolder(path)) if (isReadFrom(folder, name)) await readFile(join(path, name), reading)
}

/** Does dnsmasq read a file of this name? `conf-dir=/d,.bak` leaves out *.bak; `conf-dir=/d,*.conf` reads *.conf alone. */
export function isReadFrom([, ...patterns]: readonly string[], name: string): boolean {
  if (isSkipped(name)) return false
  const wanted = patterns.filter((pattern) => pattern.startsWith('*')).map((pattern) => pattern.slice(1))
  if (wanted.length > 0 && !wanted.some((ending) => name.endsWith(ending))) return false
  return !patterns.some((pattern) => pattern !== '' && !pattern.startsWith('*') && name.endsWith(pattern))
}

/** Hidden files and what editors leave. */
function isSkipped(name: string): boolean {
  return name.startsWith('.') || name.endsWith('~') || (name.startsWith('#') && name.endsWith('#'))
}

/** A dhcp-hostsfile may be a folder as well. */
async function readHostFolder(path: string, reading: Reading): Promise<void> {
  const stats = await findStats(path)
  const paths =
    stats?.isDirectory() === true ? (await listFolder(path)).filter((name) => !isSkipped(name)).map((name) => join(path, name)) : [path]
  for (const file of paths) {
    if (reading.hostFiles.some((known) => known.path === file) || (await findStats(file))?.isFile() !== true) continue
    const bytes = (await findBytes(file)) ?? Buffer.alloc(0)
    reading.hostFiles.push({path: file, bytes, lines: parseHostLines(bytes)})
  }
}

function missing(config: string): PxectlError {
  return new PxectlError(`the DHCP server's configuration ${config} does not exist; nothing was changed`, {
    code: 'DHCPD_CONF_MISSING',
    kind: 'notFound',
    details: {path: config},
    suggestions: [
      'install the DHCP server: apt-get install dnsmasq',
      'name the right file: pxectl config set dhcp.config /etc/dnsmasq.conf',
    ],
  })
}
