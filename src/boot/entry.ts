// One bootable choice of a menu, before any loader's language. Paths are relative to the TFTP root, with forward slashes.
import {PxectlError} from '../errors.js'

/** A Linux kernel with its initrds. */
export type LinuxEntry = {
  readonly kind: 'linux'
  /** What people type and scripts jump to: letters, digits, hyphens. */
  readonly label: string
  /** What people read. */
  readonly title: string
  readonly kernel: string
  readonly initrds: readonly string[]
  readonly args: string
}

/** Leave the network and boot what the machine has itself. */
export type LocalEntry = {readonly kind: 'local'; readonly label: string; readonly title: string}

export type BootEntry = LinuxEntry | LocalEntry

/**
 * Refuses what no loader's file can hold. The files are made of lines: a newline in boot arguments would start a
 * directive of its own, and the other control characters reach the kernel from no loader.
 */
export function checkEntry(entry: BootEntry): void {
  if (entry.kind === 'local') return
  checkText('boot arguments', entry.args)
  for (const path of [entry.kernel, ...entry.initrds]) checkText('file name', path)
}

function checkText(what: string, text: string): void {
  const control = /[\u0000-\u001f\u007f]/.exec(text)
  if (control === null) return
  throw new PxectlError(`the ${what} ${JSON.stringify(text)} cannot be written into a boot menu: there is a control character in it`, {
    code: 'BOOT_TEXT_INVALID',
    kind: 'usage',
    details: {text, position: control.index},
    suggestions: ['write it on one line, with spaces and without tabs'],
  })
}
