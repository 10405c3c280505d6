// A boot menu for GRUB legacy, as its pxegrub fetches it by TFTP: that of illumos, which smartos-pxe served.
//
//   title SmartOS 20140207T053435Z
//     kernel$ /images/smartos/platform/i86pc/kernel/amd64/unix -B smartos=true,console=text
//     module$ /images/smartos/platform/i86pc/amd64/boot_archive type=rootfs name=ramdisk
import {PxectlError} from '../errors.js'
import {type BootEntry, checkEntry, type MultibootEntry, type ProgramEntry} from './entry.js'
import {findTemplate, joinBlocks, renderFrame} from './frame.js'
import type {BootMenu} from './menu.js'
import {asciiTitle, renderEntries, unsupported} from './renderable.js'

const LOADER = 'GRUB legacy'

/** The built-in frame. */
export const MENU_LST_TEMPLATE = `default {{default}}
timeout {{timeout}}

{{entries}}`

export function renderMenuLst(menu: BootMenu): string {
  const rendered = renderEntries(menu, renderEntry)
  const at = rendered.entries.findIndex(({entry}) => entry.label === rendered.default)
  const blocks = rendered.entries.map(({entry, lines}) => [`title ${asciiTitle(entry.title).trim()}`, ...lines.map((line) => `  ${line}`)])
  return renderFrame(menu, {
    template: findTemplate(menu, 'menu.lst') ?? MENU_LST_TEMPLATE,
    left: rendered.left,
    first: serialLines(menu.console),
    holes: {
      title: asciiTitle(menu.title).trim(),
      // Entries have numbers here.
      default: String(Math.max(at, 0)),
      timeout: String(menu.timeoutSeconds),
      choices: [],
      entries: joinBlocks(blocks),
    },
  })
}

/** `composite` is screen and serial line together, in the GRUB of illumos. */
function serialLines(console: string | undefined): string[] {
  const [, unit, baud = '9600'] = /^ttyS([0-3])(?:,(\d+))?/.exec(console ?? '') ?? []
  return unit === undefined ? [] : [`serial --unit=${unit} --speed=${baud} --word=8 --parity=no --stop=1`, 'terminal composite']
}

function renderEntry(entry: BootEntry): string[] {
  checkEntry(entry)
  switch (entry.kind) {
    case 'local':
      return ['rootnoverify (hd0)', 'chainloader +1']
    case 'linux': {
      const [initrd, ...others] = entry.initrds
      if (others.length > 0) throw unsupported(LOADER, entry, 'it loads one initrd at most')
      return [line('kernel', entry.kernel, entry.args), ...(initrd === undefined ? [] : [line('initrd', initrd, '')])]
    }
    case 'multiboot':
      return renderMultiboot(entry)
    case 'program':
      return renderProgram(entry)
    case 'esxi':
      throw unsupported(LOADER, entry, 'the mboot of ESXi needs PXELINUX or UEFI')
    case 'iso':
      throw unsupported(LOADER, entry, 'it cannot fetch discs')
  }
}

/** The forms with `$` expand `$ISADIR` and `${…}`; illumos and smartos-pxe write these. */
function renderMultiboot({kernel, args, modules}: MultibootEntry): string[] {
  return [line('kernel$', kernel, args), ...modules.map((module) => line('module$', module.path, module.args))]
}

function renderProgram(entry: ProgramEntry): string[] {
  const {bios, args} = entry
  if (bios?.protocol !== 'linux') throw unsupported(LOADER, entry, 'it starts no other network loaders and no EFI programs')
  return [line('kernel', bios.path, args)]
}

/** A line is the command and what follows, as it is: there are no quotes. Paths begin at the root of the server. */
function line(command: string, path: string, args: string): string {
  const words = `/${path}${args === '' ? '' : ` ${args.trim()}`}`
  if (/ /.test(path)) throw unwritable(path, 'a space ends a file name', 'rename the file or its folder')
  if (command.endsWith('$') && /\$\{|\$ISADIR/.test(words))
    throw unwritable(args, 'it would replace "${" and "$ISADIR"', 'write it without them; a "$" alone is fine')
  return `${command} ${words}`
}

function unwritable(text: string, reason: string, suggestion: string): PxectlError {
  return new PxectlError(`GRUB legacy cannot be given ${JSON.stringify(text)}: ${reason}`, {
    code: 'BOOT_TEXT_INVALID',
    kind: 'usage',
    details: {text, loader: 'menu.lst'},
    suggestions: [suggestion],
  })
}
