// A boot menu in PXELINUX's language: one directive a line, the rest of the line verbatim.
//
// No menu.c32: a prompt needs no module beyond ldlinux.c32 and shows on a serial console. Paths are plain, relative to the
// loader's own folder, because pxelinux.0 and these files stand in the TFTP root together. A loader in a subfolder (such as
// efi64/syslinux.efi) would put that folder before them, but before pxelinux.cfg/ too, and so never reads this file.
import {PxectlError} from '../errors.js'
import {type BootEntry, checkEntry} from './entry.js'
import type {BootMenu} from './menu.js'
import {noticeLines} from './notice.js'

export function renderPxelinux(menu: BootMenu): string {
  const lines = [
    ...noticeLines(menu).map((line) => `# ${line}`),
    ...serialDirective(menu.console),
    `DEFAULT ${menu.default}`,
    ...promptDirectives(menu),
    ...menu.entries.flatMap((entry) => ['', ...renderEntry(entry)]),
  ]
  return `${lines.join('\n')}\n`
}

/** SERIAL must precede every other directive to be sure to work (SYSLINUX manual, doc/syslinux.txt). */
function serialDirective(console: string | undefined): string[] {
  const [, port, baud = '9600'] = /^ttyS([0-3])(?:,(\d+))?/.exec(console ?? '') ?? []
  return port === undefined ? [] : [`SERIAL ${port} ${baud}`]
}

/** TIMEOUT counts tenths of a second, and 0 would mean to wait for ever. */
function promptDirectives({entries, timeoutSeconds}: BootMenu): string[] {
  if (timeoutSeconds === 0) return ['PROMPT 0']
  const choices = entries.map((entry) => `SAY   ${entry.label.padEnd(8)} ${quotePxelinux(entry.title)}`)
  return ['PROMPT 1', `TIMEOUT ${timeoutSeconds * 10}`, 'SAY Press Enter, or type one of these names:', ...choices]
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
        ...(entry.args === '' ? [] : [`  APPEND ${quotePxelinux(entry.args)}`]),
      ]
    }
  }
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
