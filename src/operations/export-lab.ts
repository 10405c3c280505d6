// The lab file of a lab that lives: settings that are no defaults, images, PXE filesystems, hosts, VMs. Brought up elsewhere it gives the same lab; secrets
// are never written, so what needs one says where to put it.
import {resolve} from 'node:path'
import {PxectlError} from '../errors.js'
import {readCatalog} from '../images/catalog.js'
import {hostJson} from '../hosts/host.js'
import type {Lab, OpenLabOptions} from '../lab/open-lab.js'
import {renderLabFile} from '../lab-file/render.js'
import {readRoots} from '../netroot/catalog.js'
import {listSettings} from './edit-settings.js'
import {fileExists, writeAtomic} from '../system/files.js'
import {imagePlaces} from './image-lab.js'
import type {PartKind} from './lab-part.js'
import {listLoaders} from './list-loaders.js'
import {listVms} from './list-vms.js'
import type {VmJson} from './vm-json.js'

export type ExportedLab = {readonly text: string; readonly warnings: readonly string[]}

type Keys = Record<string, unknown>

/** `options` as the lab was opened with. */
export async function exportLab(lab: Lab, options: OpenLabOptions, now: () => Date): Promise<ExportedLab> {
  const warnings: string[] = []
  const settings = new Map<string, Map<string, string>>()
  for (const {name, text, origin, default: standard} of (await listSettings(options)).settings) {
    if (origin !== 'file' || text === standard) continue
    const [section = '', key = ''] = [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)]
    settings.set(section, (settings.get(section) ?? new Map<string, string>()).set(key, text))
  }
  const images = await exportImages(lab, warnings)
  const hosts = Object.fromEntries(
    (await lab.store.list()).map((host) => {
      const {name, ip, mac, root, image, firmware, bootArgs, dhcp} = hostJson(host)
      return [name, withoutNulls({ip, mac, root, image, 'boot-args': bootArgs, firmware, dhcp: dhcp ? null : false})]
    }),
  )
  const filesystems = await exportFilesystems(lab, warnings)
  const vms = await exportVms(lab, {hosts, now}, warnings)
  const {loaders} = await listLoaders(lab.settings.lab)
  const hasLoaders = loaders.some(({state}) => state === 'present')
  return {text: renderLabFile({settings, hasLoaders, parts: {images, filesystems, hosts, vms}}), warnings}
}

/** Writes it to a new file; throws FILE_EXISTS (conflict) where there is one. Gives the absolute path. */
export async function writeExport({text}: ExportedLab, file: string): Promise<string> {
  const path = resolve(file)
  if (await fileExists(path)) {
    throw new PxectlError(`${path} is there already; nothing was written`, {
      code: 'FILE_EXISTS',
      kind: 'conflict',
      details: {path},
      suggestions: [`look at it: pxectl plan ${path}`, 'name another file'],
    })
  }
  await writeAtomic(path, text)
  return path
}

/** Those that a lab file made as it said; of others image.json knows the source. */
async function exportImages(lab: Lab, warnings: string[]): Promise<Record<string, Keys>> {
  const made = await madeFrom(lab, 'image')
  const images: Record<string, Keys> = {}
  for (const image of await readCatalog(imagePlaces(lab).images)) {
    const {name} = image
    const state = made.get(name)
    if (state !== undefined && state !== '') images[name] = imageKeys(JSON.parse(state) as Record<string, string | null>)
    else if (image.kind === 'imported') {
      const {source, sourceSha256, type} = image.manifest
      images[name] = withoutNulls({source, checksum: sourceSha256 === undefined ? null : `sha256:${sourceSha256}`, type})
      warnings.push(`images.${name}: what else was given when it was imported (initrds, arguments, a password) is not known`)
    } else warnings.push(`the image ${name} was not imported by pxectl, so the file cannot say where it comes from`)
  }
  return images
}

/** What parts of this kind were made from, where a lab file made them. */
async function madeFrom(lab: Lab, kind: PartKind): Promise<ReadonlyMap<string, string>> {
  const parts = (await lab.parts.list()).filter((part) => part.kind === kind)
  return new Map(parts.map(({name, state}) => [name, state]))
}

/** Those that a lab file made as it said; of others root.json knows all but secrets, hooks and limits. */
async function exportFilesystems(lab: Lab, warnings: string[]): Promise<Record<string, Keys>> {
  const made = await madeFrom(lab, 'filesystem')
  const filesystems: Record<string, Keys> = {}
  for (const root of await readRoots(lab.settings.fs.directory)) {
    const state = made.get(root.name) ?? ''
    if (state !== '') {
      const {packages, ...texts} = JSON.parse(state) as Record<string, string | undefined>
      filesystems[root.name] = withoutNulls({...texts, packages: packages?.split(' ')})
    } else if (root.kind === 'finished') {
      const {suite, mirror, arch, packages, user, style} = root.record
      filesystems[root.name] = withoutNulls({suite, mirror, arch, packages: packages.length === 0 ? null : packages, user, style})
      warnings.push(`filesystems.${root.name}: its password, ssh keys and hooks are not known: add password-file, ssh-key, hook`)
    } else warnings.push(`the filesystem ${root.name} cannot be exported: ${root.problem.message}`)
  }
  return filesystems
}

/** A lab file has a VM's MAC address with the host of its name. */
async function exportVms(
  lab: Lab,
  {hosts, now}: {readonly hosts: Readonly<Record<string, unknown>>; readonly now: () => Date},
  warnings: string[],
): Promise<Record<string, Keys>> {
  const listed = await listVms(lab, {names: [], machine: {}, foreign: false}, now())
  warnings.push(...listed.warnings)
  const names = new Set(Object.keys(hosts).map((name) => name.toLowerCase()))
  const vms: Record<string, Keys> = {}
  for (const vm of listed.vms) {
    if (!names.has(vm.name.toLowerCase()))
      warnings.push(`the VM ${vm.name} was left out: it has no host of its name, so the file could not say its MAC address`)
    else if (vm.state === 'gone' || vm.state === 'creating') warnings.push(`the VM ${vm.name} was left out: it is not there`)
    else vms[vm.name] = vmKeys(vm)
  }
  return vms
}

function vmKeys(vm: VmJson): Keys {
  const {cpus, memoryMiB: memory, vramMiB: vram, network, disksMiB, firmware, nic, osType, hypervisor, machine, serial, state} = vm
  const disk = (disksMiB ?? []).map((size) => `${size}M`)
  return withoutNulls({
    cpus,
    memory,
    vram,
    network,
    disk: disk.length === 0 ? null : disk,
    firmware,
    nic,
    'os-type': osType === 'linux' ? null : osType,
    serial: serial?.kind ?? 'none',
    hypervisor,
    on: machine,
    start: state === 'poweroff' ? false : null,
  })
}

/** The keys of a lab file from what lab-part-images.ts wrote down. */
function imageKeys({flags, properties, initrd, ...texts}: Record<string, string | null>): Keys {
  const words = (text: string | null | undefined): string[] => (text ?? '').split(' ').filter((word) => word !== '')
  const pairs = words(properties).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const)
  return withoutNulls({
    ...texts,
    initrd: words(initrd).length === 0 ? null : words(initrd),
    ...Object.fromEntries(words(flags).map((flag) => [flag === 'kernelVerbose' ? 'kernel-verbose' : flag, true])),
    properties: pairs.length === 0 ? null : Object.fromEntries(pairs),
  })
}

function withoutNulls(values: Keys): Keys {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined))
}
