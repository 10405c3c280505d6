// Which operating system a source is, by what lies in it. The order counts: what says more about itself is asked first.
import {PxectlError} from '../errors.js'
import {findEsx3i, findEsx3iInside} from './esx3i.js'
import {findEsxi} from './esxi.js'
import {imageNameOf} from './image-name.js'
import {findLinuxMedium, ISO_NAME} from './linux.js'
import type {ImageType} from './manifest.js'
import {openInside, type OpenedSource, type Workshop} from './open-source.js'
import {planFile, type ImagePlan} from './plan.js'
import {checkInitrd, planKernel, planProgram, recogniseProgram} from './program.js'
import {findSmartos, type SmartosWishes} from './smartos.js'
import type {SourceFile} from './tree.js'

export type ImageWishes = {
  /** Only this; without it the source decides. */
  readonly type?: ImageType
  readonly initrds: readonly SourceFile[]
  readonly smartos: SmartosWishes
  readonly kickstart?: string
  readonly bootArgs?: string
}

/** Disk images inside tarballs inside ISO images: nothing real goes deeper. */
const MAX_DEPTH = 4

/** The plan of the image. Throws IMAGE_TYPE_UNKNOWN, which says what was looked for and what was found. */
export async function recogniseImage(source: OpenedSource, wishes: ImageWishes, workshop: Workshop): Promise<ImagePlan> {
  const {type} = wishes
  const wants = (...types: ImageType[]): boolean => type === undefined || types.includes(type)
  const {volumes, name} = source
  const medium = {
    ...(wishes.kickstart === undefined ? {} : {kickstart: wishes.kickstart}),
    ...(wishes.bootArgs === undefined ? {} : {bootArgs: wishes.bootArgs}),
  }
  const plan =
    (wishes.initrds.length > 0 ? await planPair(source, wishes, wants('linux')) : undefined) ??
    (wants('smartos') ? await findSmartos(volumes, name, wishes.smartos) : undefined) ??
    (wants('esxi') ? await findEsxi(volumes, medium) : undefined) ??
    (wants('esx3i') ? await findEsx3iDeep(source, workshop) : undefined) ??
    (wants('linux') ? await findLinuxMedium(volumes, source.isIso ? source.file : undefined, medium) : undefined) ??
    (await findProgram(source, wishes, wants)) ??
    (wants('iso') ? planIso(source) : undefined)
  if (plan !== undefined) return plan
  throw await typeUnknown(source, type)
}

async function planPair({file, name}: OpenedSource, {initrds, bootArgs = ''}: ImageWishes, mayBeLinux: boolean): Promise<ImagePlan> {
  const program = file === undefined || !mayBeLinux ? undefined : await recogniseProgram(file)
  if (file === undefined || program === undefined || program.kind === 'efi' || program.kind === 'memtest') {
    throw new PxectlError(`${name} is no Linux kernel, so it takes no initrd; nothing was imported`, {
      code: 'KERNEL_INVALID',
      kind: 'invalidData',
      details: {source: name},
      suggestions: [
        'name the kernel first, then each initrd: pxectl image add vmlinuz --initrd initrd.img',
        'to import a medium, leave --initrd out',
      ],
    })
  }
  for (const initrd of initrds) await checkInitrd(initrd)
  return planKernel(file, {...program, kind: 'linux'}, initrds, bootArgs.trim())
}

async function findEsx3iDeep(source: OpenedSource, workshop: Workshop): Promise<ImagePlan | undefined> {
  let at = source
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const plan = await findEsx3i(at.volumes, at.name)
    if (plan !== undefined) return plan
    const inside = await findEsx3iInside(at.volumes)
    if (inside === undefined) return undefined
    at = await openInside(inside, workshop)
  }
  return undefined
}

async function findProgram(
  {file, isIso, volumes}: OpenedSource,
  {bootArgs = ''}: ImageWishes,
  wants: (...types: ImageType[]) => boolean,
): Promise<ImagePlan | undefined> {
  const program = file === undefined || isIso || volumes.length > 0 ? undefined : await recogniseProgram(file)
  if (file === undefined || program === undefined || !wants(program.kind)) return undefined
  return program.kind === 'linux' ? planKernel(file, program, [], bootArgs.trim()) : planProgram(file, program, bootArgs.trim())
}

function planIso({file, isIso, name, volumes}: OpenedSource): ImagePlan | undefined {
  if (file === undefined || !isIso) return undefined
  const label = volumes[0]?.label ?? ''
  const title = label === '' ? baseName(name).replace(/\.iso$/i, '') : label
  return {
    type: 'iso',
    name: imageNameOf(baseName(name).replace(/\.iso$/i, '')),
    title,
    boot: {kind: 'iso', path: ISO_NAME},
    files: [planFile(ISO_NAME, file)],
    warnings: [
      'it is no system that pxectl knows, so it is kept whole: most systems do not find their disc again when it is booted over the network',
    ],
  }
}

/** What each type is known by, for the error. */
const LOOKED_FOR: Readonly<Record<ImageType, string>> = {
  smartos: 'platform*/i86pc/kernel/amd64/unix (SmartOS)',
  esxi: 'boot.cfg with kernel= and modules= (ESXi)',
  esx3i: 'install.tgz, VMware-VMvisor-*.dd.bz2, or FAT volumes with vmkernel.gz (ESX 3i)',
  linux:
    "a Linux kernel's header; casper/, live/, images/pxeboot/, debian-installer/, arch/, boot/vmlinuz-*, boot/x86_64/loader/ (Linux media)",
  memtest: 'Memtest86+',
  ipxe: 'iPXE',
  efi: 'an EFI program',
  iso: 'an ISO 9660 volume',
}

async function typeUnknown(source: OpenedSource, type: ImageType | undefined): Promise<PxectlError> {
  const lookedFor = type === undefined ? Object.values(LOOKED_FOR) : [LOOKED_FOR[type]]
  const found = await describeContent(source)
  return new PxectlError(
    `${source.name} is ${type === undefined ? 'nothing that pxectl can boot' : `no image of the type ${type}`}; nothing was imported\nlooked for: ${lookedFor.join('; ')}\nfound: ${found}`,
    {
      code: 'IMAGE_TYPE_UNKNOWN',
      kind: 'invalidData',
      details: {source: source.name, ...(type === undefined ? {} : {type}), lookedFor, found},
      suggestions: [
        'for a kernel of your own: pxectl image add vmlinuz --initrd initrd.img',
        ...(type === undefined ? [] : ['let pxectl find out: leave --type out']),
      ],
    },
  )
}

const SHOWN_NAMES = 12

async function describeContent({what, volumes, file}: OpenedSource): Promise<string> {
  const tops: string[] = []
  for (const volume of volumes) {
    const names = (await volume.list('')).map(({name, isFolder}) => (isFolder ? `${name}/` : name))
    const more = names.length > SHOWN_NAMES ? ` and ${names.length - SHOWN_NAMES} more` : ''
    tops.push(`${volume.label === '' ? '' : `${volume.label}: `}${names.slice(0, SHOWN_NAMES).join(', ') || 'nothing'}${more}`)
  }
  if (volumes.length > 0) return `${what} with ${tops.join('; ')}`
  return file === undefined ? what : `${what} of ${file.sizeBytes} bytes that begins with ${await describeHead(file)}`
}

async function describeHead(file: SourceFile): Promise<string> {
  for await (const chunk of file.open())
    return chunk
      .subarray(0, 16)
      .toString('hex')
      .replace(/(..)(?=.)/g, '$1 ')
  return 'nothing: it is empty'
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
