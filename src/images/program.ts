// Single files that boot: Linux kernels, memtest86+, iPXE, EFI programs. Known by their headers, never by their names.
//
//   0x000 MZ, 0x03c offset of "PE\0\0"    a PE program: EFI; arm64 kernels have "ARMd" at 0x038
//   0x1fe 55 aa, 0x202 "HdrS"             the Linux/x86 boot protocol; 0x20e: where its version text stands
//   "PXE->EB:" in the first kilobytes     iPXE as a network boot program (undionly.kpxe)
import type {ProgramBoot} from '../boot/image.js'
import {PxectlError} from '../errors.js'
import {imageNameOf} from './image-name.js'
import {planFile, type ImagePlan} from './plan.js'
import {readHead, type SourceFile} from './tree.js'

/** Signatures of what is not packed stand in the first part; memtest86+ is smaller than this. */
const HEAD_BYTES = 2 << 20

export type ProgramKind = 'linux' | 'memtest' | 'ipxe' | 'efi'

export type Program = {
  readonly kind: ProgramKind
  /** It starts by the Linux/x86 boot protocol. */
  readonly isBzImage: boolean
  readonly isEfi: boolean
  readonly version?: string
}

/** What the file is, or undefined where it is no program that firmware or a loader starts. */
export async function recogniseProgram(file: SourceFile): Promise<Program | undefined> {
  return recogniseBytes(await readHead(file, HEAD_BYTES))
}

/** The same of the first bytes. */
export function recogniseBytes(head: Buffer): Program | undefined {
  const isBzImage = head.length > 0x210 && head.readUInt16LE(0x1fe) === 0xaa55 && head.toString('latin1', 0x202, 0x206) === 'HdrS'
  const isEfi = isEfiProgram(head)
  const isArm64 = head.length > 0x40 && head.toString('latin1', 0x38, 0x3c) === 'ARM\x64'
  const text = head.toString('latin1')
  const isBootSector = head.length >= 0x200 && head.readUInt16LE(0x1fe) === 0xaa55
  if (/Memtest86\+?/.test(text) && (isBootSector || isEfi)) {
    return {kind: 'memtest', isBzImage: isBootSector, isEfi, ...versionOf(/Memtest86\+?\s+v?(\d+\.\d+\w*)/.exec(text)?.[1])}
  }
  if (isIpxe(text, isBzImage, isEfi)) return {kind: 'ipxe', isBzImage, isEfi}
  const kernel = isBzImage ? kernelVersion(head) : undefined
  if (isBzImage || isArm64) return {kind: 'linux', isBzImage, isEfi, ...versionOf(kernel?.split(' ')[0])}
  return isEfi ? {kind: 'efi', isBzImage: false, isEfi} : undefined
}

function versionOf(version: string | undefined): {version?: string} {
  return version === undefined || version === '' ? {} : {version}
}

/** PE with the subsystem of EFI applications or drivers (PE format, "Windows Subsystem": 10 to 12). */
function isEfiProgram(head: Buffer): boolean {
  if (head.length < 0x40 || head.toString('latin1', 0, 2) !== 'MZ') return false
  const pe = head.readUInt32LE(0x3c)
  if (pe + 96 > head.length || head.toString('latin1', pe, pe + 4) !== 'PE\0\0') return false
  const subsystem = head.readUInt16LE(pe + 24 + 68)
  return subsystem >= 10 && subsystem <= 12
}

/**
 * iPXE is packed, but for the names in its EFI build and the texts of the code that unpacks it: that of its network boot programs
 * searches for "PXE->EB:", and that of ipxe.lkrn says what a Linux kernel never does.
 */
function isIpxe(text: string, isBzImage: boolean, isEfi: boolean): boolean {
  if (isBzImage) return /Installation failed - cannot continue/.test(text.slice(0, 0x4000))
  return isEfi ? /iPXE> |http:\/\/ipxe\.org/.test(text) : /PXE->EB:/.test(text.slice(0, 0x4000))
}

/** The Linux/x86 boot protocol, `kernel_version`. */
function kernelVersion(head: Buffer): string | undefined {
  const at = head.readUInt16LE(0x20e)
  if (at === 0) return undefined
  const end = head.indexOf(0, at + 0x200)
  return end === -1 ? undefined : head.toString('latin1', at + 0x200, Math.min(end, at + 0x200 + 200))
}

/** The image of a kernel with its initrds. */
export function planKernel(kernel: SourceFile, program: Program, initrds: readonly SourceFile[], args: string): ImagePlan {
  const names = initrds.map((_, index) => (initrds.length === 1 ? 'initrd.img' : `initrd-${index + 1}.img`))
  const {version} = program
  return {
    type: 'linux',
    name: imageNameOf(version === undefined ? `linux-${baseName(kernel.path)}` : `linux-${version}`),
    title: version === undefined ? `Linux ${baseName(kernel.path)}` : `Linux ${version}`,
    ...(version === undefined ? {} : {version}),
    boot: {kind: 'linux', kernel: 'vmlinuz', initrds: names, args},
    files: [planFile('vmlinuz', kernel), ...initrds.map((file, index) => planFile(names[index] ?? '', file))],
    warnings: initrds.length === 0 ? ['the kernel has no initrd: it must hold all it needs itself (otherwise: --initrd FILE)'] : [],
  }
}

/** The image of a program that starts alone. */
export function planProgram(file: SourceFile, program: Program, args: string): ImagePlan {
  const {kind, version} = program
  if (kind === 'linux') throw new Error('broken invariant: a kernel is planned with its initrds')
  const path = PROGRAM_NAMES[kind](program)
  const title = {memtest: 'Memtest86+', ipxe: 'iPXE', efi: baseName(file.path)}[kind]
  return {
    type: kind,
    name: imageNameOf(version === undefined ? title : `${title}-${version}`.replace('86+', '86plus')),
    title: version === undefined ? title : `${title} ${version}`,
    ...(version === undefined ? {} : {version}),
    boot: {kind: 'program', ...startsOn(program, path), args},
    files: [planFile(path, file)],
    warnings: [],
  }
}

/** Firmware and loaders look at the end of a name: PXELINUX takes a kernel named .0 or .bin for something else. */
const PROGRAM_NAMES: Record<Exclude<ProgramKind, 'linux'>, (program: Program) => string> = {
  memtest: ({isEfi}) => (isEfi ? 'memtest.efi' : 'memtest'),
  ipxe: ({isBzImage, isEfi}) => (isBzImage ? 'ipxe.lkrn' : isEfi ? 'ipxe.efi' : 'undionly.kpxe'),
  efi: () => 'program.efi',
}

function startsOn({isBzImage, isEfi}: Program, path: string): Pick<ProgramBoot, 'bios' | 'uefi'> {
  const bios = isBzImage ? {path, protocol: 'linux' as const} : isEfi ? undefined : {path, protocol: 'nbp' as const}
  return {...(bios === undefined ? {} : {bios}), ...(isEfi ? {uefi: {path}} : {})}
}

/** An initrd that is itself a kernel, or a text, was named by mistake. */
export async function checkInitrd(file: SourceFile): Promise<void> {
  const head = await readHead(file, HEAD_BYTES)
  const what = file.sizeBytes === 0 ? 'it is empty' : recogniseBytes(head) === undefined ? undefined : 'it is a kernel or another program'
  if (what === undefined) return
  throw new PxectlError(`${file.path} cannot be an initrd: ${what}; nothing was imported`, {
    code: 'INITRD_INVALID',
    kind: 'invalidData',
    details: {path: file.path},
    suggestions: ['name the kernel first, then each initrd: pxectl image add vmlinuz --initrd initrd.img'],
  })
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
