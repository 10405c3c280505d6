// VMware ESX Server 3i Installable: a disk image whose FAT volumes hold a Multiboot kernel and its modules.
//
// On the medium lies install.tgz, in it usr/lib/vmware/installer/VMware-VMvisor-big-VERSION.i386.dd.bz2, and in that disk
// image the volumes Hypervisor0 (mboot.c32) and Hypervisor1 (the kernel and its modules).
import {PxectlError} from '../errors.js'
import {imageNameOf} from './image-name.js'
import {planFile, type ImagePlan, type PlannedFile} from './plan.js'
import {likelyTops, type SourceFile, type SourceTree} from './tree.js'

const KERNEL = 'vmkernel.gz'
/** In the order in which the kernel wants them. */
const MODULES = ['binmod.tgz', 'environ.tgz', 'cim.tgz', 'oem.tgz', 'license.tgz'] as const

const INSTALLER_FOLDER = 'usr/lib/vmware/installer'
const DISK_IMAGE = /^VMware-VMvisor-.*\.dd(\.(bz2|gz|xz))?$/i

/** The disk image, or the tarball that holds it, among these volumes: what is to be opened next. */
export async function findEsx3iInside(volumes: readonly SourceTree[]): Promise<SourceFile | undefined> {
  for (const volume of volumes) {
    for (const tree of await likelyTops(volume)) {
      for (const folder of [INSTALLER_FOLDER, '']) {
        const name = (await tree.list(folder)).find((entry) => !entry.isFolder && DISK_IMAGE.test(entry.name))?.name
        const image = name === undefined ? undefined : await tree.find(folder === '' ? name : `${folder}/${name}`)
        if (image !== undefined) return image
      }
      const tarball = await tree.find('install.tgz')
      if (tarball !== undefined) return tarball
    }
  }
  return undefined
}

/** The kernel and its modules in these volumes, or undefined. `sourceName` may hold the version. Throws IMAGE_INCOMPLETE. */
export async function findEsx3i(volumes: readonly SourceTree[], sourceName: string): Promise<ImagePlan | undefined> {
  const volume = await findKernelVolume(volumes)
  if (volume === undefined) return undefined
  const files = await planVolume(volume)
  const missing = MODULES.filter((name) => !files.some((file) => file.path === name))
  if (missing.length > 0) throw incomplete(volume, missing)
  const mboot = await findMboot([...volumes.filter((other) => /^hypervisor0$/i.test(other.label)), volume, ...volumes])
  const all = mboot === undefined || files.some((file) => file.path === mboot.path) ? files : [...files, mboot]
  const version = /-(\d+\.\d+\.\d+-\d+)\./.exec(sourceName)?.[1] ?? /VMvisor-\w+-([\w.-]+?)\.(?:i386|x86|dd)/i.exec(sourceName)?.[1]
  return {
    type: 'esx3i',
    name: version === undefined ? 'esx3i' : imageNameOf(`esx3i-${version}`),
    title: version === undefined ? 'VMware ESX 3i' : `VMware ESX 3i ${version}`,
    ...(version === undefined ? {} : {version}),
    boot: {
      kind: 'multiboot',
      kernel: KERNEL,
      args: '',
      modules: MODULES.map((path) => ({path, args: ''})),
      ...(mboot === undefined ? {} : {mboot: mboot.path}),
    },
    files: all,
    warnings: mboot === undefined ? ['the disk image has no mboot.c32; the one of Syslinux will be used'] : [],
  }
}

async function findKernelVolume(volumes: readonly SourceTree[]): Promise<SourceTree | undefined> {
  const named = volumes.filter((volume) => /^hypervisor1$/i.test(volume.label))
  for (const volume of [...named, ...volumes]) {
    const [kernel, first] = [await volume.find(KERNEL), await volume.find(MODULES[0])]
    if (kernel !== undefined && (first !== undefined || named.includes(volume))) return volume
  }
  return undefined
}

/** All of the volume's top folder, as the how-to says; FAT spells names in capitals, menus do not. */
async function planVolume(volume: SourceTree): Promise<PlannedFile[]> {
  const files: PlannedFile[] = []
  for (const {name, isFolder} of await volume.list('')) {
    const file = isFolder ? undefined : await volume.find(name)
    if (file !== undefined && /^[\w.+~-]+$/.test(name)) files.push(planFile(name.toLowerCase(), file))
  }
  return files
}

async function findMboot(volumes: readonly SourceTree[]): Promise<PlannedFile | undefined> {
  for (const volume of volumes) {
    const file = await volume.find('mboot.c32')
    if (file !== undefined) return planFile('mboot.c32', file)
  }
  return undefined
}

function incomplete(volume: SourceTree, missing: readonly string[]): PxectlError {
  return new PxectlError(`${volume.name} has ${KERNEL}, but not ${missing.join(', ')}, which ESX 3i boots with; nothing was imported`, {
    code: 'IMAGE_INCOMPLETE',
    kind: 'invalidData',
    details: {source: volume.name, missing},
    suggestions: ['fetch the source again, and compare its checksum with the one it is published with'],
  })
}
