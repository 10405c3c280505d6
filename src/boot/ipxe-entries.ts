// How iPXE starts each kind of entry: the commands below its label.
import {type BootEntry, checkEntry, type EsxiEntry, isGzipped, type LinuxEntry, type MultibootEntry, type ProgramEntry} from './entry.js'
import {quoteIpxe, quoteUri} from './ipxe-quote.js'
import {pxelinuxDetourName} from './names.js'

/** The script's end has the labels `failed`, `needs-bios` and `needs-uefi`. `client` is that of the menu. */
export function renderIpxeEntry(entry: BootEntry, client: string): string[] {
  checkEntry(entry)
  const detour = pxelinuxDetour(client, entry.label)
  switch (entry.kind) {
    case 'local':
      // UEFI goes on to its next boot option only if this one reports a failure.
      return ['iseq ${platform} efi && exit 1 ||', 'sanboot --no-describe --drive 0x80 || exit 1']
    case 'linux':
      return renderLinux(entry)
    case 'multiboot':
      return [NEEDS_BIOS, ...(renderMultiboot(entry) ?? detour)]
    case 'esxi':
      return forBoth(entry, entry.bios === undefined ? undefined : detour, renderEsxi(entry))
    case 'program':
      return forBoth(entry, renderBiosProgram(entry, detour), renderUefiProgram(entry))
    case 'iso':
      return [`sanboot --no-describe ${quoteUri(entry.path)} || goto failed`]
  }
}

const NEEDS_BIOS = 'iseq ${platform} efi && goto needs-bios ||'
const NEEDS_UEFI = 'iseq ${platform} efi || goto needs-uefi'

/** No label of ours has a dot in it. */
function forBoth({label}: BootEntry, bios: readonly string[] | undefined, uefi: readonly string[] | undefined): string[] {
  if (bios === undefined) return [NEEDS_UEFI, ...(uefi ?? [])]
  if (uefi === undefined) return [NEEDS_BIOS, ...bios]
  return [`iseq \${platform} efi && goto ${label}.uefi ||`, ...bios, `:${label}.uefi`, ...uefi]
}

/**
 * Under UEFI the kernel's EFI stub opens its initrds by name from a file system that iPXE pretends to have, hence
 * `initrd=` for each; under BIOS the kernel ignores it. The names are ours, because two folders may hold the same name.
 */
function renderLinux({kernel, initrds, args}: LinuxEntry): string[] {
  const named = initrds.map((path, index) => ({path, name: index === 0 ? 'initrd' : `initrd${index + 1}`}))
  return [
    command('kernel', quoteUri(kernel), ...named.map(({name}) => `initrd=${name}`), quoteIpxe(args)),
    ...named.map(({path, name}) => `initrd --name ${name} ${quoteUri(path)} || goto failed`),
    'boot || goto failed',
  ]
}

/**
 * The kernel sees the whole URL as its first word, and modules see theirs. iPXE copies all these lines into 512 bytes and cuts what is
 * beyond them, without a word (src/arch/x86/image/multiboot.c, MB_MAX_CMDLINE; seen), and takes 8 modules at most.
 * undefined: there is no room, or something is packed, which iPXE 1.0 hands over as it is (and hangs at a packed kernel, seen).
 */
function renderMultiboot({kernel, args, modules, mboot}: MultibootEntry): string[] | undefined {
  if (mboot !== undefined || [kernel, ...modules.map(({path}) => path)].some(isGzipped)) return undefined
  const needed = modules.filter((module) => module.isOptional !== true)
  const fitting = [modules, needed].find((these) => hasRoom([{path: kernel, args}, ...these]))
  if (fitting === undefined) return undefined
  return [
    ...(fitting.length === modules.length
      ? []
      : ['# There is no room in iPXE for every module: those that can be done without are left out.']),
    command('kernel', quoteUri(kernel), quoteIpxe(args)),
    ...fitting.map((module) => command('module', quoteUri(module.path), quoteIpxe(module.args))),
    'boot || goto failed',
  ]
}

const MOST_BYTES = 512
const MOST_MODULES = 8

/** Of the longest address that our HTTP server can have. */
const URL_BYTES = 'http://255.255.255.255:65535'.length

function hasRoom([...files]: readonly {readonly path: string; readonly args: string}[]): boolean {
  const lengths = files.map(({path, args}) => URL_BYTES + Buffer.byteLength(`${quoteUri(path)} ${args}`) + 1)
  return files.length - 1 <= MOST_MODULES && lengths.reduce((sum, length) => sum + length, 0) <= MOST_BYTES
}

/** mboot.efi fetches boot.cfg and the rest through the loader that started it. */
function renderEsxi({uefi, config, httpUrl}: EsxiEntry): string[] | undefined {
  return uefi === undefined ? undefined : [command('chain', quoteUri(uefi), '-c', `${httpUrl}${quoteUri(config)}`)]
}

function renderBiosProgram({bios, args}: ProgramEntry, detour: readonly string[]): readonly string[] | undefined {
  if (bios === undefined) return undefined
  if (bios.protocol === 'linux') return [command('kernel', quoteUri(bios.path), quoteIpxe(args)), 'boot || goto failed']
  // pxegrub looks like a Multiboot kernel to iPXE, and the machine resets (seen).
  return /grub/i.test(bios.path) ? detour : [`chain ${quoteUri(bios.path)} || goto failed`]
}

function renderUefiProgram({uefi, args}: ProgramEntry): string[] | undefined {
  return uefi === undefined ? undefined : [command('chain', quoteUri(uefi.path), quoteIpxe(args))]
}

/**
 * PXELINUX starts what iPXE cannot, from a configuration with this entry alone. It is told by DHCP options of its own where that is
 * (209, 210: RFC 5071), which iPXE puts into the packet that it keeps for the programs that it starts.
 */
function pxelinuxDetour(client: string, label: string): string[] {
  const server = 'tftp://${next-server}/'
  return [`set 209:string ${pxelinuxDetourName(client, label)}`, `set 210:string ${server}`, `chain ${server}pxelinux.0 || goto failed`]
}

function command(...words: readonly string[]): string {
  return [...words.filter((word) => word !== ''), '|| goto failed'].join(' ')
}
