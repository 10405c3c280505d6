// A boot menu as an iPXE script, for iPXE 1.0.0 (2019) and later; the same file serves BIOS and UEFI, HTTP and TFTP.
//
// Paths begin with `/`: iPXE resolves them against the server that the script came from, so no address is written down.
import {PxectlError} from '../errors.js'
import {type BootEntry, checkEntry, type LinuxEntry} from './entry.js'
import type {BootMenu} from './menu.js'
import {noticeLines} from './notice.js'

export function renderIpxe(menu: BootMenu): string {
  const lines = [
    '#!ipxe',
    ...noticeLines(menu).map((line) => `# ${line}`),
    ...chooseLines(menu),
    ...menu.entries.flatMap((entry) => ['', `:${entry.label}`, ...renderEntry(entry)]),
    ...(menu.entries.some((entry) => entry.kind === 'linux') ? FAILED : []),
  ]
  return `${lines.join('\n')}\n`
}

/** It waits, because the message would scroll away with what the firmware does next. */
const FAILED = [
  '',
  ':failed',
  'echo This machine could not be given what it boots. On the server, try: pxectl boot-test',
  'sleep 30',
  'exit 1',
]

/** `choose` counts milliseconds, and 0 would mean to wait for ever. Escape boots the default too. */
function chooseLines({title, entries, timeoutSeconds, default: label}: BootMenu): string[] {
  if (timeoutSeconds === 0) return [`goto ${label}`]
  return [
    `menu ${quoteIpxe(title)}`,
    ...entries.map((entry) => `item ${entry.label} ${quoteIpxe(entry.title)}`),
    `choose --default ${label} --timeout ${timeoutSeconds * 1000} entry && goto \${entry} || goto ${label}`,
  ]
}

function renderEntry(entry: BootEntry): string[] {
  checkEntry(entry)
  switch (entry.kind) {
    case 'local':
      // UEFI goes on to its next boot option only if this one reports a failure.
      return ['iseq ${platform} efi && exit 1 ||', 'sanboot --no-describe --drive 0x80 || exit 1']
    case 'linux':
      return renderLinux(entry)
  }
}

/**
 * Under UEFI the kernel's EFI stub opens its initrds by name from a file system that iPXE pretends to have, hence
 * `initrd=` for each; under BIOS the kernel ignores it. The names are ours, because two folders may hold the same name.
 */
function renderLinux({kernel, initrds, args}: LinuxEntry): string[] {
  const named = initrds.map((path, index) => ({path, name: index === 0 ? 'initrd' : `initrd${index + 1}`}))
  const words = [...named.map(({name}) => `initrd=${name}`), ...(args === '' ? [] : [quoteIpxe(args)])]
  return [
    `${['kernel', quoteUri(kernel), ...words].join(' ')} || goto failed`,
    ...named.map(({path, name}) => `initrd --name ${name} ${quoteUri(path)} || goto failed`),
    'boot || goto failed',
  ]
}

/**
 * The one place that fits text into a command. iPXE splits a line at spaces, then expands `${…}` in each word, and has no
 * quotes or escapes (src/core/exec.c). A word that is `||`, `&&` or `;`, or begins with `#`, ends the command: an
 * expansion that is empty, put before it, makes it an ordinary word, and keeps the places of spaces in a row.
 * A `${` of the user's would be expanded, and so would any spelling of it: what is expanded is expanded again.
 */
function quoteIpxe(text: string): string {
  if (text.includes('${')) {
    throw new PxectlError(`iPXE cannot be given ${JSON.stringify(text)}: it would replace what begins with "\${"`, {
      code: 'BOOT_TEXT_INVALID',
      kind: 'usage',
      details: {text, loader: 'ipxe'},
      suggestions: ['write it without "${"; a "$" alone is fine'],
    })
  }
  const words = text.replace(/^ +| +$/g, '').split(' ')
  return words.map((word) => (/^(?:|#.*|\|\||&&|;)$/.test(word) ? `\${nil}${word}` : word)).join(' ')
}

/** A path as the path of a URI, from the root of the server. */
function quoteUri(path: string): string {
  return `/${path.split('/').map(encodeURIComponent).join('/')}`
}
