// Checked documents to one spec: names of all files side by side, groups written out, values parsed, nothing twice.
import {dirname, isAbsolute, resolve} from 'node:path'
import {findProblem} from '../errors.js'
import {definedOnly} from '../net/defined.js'
import {parseHostname, type Hostname} from '../net/hostname.js'
import {parseIpv4, type Ipv4} from '../net/ipv4.js'
import {parseHostMac, type Mac} from '../net/mac.js'
import type {Path} from './document.js'
import {expandGroups} from './groups.js'
import {orderVms} from './order-vms.js'
import {placeText, type LabFileProblem, type Place, type Report} from './problem.js'
import type {CheckedDocument, Named, RawFilesystem, RawGroup, RawHost, RawImage, RawStart, RawVm} from './raw.js'
import type {FilesystemSpec, HostSpec, ImageSpec, LabSpec, SettingSpec, VmSpecEntry} from './spec.js'

const NO_SECTIONS = ['$schema', 'include', 'vars', 'loaders', 'menus', 'images', 'filesystems', 'hosts', 'groups', 'vms', 'start']

export function joinDocuments(documents: readonly CheckedDocument[], problems: LabFileProblem[]): LabSpec {
  const report: Report = (place, message) => void problems.push({...place, message})
  const groups = expandGroups(namedParts<RawGroup>(documents, 'groups', report), report)
  const hosts = [...namedParts<RawHost | null>(documents, 'hosts', report), ...groups.hosts]
  const vms = [...namedParts<RawVm | null>(documents, 'vms', report), ...groups.vms]
  refuseSameNames('host', hosts, report)
  refuseSameNames('VM', vms, report)
  const hostSpecs = hosts.flatMap((one) => readHost(one, report) ?? [])
  refuseSameAddresses(hostSpecs, report)
  const images = namedParts<RawImage>(documents, 'images', report)
  const start = Object.assign({}, ...documents.map(({value}) => value.start ?? {})) as RawStart
  return {
    files: documents.map(({document}) => document.file).reverse(),
    settings: readSettings(documents, images, report),
    loaders: documents.every(({value}) => value.loaders !== false),
    menus: namedParts<string>(documents, 'menus', report).map(({name, value, place}) => ({
      format: name,
      path: besideFile(place, value),
      place,
    })),
    images: readImages(images, report),
    filesystems: namedParts<RawFilesystem | null>(documents, 'filesystems', report).map(readFilesystem),
    hosts: hostSpecs,
    vms: orderVms(vms.map(readVm), groups.members, report),
    start: {parallel: start.parallel ?? 1, delaySeconds: start.delay ?? 0},
  }
}

/** The parts of one kind in all files; a name may stand in one of them only. */
function namedParts<T>(documents: readonly CheckedDocument[], section: string, report: Report): Named<T>[] {
  const found = new Map<string, Named<T>>()
  for (const {document, value} of documents) {
    for (const [name, part] of Object.entries((value[section] ?? {}) as Record<string, T>)) {
      const place = document.placeOfKey([section, name] as Path)
      const other = found.get(name)
      if (other === undefined) found.set(name, {name, value: part, place})
      else report(place, `${section}.${name} stands at ${placeText(other.place)} already`)
    }
  }
  return [...found.values()]
}

/** DNS does not tell names apart by case, and a group may make a name that stands elsewhere. */
function refuseSameNames(what: string, parts: readonly Named<unknown>[], report: Report): void {
  const seen = new Map<string, Named<unknown>>()
  for (const part of parts) {
    const other = seen.get(part.name.toLowerCase())
    if (other === undefined) seen.set(part.name.toLowerCase(), part)
    else report(part.place, `there is a ${what} named ${other.name} already, at ${placeText(other.place)}`)
  }
}

function refuseSameAddresses(hosts: readonly HostSpec[], report: Report): void {
  for (const field of ['ip', 'mac'] as const) {
    const seen = new Map<string, HostSpec>()
    for (const host of hosts) {
      const value = host[field]
      if (value === undefined) continue
      const other = seen.get(value)
      if (other === undefined) seen.set(value, host)
      else report(host.place, `${host.name} has the ${field} ${value} of ${other.name}, at ${placeText(other.place)}`)
    }
  }
}

function readHost({name, value, place}: Named<RawHost | null>, report: Report): HostSpec | undefined {
  const raw = value ?? {}
  const read = <T>(parse: () => T): T | undefined => {
    const problem = findProblem(parse)
    if (problem === undefined) return parse()
    report(place, `${name}: ${problem}`)
    return undefined
  }
  const parsed = read((): Hostname => parseHostname(name))
  const ip = raw.ip === undefined ? undefined : read((): Ipv4 => parseIpv4(String(raw.ip)))
  const mac = raw.mac === undefined ? undefined : read((): Mac => parseHostMac(String(raw.mac)))
  if (raw.image !== undefined && raw.root !== undefined) report(place, `${name} cannot boot both an image and a root`)
  if (parsed === undefined) return undefined
  return {
    name: parsed,
    ...definedOnly({ip, mac, image: raw.image, root: raw.root, bootArgs: raw['boot-args'], firmware: raw.firmware}),
    dhcp: raw.dhcp ?? true,
    place,
  }
}

function readVm({name, value, place}: Named<RawVm | null>): VmSpecEntry {
  const raw = value ?? {}
  return {
    name,
    ...definedOnly({
      referPhysicalMachine: raw['refer-physical-machine'],
      remoteUser: raw['remote-user'],
      memoryPercent: raw['memory-percent'],
      cpus: raw.cpus,
      memory: raw.memory,
      vram: raw.vram,
      network: raw.network,
      firmware: raw.firmware,
      nic: raw.nic,
      osType: raw['os-type'],
      serial: raw.serial,
      hypervisor: raw.hypervisor,
      on: raw.on,
    }),
    disks: [raw.disk ?? []].flat(),
    start: raw.start ?? true,
    after: [raw.after ?? []].flat(),
    place,
  }
}

function readImages(parts: readonly Named<RawImage>[], report: Report): ImageSpec[] {
  const images = parts.map(({name, value, place}): ImageSpec => {
    const text = (key: string): string | undefined => (value[key] === undefined ? undefined : String(value[key]))
    const isOn = (key: string): boolean => value[key] === true
    return {
      name,
      source: besideFile(place, value.source),
      initrds: [value.initrd ?? []].flat().map((path) => besideFile(place, path)),
      ...definedOnly({
        checksum: text('checksum'),
        type: text('type'),
        title: text('title'),
        bootArgs: text('boot-args'),
        kickstart: text('kickstart'),
        platform: text('platform'),
        console: text('console'),
        rootPasswordFile: value['root-password-file'] === undefined ? undefined : besideFile(place, text('root-password-file') ?? ''),
      }),
      noimport: isOn('noimport'),
      standalone: isOn('standalone'),
      kmdb: isOn('kmdb'),
      kernelVerbose: isOn('kernel-verbose'),
      properties: Object.entries((value['properties'] ?? {}) as Record<string, unknown>).map(([key, one]) => `${key}=${String(one)}`),
      isDefault: isOn('default'),
      place,
    }
  })
  for (const other of images.filter(({isDefault}) => isDefault).slice(1)) {
    report(other.place, `${other.name} cannot be the default: one image is already`)
  }
  return images
}

function readFilesystem({name, value, place}: Named<RawFilesystem | null>): FilesystemSpec {
  const raw = value ?? {}
  const text = (key: string): string | undefined => (raw[key] === undefined ? undefined : String(raw[key]))
  const path = (key: string): string | undefined => (raw[key] === undefined ? undefined : besideFile(place, String(raw[key])))
  return {
    name,
    packages: [raw.packages ?? []].flat().flatMap((one) => one.split(/[\s,]+/).filter((word) => word !== '')),
    ...definedOnly({
      suite: text('suite'),
      mirror: text('mirror'),
      arch: text('arch'),
      user: text('user'),
      passwordFile: path('password-file'),
      sshKey: path('ssh-key'),
      style: text('style'),
      template: text('template'),
      hook: path('hook'),
      sizeLimit: text('size-limit'),
    }),
    place,
  }
}

/** The last file that names a setting decides, which is how a file overrules what it includes. */
function readSettings(documents: readonly CheckedDocument[], images: readonly Named<RawImage>[], report: Report): SettingSpec[] {
  const settings = new Map<string, SettingSpec>()
  for (const {document, value} of documents) {
    for (const [section, keys] of Object.entries(value)) {
      if (NO_SECTIONS.includes(section)) continue
      for (const [key, one] of Object.entries((keys ?? {}) as Record<string, unknown>)) {
        const place = document.placeOfKey([section, key])
        settings.set(`${section}.${key}`, {name: `${section}.${key}`, text: settingText(one), place})
      }
    }
  }
  const standard = images.find(({value}) => value['default'] === true)
  const named = settings.get('boot.default')
  if (standard !== undefined && named !== undefined && named.text !== standard.name) {
    report(named.place, `boot.default is ${named.text}, and the image ${standard.name} says that it is the default`)
  }
  return standard === undefined ? [...settings.values()] : withDefaultImage(settings, standard)
}

function withDefaultImage(settings: ReadonlyMap<string, SettingSpec>, image: Named<RawImage>): SettingSpec[] {
  const name = 'boot.default'
  return [...[...settings.values()].filter((setting) => setting.name !== name), {name, text: image.name, place: image.place}]
}

function settingText(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ')
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return value === null || value === undefined ? '' : String(value)
}

/** Paths are relative to the file that names them. */
function besideFile({file}: Place, path: string): string {
  return isAbsolute(path) || /^[a-z]+:\/\//.test(path) ? path : resolve(dirname(file), path)
}
