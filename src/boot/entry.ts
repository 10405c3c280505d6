// One bootable choice of a menu, before any loader's language. Paths are relative to the TFTP root, with forward slashes.
import {PxectlError} from '../errors.js'

type Choice = {
  /** What people type and scripts jump to: lower-case letters, digits, hyphens; unique in its menu. */
  readonly label: string
  /** What people read. */
  readonly title: string
  /** It works on machines with this firmware alone; undefined: on both. */
  readonly firmware?: 'bios' | 'uefi'
}

/** A Linux kernel with its initrds. */
export type LinuxEntry = Choice & {
  readonly kind: 'linux'
  readonly kernel: string
  readonly initrds: readonly string[]
  readonly args: string
}

export type Module = {
  readonly path: string
  readonly args: string
  /** The kernel does without it where a loader has no room. */
  readonly isOptional?: boolean
}

/** A Multiboot kernel and its modules: SmartOS, ESX 3i. */
export type MultibootEntry = Choice & {
  readonly kind: 'multiboot'
  readonly kernel: string
  readonly args: string
  /** The nearest thing to `args` that needs no quotes, for a loader that cannot hand them over (GRUB 2). */
  readonly plainArgs?: string
  readonly modules: readonly Module[]
  /** The mboot.c32 that came with the image. */
  readonly mboot?: string
}

/** VMware's own mboot, which reads the rest from `config`, a boot.cfg that is made for each client when it is asked for. */
export type EsxiEntry = Choice & {
  readonly kind: 'esxi'
  readonly config: string
  readonly bios?: string
  readonly uefi?: string
  /** Our HTTP server, without a slash at the end: mboot.efi is told a whole URL. */
  readonly httpUrl: string
}

/** A program that firmware or a loader starts as it is. */
export type ProgramEntry = Choice & {
  readonly kind: 'program'
  readonly bios?: {readonly path: string; readonly protocol: 'linux' | 'nbp'}
  readonly uefi?: {readonly path: string}
  readonly args: string
}

/** A whole disc. */
export type IsoEntry = Choice & {readonly kind: 'iso'; readonly path: string}

/** Leave the network and boot what the machine has itself. */
export type LocalEntry = Choice & {readonly kind: 'local'}

export type BootEntry = LinuxEntry | MultibootEntry | EsxiEntry | ProgramEntry | IsoEntry | LocalEntry

/**
 * Refuses what no loader's file can hold. The files are made of lines: a newline in boot arguments would start a
 * directive of its own, and the other control characters reach the kernel from no loader.
 */
export function checkEntry(entry: BootEntry): void {
  checkText('title', entry.title)
  for (const args of argsOf(entry)) checkText('boot arguments', args)
  for (const path of pathsOf(entry)) checkText('file name', path)
}

/** Every file that the entry names, in the order in which it is loaded. */
export function pathsOf(entry: BootEntry): string[] {
  switch (entry.kind) {
    case 'linux':
      return [entry.kernel, ...entry.initrds]
    case 'multiboot':
      return [...(entry.mboot === undefined ? [] : [entry.mboot]), entry.kernel, ...entry.modules.map(({path}) => path)]
    case 'esxi':
      return [entry.bios, entry.uefi, entry.config].filter((path) => path !== undefined)
    case 'program':
      return [entry.bios?.path, entry.uefi?.path].filter((path) => path !== undefined)
    case 'iso':
      return [entry.path]
    case 'local':
      return []
  }
}

function argsOf(entry: BootEntry): string[] {
  switch (entry.kind) {
    case 'linux':
    case 'program':
      return [entry.args]
    case 'multiboot':
      return [entry.args, ...entry.modules.map(({args}) => args)]
    case 'esxi':
    case 'iso':
    case 'local':
      return []
  }
}

/** Multiboot loaders differ: mboot.c32 and both GRUBs unpack such files, iPXE hands them over as they are. */
export function isGzipped(path: string): boolean {
  return /\.t?gz$/i.test(path)
}

function checkText(what: string, text: string): void {
  const control = /[\u0000-\u001f\u007f]/.exec(text)
  if (control === null) return
  throw new PxectlError(`the ${what} ${JSON.stringify(text)} cannot be written into a boot menu: there is a control character in it`, {
    code: 'BOOT_TEXT_INVALID',
    kind: 'usage',
    details: {text, position: control.index},
    suggestions: ['write it on one line, with spaces and without tabs'],
  })
}
