// A boot menu in GRUB 2's shell language, for UEFI and BIOS alike.
import {
  type BootEntry,
  checkEntry,
  type EsxiEntry,
  isGzipped,
  type IsoEntry,
  type LinuxEntry,
  type MultibootEntry,
  type ProgramEntry,
} from './entry.js'
import {findTemplate, joinBlocks, renderFrame} from './frame.js'
import type {BootMenu} from './menu.js'
import {renderEntries} from './renderable.js'

/** The built-in frame. */
export const GRUB_TEMPLATE = `set default={{default}}
set timeout={{timeout}}

{{entries}}`

export function renderGrub(menu: BootMenu): string {
  const rendered = renderEntries(menu, renderEntry)
  const blocks = rendered.entries.map(({entry, lines}) => [
    `menuentry ${quoteGrub(entry.title)} --id ${quoteGrub(entry.label)} {`,
    ...lines.map((line) => `  ${line}`),
    '}',
  ])
  return renderFrame(menu, {
    template: findTemplate(menu, 'grub') ?? GRUB_TEMPLATE,
    left: rendered.left,
    holes: {
      title: quoteGrub(menu.title),
      default: quoteGrub(rendered.default),
      timeout: String(menu.timeoutSeconds),
      choices: [],
      entries: joinBlocks(blocks),
    },
  })
}

/** `exit` gives the machine back to its firmware, which goes on to the next boot device. */
function renderEntry(entry: BootEntry): string[] {
  checkEntry(entry)
  switch (entry.kind) {
    case 'local':
      return ['exit']
    case 'linux':
      return renderLinux(entry)
    case 'multiboot':
      return byPlatform(renderMultiboot(entry), undefined)
    case 'esxi':
      return byPlatform(undefined, renderEsxi(entry))
    case 'program':
      return byPlatform(renderBiosProgram(entry), renderUefiProgram(entry))
    case 'iso':
      return byPlatform(renderIso(entry), undefined)
  }
}

/** The other firmware says so, and waits, because the menu would wipe it away. */
function byPlatform(bios: readonly string[] | undefined, uefi: readonly string[] | undefined): string[] {
  const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`)
  const no = (firmware: string): string[] => [
    `echo ${quoteGrub(`GRUB starts this on machines with ${firmware} alone.`)}`,
    'sleep --interruptible 30',
  ]
  if (bios === undefined && uefi === undefined)
    return ['echo ' + quoteGrub('GRUB cannot start this; boot by PXELINUX or iPXE.'), 'sleep --interruptible 30']
  return ['if [ "$grub_platform" = efi ]; then', ...indent(uefi ?? no('a BIOS')), 'else', ...indent(bios ?? no('UEFI')), 'fi']
}

function renderLinux({kernel, initrds, args}: LinuxEntry): string[] {
  const paths = initrds.map(quotePath)
  return [command('linux', quotePath(kernel), ...splitKernelArgs(args)), ...(paths.length === 0 ? [] : [['initrd', ...paths].join(' ')])]
}

/**
 * GRUB passes on what follows the file's name, and Multiboot kernels want their own path as the first word.
 * A double quote arrives with a backslash before it (2.06, seen), so that what needs none comes instead.
 */
function renderMultiboot({kernel, args, plainArgs, modules}: MultibootEntry): string[] {
  const unpacks = [kernel, ...modules.map(({path}) => path)].some(isGzipped)
  const line = (verb: string, path: string, words: string): string => command(verb, quotePath(path), `/${path}`, ...splitKernelArgs(words))
  return [
    ...(unpacks ? ['insmod gzio'] : []),
    line('multiboot', kernel, plainArgs ?? args),
    ...modules.map((module) => line('module', module.path, module.args)),
  ]
}

function renderEsxi({uefi, config}: EsxiEntry): string[] | undefined {
  return uefi === undefined ? undefined : [command('chainloader', quotePath(uefi), '-c', `/${config}`)]
}

function renderBiosProgram({bios, args}: ProgramEntry): string[] | undefined {
  if (bios === undefined) return undefined
  return bios.protocol === 'nbp'
    ? [command('pxechainloader', quotePath(bios.path))]
    : [command('linux16', quotePath(bios.path), ...splitKernelArgs(args))]
}

function renderUefiProgram({uefi, args}: ProgramEntry): string[] | undefined {
  return uefi === undefined ? undefined : [command('chainloader', quotePath(uefi.path), ...splitKernelArgs(args))]
}

function renderIso({path}: IsoEntry): string[] {
  return ['linux16 /memdisk iso raw', `initrd16 ${quotePath(path)}`]
}

/** The verb and the file's name, quoted already, then words that are quoted here. */
function command(verb: string, path: string, ...words: readonly string[]): string {
  return [verb, path, ...words.map(quoteGrub)].join(' ')
}

function quotePath(path: string): string {
  return quoteGrub(`/${path}`)
}

/**
 * The words of a kernel command line, as the kernel splits it: double quotes keep spaces together and are taken away
 * (lib/cmdline.c, next_arg). GRUB must get them so, because it puts quotes of its own around a word with spaces and
 * a backslash before every quote and backslash that it is handed (grub-core/lib/cmdline.c, seen with 2.06). A single
 * quote in an argument therefore reaches the kernel as \' and nothing can be done about it here.
 */
function splitKernelArgs(args: string): string[] {
  return (args.match(/(?:[^ "]|"[^"]*"?)+/g) ?? []).map((word) => word.replaceAll('"', ''))
}

/** The one place that quotes for GRUB's shell: single quotes hold everything but themselves. */
export function quoteGrub(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
