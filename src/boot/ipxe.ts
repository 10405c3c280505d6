// A boot menu as an iPXE script, for iPXE 1.0.0 (2019) and later; the same file serves BIOS and UEFI, HTTP and TFTP.
//
// Paths begin with `/`: iPXE resolves them against the server that the script came from, so no address is written down.
import type {BootEntry} from './entry.js'
import {renderIpxeEntry} from './ipxe-entries.js'
import {quoteIpxe} from './ipxe-quote.js'
import type {BootMenu} from './menu.js'
import {noticeLines} from './notice.js'
import {asciiTitle, type Renderable, renderEntries} from './renderable.js'

export function renderIpxe(menu: BootMenu): string {
  const rendered = renderEntries(menu, (entry) => renderIpxeEntry(entry, menu.client))
  const lines = [
    '#!ipxe',
    ...noticeLines(menu).map((line) => `# ${line}`),
    ...rendered.left.map((line) => `# ${line}`),
    ...(menu.timeoutSeconds === 0 ? [`goto ${rendered.default}`] : chooseLines(menu, rendered)),
    ...rendered.entries.flatMap(({entry, lines: own}) => ['', `:${entry.label}`, ...own]),
    ...(menu.hasUtilities ? UTILITIES : []),
    ...endings(rendered.entries.flatMap(({lines: own}) => own)),
  ]
  return `${lines.join('\n')}\n`
}

/** Leaving the shell shows the menu again, which then waits. */
const UTILITIES = [
  '',
  ':shell',
  'echo Type exit to get back to the menu',
  'shell ||',
  'set menu-timeout 0',
  'goto start',
  '',
  ':reboot',
  'reboot',
]

/** They wait, because the message would scroll away with what the firmware does next. */
const ENDINGS: Readonly<Record<string, string>> = {
  'needs-bios': 'This starts on machines with a BIOS alone. Turn legacy boot (CSM) on in the setup of this machine.',
  'needs-uefi': 'This starts on machines with UEFI alone. Turn legacy boot (CSM) off in the setup of this machine.',
  failed: 'This machine could not be given what it boots. On the server, try: pxectl boot-test',
}

/** Those that the entries jump to. */
function endings(lines: readonly string[]): string[] {
  const isUsed = (label: string): boolean => lines.some((line) => line.includes(`goto ${label}`))
  return Object.entries(ENDINGS).flatMap(([label, text]) => (isUsed(label) ? ['', `:${label}`, `echo ${text}`, 'sleep 30', 'exit 1'] : []))
}

/** `choose` counts milliseconds, and 0 would mean to wait for ever. Escape boots the default too. */
function chooseLines({title, timeoutSeconds, hasUtilities}: BootMenu, {entries, default: label}: Renderable): string[] {
  const items = entries.map(({entry}) => `item ${entry.label} ${quoteTitle(entry.title)}`)
  if (!hasUtilities) return [`menu ${quoteTitle(title)}`, ...items, chooseLine(label, String(timeoutSeconds * 1000))]
  const isSystem = ({entry}: {entry: BootEntry}): boolean => entry.kind !== 'local'
  return [
    `set menu-timeout ${timeoutSeconds * 1000}`,
    ':start',
    `menu ${quoteTitle(title)}`,
    'item --gap -- ------------------------- Operating systems -------------------------',
    ...items.filter((_, index) => entries[index] !== undefined && isSystem(entries[index])),
    'item --gap -- ----------------------------- Utilities -----------------------------',
    'item shell iPXE shell',
    'item reboot restart the machine',
    ...items.filter((_, index) => entries[index] !== undefined && !isSystem(entries[index])),
    chooseLine(label, '${menu-timeout}'),
  ]
}

function chooseLine(label: string, timeout: string): string {
  return `choose --default ${label} --timeout ${timeout} entry && goto \${entry} || goto ${label}`
}

/** Titles are for reading: what iPXE would expand is taken apart. */
function quoteTitle(text: string): string {
  return quoteIpxe(asciiTitle(text).replaceAll('${', '$ {'))
}
