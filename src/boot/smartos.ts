// The kernel's command line of SmartOS, and the modules that it finds beside it.
//
//   -kd -v -B smartos=true,noimport=true,hostname=tk2,root_shadow=$5$…,console=ttya,ttya-mode="115200,8,n,1,-"
//
// Flags come first, properties after -B, separated by commas; quotes hold a value with commas together, and count only where they
// begin it (illumos, usr/src/uts/i86pc/os/fakebop.c, build_boot_properties).
import type {Module} from './entry.js'
import type {SmartosBoot, SmartosOptions} from './image.js'

export type SmartosContext = {
  /** The host's name; undefined for a client that nobody knows. */
  readonly hostname: string | undefined
  /** The host's own arguments, as people typed them. */
  readonly bootArgs: string | undefined
  /** The setting boot.console, e.g. ttyS0,115200. */
  readonly console: string | undefined
}

type Property = readonly [name: string, value: string]

export type SmartosArgs = {readonly args: string; /** Without the properties that need quotes. */ readonly plainArgs: string}

/** `more`: properties of a variant, such as noimport=true. What the host's own arguments say counts most. */
export function smartosArgs(options: SmartosOptions, context: SmartosContext, more: readonly Property[] = []): SmartosArgs {
  const own = parseKernelArgs(context.bootArgs ?? '')
  const flags = unique([...(options.kmdb ? ['-kd'] : []), ...(options.verbose ? ['-v'] : []), ...own.flags])
  const properties = [...new Map([...givenProperties(options, context), ...more, ...own.properties])]
  const render = (which: readonly Property[]): string =>
    [...flags, ...(which.length === 0 ? [] : ['-B', which.map(renderProperty).join(',')]), ...own.rest].join(' ')
  return {args: render(properties), plainArgs: render(properties.filter(([, value]) => !needsQuotes(value)))}
}

function givenProperties(options: SmartosOptions, context: SmartosContext): Property[] {
  const hostname = options.hostname ?? context.hostname
  const given: (Property | undefined)[] = [
    options.smartos ? ['smartos', 'true'] : undefined,
    options.standalone ? ['standalone', 'true'] : undefined,
    options.noimport ? ['noimport', 'true'] : undefined,
    hostname === undefined ? undefined : ['hostname', hostname],
    options.rootShadow === undefined ? undefined : ['root_shadow', options.rootShadow],
    ...consoleProperties(options.console, context.console),
    ...options.properties.map(({name, value}): Property => [name, value]),
  ]
  return given.filter((property) => property !== undefined)
}

/** illumos calls the first serial port ttya. Its speed is 9600 unless a property with five fields says another. */
function consoleProperties(chosen: SmartosOptions['console'], lab: string | undefined): Property[] {
  const [, port, baud = '9600'] = /^ttyS([01])(?:,(\d+))?/.exec(lab ?? '') ?? []
  const name = chosen ?? (port === undefined ? 'text' : port === '0' ? 'ttya' : 'ttyb')
  if (name === 'text') return [['console', name]]
  const speed = chosen === undefined ? baud : port === undefined ? '115200' : baud
  return [
    ['console', name],
    [`${name}-mode`, `${speed},8,n,1,-`],
  ]
}

function needsQuotes(value: string): boolean {
  return /[, ]/.test(value)
}

function renderProperty([name, value]: Property): string {
  if (!needsQuotes(value)) return `${name}=${value}`
  const quote = value.includes('"') ? "'" : '"'
  return `${name}=${quote}${value}${quote}`
}

type KernelArgs = {readonly flags: string[]; readonly properties: Property[]; readonly rest: string[]}

/** These take the next word as their value (kernel(8): -i altinit, -m smf_options). */
const VALUED_FLAGS = new Set(['-i', '-m'])

/**
 * What people type as boot arguments: `-kd -v noimport=true -B console=text,a="1,2"`. A word `name=value` is a property, with
 * -B before it or not; a word with a hyphen is a flag; another word goes to the end, as it is.
 */
export function parseKernelArgs(text: string): KernelArgs {
  const parsed: KernelArgs = {flags: [], properties: [], rest: []}
  const words = splitOutsideQuotes(text, ' ')
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    const next = words[at + 1]
    if (word === '-B') continue
    if (VALUED_FLAGS.has(word) && next !== undefined) {
      parsed.flags.push(`${word} ${next}`)
      at++
    } else if (word.startsWith('-')) parsed.flags.push(word)
    else if (/^[^='"]+=/.test(word)) parsed.properties.push(...splitOutsideQuotes(word, ',').map(parseProperty))
    else parsed.rest.push(word)
  }
  return parsed
}

function parseProperty(text: string): Property {
  const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(text) ?? []
  return [name, value.replace(/^(["'])(.*)\1$/s, '$2') || 'true']
}

function splitOutsideQuotes(text: string, separator: ' ' | ','): string[] {
  const part = separator === ' ' ? /(?:[^ "']|"[^"]*"?|'[^']*'?)+/g : /(?:[^,"']|"[^"]*"?|'[^']*'?)+/g
  return text.match(part) ?? []
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)]
}

/** So many modules the kernel takes at most (illumos, dboot: MAX_BOOT_MODULES). */
export const MOST_MODULES = 99

/**
 * The boot archive and what goes with it. A kernel that is given one or two plain modules takes them for its root file system and
 * the hash of that (dboot, fixup_modules), as it always did. More than these must say what they are, which kernels of 2014
 * and later understand and older ones pass over. The hash makes the kernel stop at an archive that arrived damaged.
 */
export function smartosModules({bootArchive, bootArchiveHash, overlays}: SmartosBoot): Module[] {
  if (bootArchiveHash === undefined && overlays.length === 0) return [{path: bootArchive, args: ''}]
  return [
    {path: bootArchive, args: 'type=rootfs name=ramdisk'},
    ...(bootArchiveHash === undefined ? [] : [{path: bootArchiveHash, args: 'type=hash name=ramdisk', isOptional: true}]),
    ...overlays.map(({path, name}) => ({path, args: `type=file name=${name}`})),
  ]
}
