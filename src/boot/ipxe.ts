// A boot menu as an iPXE script, for iPXE 1.0.0 (2019) and later; the same file serves BIOS and UEFI, HTTP and TFTP.
//
// Paths begin with `/`: iPXE resolves them against the server that the script came from, so no address is written down.
import type {BootEntry} from './entry.js'
import {findTemplate, joinBlocks, renderFrame} from './frame.js'
import {renderIpxeEntry} from './ipxe-entries.js'
import {quoteIpxe} from './ipxe-quote.js'
import type {BootMenu} from './menu.js'
import {asciiTitle, type Renderable, renderEntries} from './renderable.js'

/** The built-in frame of a menu that is shown. The shell, and entries that were left, go back to `start`. */
export const IPXE_TEMPLATE = `#!ipxe
set menu-timeout {{timeout}}
:start
menu {{title}}
{{choices}}
choose --default {{default}} --timeout \${menu-timeout} entry && goto \${entry} || goto {{default}}

{{entries}}`

const AT_ONCE = `#!ipxe
goto {{default}}

{{entries}}`

export function renderIpxe(menu: BootMenu): string {
  const rendered = renderEntries(menu, (entry) => renderIpxeEntry(entry, menu.client))
  const blocks = [
    ...rendered.entries.map(({entry, lines}) => [`:${entry.label}`, ...lines]),
    ...(menu.hasUtilities ? UTILITIES : []),
    ...endings(rendered.entries.flatMap(({lines}) => lines)),
  ]
  return renderFrame(menu, {
    template: findTemplate(menu, 'ipxe') ?? (menu.timeoutSeconds === 0 ? AT_ONCE : IPXE_TEMPLATE),
    left: rendered.left,
    holes: {
      title: quoteTitle(menu.title),
      default: rendered.default,
      timeout: milliseconds(menu),
      choices: itemLines(menu, rendered),
      entries: joinBlocks(blocks),
    },
  })
}

/** Leaving the shell shows the menu again, which then waits. */
const UTILITIES: readonly (readonly string[])[] = [
  [':shell', 'echo Type exit to get back to the menu', 'shell ||', 'set menu-timeout 0', 'goto start'],
  [':reboot', 'reboot'],
]

/** They wait, because the message would scroll away with what the firmware does next. */
const ENDINGS: Readonly<Record<string, string>> = {
  'needs-bios': 'This starts on machines with a BIOS alone. Turn legacy boot (CSM) on in the setup of this machine.',
  'needs-uefi': 'This starts on machines with UEFI alone. Turn legacy boot (CSM) off in the setup of this machine.',
  failed: 'This machine could not be given what it boots. On the server, try: pxectl boot-test',
}

/** Those that the entries jump to. */
function endings(lines: readonly string[]): string[][] {
  const isUsed = (label: string): boolean => lines.some((line) => line.includes(`goto ${label}`))
  return Object.entries(ENDINGS).flatMap(([label, text]) => (isUsed(label) ? [[`:${label}`, `echo ${text}`, 'sleep 30', 'exit 1']] : []))
}

/** `choose` counts milliseconds, and 0 would mean to wait for ever; so would less than a tick, which are 55 ms in old builds. */
function milliseconds({timeoutSeconds}: BootMenu): string {
  return String(Math.max(timeoutSeconds * 1000, 100))
}

function itemLines({hasUtilities}: BootMenu, {entries}: Renderable): string[] {
  const items = (wanted: (entry: BootEntry) => boolean): string[] =>
    entries.filter(({entry}) => wanted(entry)).map(({entry}) => `item ${entry.label} ${quoteTitle(entry.title)}`)
  if (!hasUtilities) return items(() => true)
  return [
    'item --gap -- ------------------------- Operating systems -------------------------',
    ...items(({kind}) => kind !== 'local'),
    'item --gap -- ----------------------------- Utilities -----------------------------',
    'item shell iPXE shell',
    'item reboot restart the machine',
    ...items(({kind}) => kind === 'local'),
  ]
}

/** Titles are for reading: what iPXE would expand is taken apart. */
function quoteTitle(text: string): string {
  return quoteIpxe(asciiTitle(text).replaceAll('${', '$ {'))
}
