// A boot menu in PXELINUX's language: one directive a line, the rest of the line verbatim.
//
// Without menu.c32 it is a prompt, which needs no module beyond ldlinux.c32 and shows on a serial console. Paths are plain,
// relative to the loader's own folder, because pxelinux.0 and these files stand in the TFTP root together. A loader in a subfolder
// (such as efi64/syslinux.efi) would put that folder before them, but before pxelinux.cfg/ too, and so never reads this file.
import {PxectlError} from '../errors.js'
import {type BootEntry, checkEntry, type MultibootEntry, type ProgramEntry} from './entry.js'
import {findTemplate, joinBlocks, renderFrame} from './frame.js'
import type {BootMenu} from './menu.js'
import {asciiTitle, type Renderable, renderEntries, unsupported} from './renderable.js'

const LOADER = 'PXELINUX'

/** The built-in frame of a menu that is shown: a prompt, or the module's own. */
export function pxelinuxTemplate({pxelinuxUi}: Pick<BootMenu, 'pxelinuxUi'>): string {
  return pxelinuxUi === undefined ? PROMPT : `UI ${pxelinuxUi}\n${UNDER_UI}`
}

const UNDER_UI = `MENU TITLE {{title}}
DEFAULT {{default}}
TIMEOUT {{timeout}}

{{entries}}`

const PROMPT = `DEFAULT {{default}}
PROMPT 1
TIMEOUT {{timeout}}
SAY Press Enter, or type one of these names:
{{choices}}

{{entries}}`

const AT_ONCE = `DEFAULT {{default}}
PROMPT 0
{{choices}}

{{entries}}`

/** Lines for a menu module mean nothing to a prompt. */
const NAMES_A_MODULE = /^\s*(?:ui|menu|default\s+\S+\.c32)\b/im

export function renderPxelinux(menu: BootMenu): string {
  const rendered = renderEntries(menu, renderEntry)
  const own = findTemplate(menu, 'pxelinux')
  const template = own ?? (menu.timeoutSeconds === 0 ? AT_ONCE : pxelinuxTemplate(menu))
  const hasModule = NAMES_A_MODULE.test(template)
  const blocks = rendered.entries.map(({entry, lines: [label = '', ...rest]}) => [
    label,
    ...(hasModule ? [`  MENU LABEL ${quoteTitle(entry.title)}`] : []),
    ...rest,
  ])
  return renderFrame(menu, {
    template,
    left: rendered.left,
    first: serialDirective(menu.console),
    holes: {
      title: quoteTitle(menu.title),
      default: rendered.default,
      timeout: tenths(menu),
      choices: choiceLines(rendered, template !== AT_ONCE),
      entries: joinBlocks(blocks),
    },
  })
}

/** SERIAL must precede every other directive to be sure to work (SYSLINUX manual, doc/syslinux.txt). */
function serialDirective(console: string | undefined): string[] {
  const [, port, baud = '9600'] = /^ttyS([0-3])(?:,(\d+))?/.exec(console ?? '') ?? []
  return port === undefined ? [] : [`SERIAL ${port} ${baud}`]
}

/** TIMEOUT counts tenths of a second, and 0 would mean to wait for ever. */
function tenths({timeoutSeconds}: BootMenu): string {
  return String(Math.max(timeoutSeconds * 10, 1))
}

/** What cannot be started is said on the screen, even where there is nothing to choose. */
function choiceLines({entries, left}: Renderable, isShown: boolean): string[] {
  const choices = entries.map(({entry}) => `SAY   ${entry.label.padEnd(8)} ${asciiTitle(quotePxelinux(entry.title))}`)
  return [...(isShown ? choices : []), ...left.map((line) => `SAY ${asciiTitle(line)}`)]
}

function renderEntry(entry: BootEntry): string[] {
  checkEntry(entry)
  const label = `LABEL ${entry.label}`
  switch (entry.kind) {
    case 'local':
      return [label, '  LOCALBOOT 0']
    case 'linux': {
      const initrds = entry.initrds.map(quotePath).join(',')
      return [
        label,
        `  KERNEL ${quotePath(entry.kernel)}`,
        ...(initrds === '' ? [] : [`  INITRD ${initrds}`]),
        ...appendDirective(quotePxelinux(entry.args)),
      ]
    }
    case 'multiboot':
      return [label, ...renderMultiboot(entry)]
    case 'esxi': {
      if (entry.bios === undefined) throw unsupported(LOADER, entry, 'the image has no mboot.c32, and so no way to start on a BIOS')
      return [label, `  KERNEL ${quotePath(entry.bios)}`, `  APPEND -c ${quotePath(entry.config)}`]
    }
    case 'program':
      return [label, ...renderProgram(entry)]
    case 'iso':
      return [label, '  LINUX memdisk', `  INITRD ${quotePath(entry.path)}`, '  APPEND iso raw']
  }
}

/** mboot.c32 takes the kernel and each module with its arguments, and three hyphens between them (doc/mboot.txt). */
function renderMultiboot({mboot = 'mboot.c32', kernel, args, modules}: MultibootEntry): string[] {
  const parts = [{path: kernel, args}, ...modules].map((part) => {
    const words = [quotePath(part.path), ...(part.args === '' ? [] : [quotePxelinux(part.args)])].join(' ')
    if (!/(?:^| )---(?: |$)/.test(words)) return words
    throw unwritable(part.args, 'mboot.c32 takes three hyphens for the end of a module', 'leave "---" out of the boot arguments')
  })
  return [`  KERNEL ${quotePath(mboot)}`, ...appendDirective(parts.join(' --- '))]
}

function renderProgram(entry: ProgramEntry): string[] {
  const {bios, args} = entry
  if (bios === undefined) throw unsupported(LOADER, entry, 'it is a program for UEFI')
  const directive = bios.protocol === 'linux' ? 'LINUX' : 'PXE'
  return [`  ${directive} ${quotePath(bios.path)}`, ...(bios.protocol === 'linux' ? appendDirective(quotePxelinux(args)) : [])]
}

/** Longer lines are cut (com32/elflink/ldlinux/readconfig.c, MAX_LINE 4096). */
const MOST_BYTES = 4000

function appendDirective(text: string): string[] {
  if (text === '') return []
  if (Buffer.byteLength(text) <= MOST_BYTES) return [`  APPEND ${text}`]
  throw unwritable(
    `${text.slice(0, 60)}…`,
    `it reads lines of ${MOST_BYTES} bytes at most`,
    'use fewer modules or shorter arguments, or boot by iPXE',
  )
}

/**
 * The one place that fits text into a directive. PXELINUX has no quotes and no escapes: quotes, `$`, `%`, `;` and `#` mean
 * nothing within a line. Spaces at the ends are lost, and a lone `-` after APPEND means "no arguments".
 */
function quotePxelinux(text: string): string {
  const trimmed = text.replace(/^ +| +$/g, '')
  if (trimmed !== '-') return trimmed
  throw unwritable(text, 'a lone hyphen means "no arguments" to it', 'leave the boot arguments empty')
}

/** For menu.c32: `^` would make the next letter a key, and cannot be written otherwise. */
function quoteTitle(text: string): string {
  return asciiTitle(text).replaceAll('^', "'").trim()
}

/** A space ends a file name, a comma separates initrds, and `::` or `://` would name another server. */
function quotePath(path: string): string {
  if (!/[ ,]|::|:\/\//.test(path)) return path
  throw unwritable(path, 'it cannot name a file with spaces, commas, "::" or "://"', 'rename the file or its folder')
}

function unwritable(text: string, reason: string, suggestion: string): PxectlError {
  return new PxectlError(`PXELINUX cannot be given ${JSON.stringify(text)}: ${reason}`, {
    code: 'BOOT_TEXT_INVALID',
    kind: 'usage',
    details: {text, loader: 'pxelinux'},
    suggestions: [suggestion],
  })
}
