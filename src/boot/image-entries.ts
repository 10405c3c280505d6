// What an image offers in a menu: one entry, or several where it can be started in several ways. Pure.
import type {BootEntry, LinuxEntry, MultibootEntry} from './entry.js'
import type {BootImage, LinuxBoot, MultibootBoot, SmartosBoot} from './image.js'
import type {Mac} from '../net/mac.js'
import {smartosArgs, smartosModules} from './smartos.js'

/** For whom the entries are. */
export type EntryContext = {
  /** undefined: clients that nobody knows. */
  readonly host: {readonly name: string; readonly mac: Mac; readonly bootArgs: string | undefined} | undefined
  /** The setting boot.console. */
  readonly console: string | undefined
  /** Our HTTP server, without a slash at the end. */
  readonly httpUrl: string
  /** The label of the first entry; those of the others begin with it. */
  readonly label: string
}

/** The first one is the image as it was meant. */
export function imageEntries(image: BootImage, context: EntryContext): BootEntry[] {
  const {name, title, boot} = image
  const first = {label: context.label, title}
  switch (boot.kind) {
    case 'linux':
      return [{...first, ...linuxPart(boot, name, context)}]
    case 'smartos':
      return smartosEntries(title, boot, context)
    case 'multiboot':
      return [{...first, ...multibootPart(boot, name, context)}]
    case 'esxi':
      return [{...first, ...boot, ...onlyFirmware(boot), config: esxiConfigName(name, context.host?.mac), httpUrl: context.httpUrl}]
    case 'program':
      return [{...first, ...boot, ...onlyFirmware(boot), args: joinWords([textOf(boot.args, name, context), context.host?.bootArgs])}]
    case 'iso':
      return [{...first, ...boot}]
  }
}

/** The boot.cfg of an ESXi image for one client, below the TFTP root; see boot-cfg.ts. */
export function esxiConfigName(image: string, mac: Mac | undefined): string {
  return `esxi/${clientName(mac)}/${image}.cfg`
}

/** How files that are made for one client are told apart: `01-08-00-27-12-34-56`, or `default` for unknown clients. */
export function clientName(mac: Mac | undefined): string {
  return mac === undefined ? 'default' : `01-${mac.replaceAll(':', '-')}`
}

function linuxPart(boot: LinuxBoot, name: string, context: EntryContext): Omit<LinuxEntry, 'label' | 'title'> {
  const {kernel, initrds, args} = boot
  return {kind: 'linux', kernel, initrds, args: joinLinuxArgs([textOf(args, name, context)], context.host?.bootArgs, context.console)}
}

function multibootPart(boot: MultibootBoot, name: string, context: EntryContext): Omit<MultibootEntry, 'label' | 'title'> {
  const {kernel, args, modules, mboot} = boot
  return {
    kind: 'multiboot',
    firmware: 'bios',
    kernel,
    args: joinWords([textOf(args, name, context), context.host?.bootArgs]),
    modules: modules.map((module) => ({...module, args: textOf(module.args, name, context)})),
    ...(mboot === undefined ? {} : {mboot}),
  }
}

type Variant = readonly [suffix: string, remark: string, more: readonly (readonly [string, string])[], flags?: string]

/** As in the netboot guide: without importing the pools, which leaves the disks alone; and for mending what does not start. */
const VARIANTS: readonly Variant[] = [
  ['', '', []],
  ['-noimport', 'do not import the pools', [['noimport', 'true']]],
  [
    '-rescue',
    'rescue: nothing of the disks',
    [
      ['standalone', 'true'],
      ['noimport', 'true'],
    ],
  ],
  ['-kmdb', 'kernel debugger, verbose', [], '-kd -v'],
]

/** What the labels of an image's entries may end with. */
export const labelSuffixes: readonly string[] = VARIANTS.map(([suffix]) => suffix)

/** The kernel wants a BIOS below its Multiboot loader: it starts on UEFI from illumos' own loader alone. */
function smartosEntries(title: string, boot: SmartosBoot, {host, console, label}: EntryContext): MultibootEntry[] {
  const modules = smartosModules(boot)
  const seen = new Set<string>()
  const entries: MultibootEntry[] = []
  for (const [suffix, remark, more, flags] of VARIANTS) {
    const bootArgs = flags === undefined ? host?.bootArgs : joinWords([flags, host?.bootArgs])
    const {args, plainArgs} = smartosArgs(boot.options, {hostname: host?.name, bootArgs, console}, more)
    // An image that never imports pools offers that once; the debugger is for somebody who knows the machine.
    if (seen.has(args) || (flags !== undefined && host === undefined)) continue
    seen.add(args)
    entries.push({
      kind: 'multiboot',
      firmware: 'bios',
      label: `${label}${suffix}`,
      title: remark === '' ? title : `${title}: ${remark}`,
      kernel: boot.kernel,
      args,
      plainArgs,
      modules,
    })
  }
  return entries
}

function onlyFirmware({bios, uefi}: {readonly bios?: unknown; readonly uefi?: unknown}): {firmware?: 'bios' | 'uefi'} {
  if (bios === undefined) return {firmware: 'uefi'}
  return uefi === undefined ? {firmware: 'bios'} : {}
}

/** Settings change, images stay: the address of the image's folder is put in when a menu is made. */
function textOf(text: string, image: string, {httpUrl}: EntryContext): string {
  return text.replaceAll('{image-url}', imageUrl(httpUrl, image))
}

export function imageUrl(httpUrl: string, image: string): string {
  return `${httpUrl}/images/${encodeURIComponent(image)}`
}

/** The host's own arguments come last: the kernel takes the last of two that contradict each other. */
export function joinLinuxArgs(args: readonly string[], bootArgs: string | undefined, console: string | undefined): string {
  const given = [...args, bootArgs ?? ''].join(' ').split(' ')
  const isSet = console === undefined || given.includes(`console=${console}`)
  return joinWords([...args, isSet ? '' : `console=${console}`, bootArgs])
}

function joinWords(parts: readonly (string | undefined)[]): string {
  return parts
    .map((part) => part?.trim() ?? '')
    .filter((part) => part !== '')
    .join(' ')
}
