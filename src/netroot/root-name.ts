// The name of a PXE filesystem: a folder in fs.directory and in the TFTP root, a word of kernel arguments and of exports(5).
import {PxectlError} from '../errors.js'

/** No file system, loader, kernel or export needs to quote such a name. */
const NAME = /^[a-zA-Z0-9]\w[\w.-]{0,61}$|^[a-zA-Z0-9]$/

/** Folders that a lab has in its TFTP root anyway, and words that mean something else. */
const RESERVED = ['boot', 'efi', 'grub', 'images', 'ipxe', 'local', 'pxelinux.cfg', 'roots', 'syslinux']

const PARTIAL = '.partial'

/** The folder of a root in the making. */
export function partialName(name: string): string {
  return `${name}${PARTIAL}`
}

export function isRootName(text: string): boolean {
  return NAME.test(text) && !RESERVED.includes(text.toLowerCase()) && !text.endsWith(PARTIAL)
}

/** Throws ROOT_NAME_INVALID, which says what a name may be. */
export function parseRootName(text: string): string {
  if (isRootName(text)) return text
  const problem =
    RESERVED.includes(text.toLowerCase()) || text.endsWith(PARTIAL)
      ? 'that name has a meaning of its own'
      : /[/\\]/.test(text) || text.startsWith('.')
        ? 'it is no path; all roots lie in the folder fs.directory'
        : 'use letters, digits, dots, hyphens and underscores, at most 63, and a letter or digit first'
  throw new PxectlError(`"${text}" cannot be the name of a PXE filesystem: ${problem}`, {
    code: 'ROOT_NAME_INVALID',
    kind: 'usage',
    details: {root: text},
    suggestions: ['choose another name, for example root_demo', 'where roots lie: pxectl config get fs.directory'],
  })
}
