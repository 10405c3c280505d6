// What a loader's language can hold of a menu. One image that cannot be written must not take the others away.
import {PxectlError} from '../errors.js'
import type {BootEntry} from './entry.js'
import type {BootMenu} from './menu.js'

export type RenderedEntry = {readonly entry: BootEntry; readonly lines: readonly string[]}

export type Renderable = {
  readonly entries: readonly RenderedEntry[]
  /** The label of the entry that boots by itself. */
  readonly default: string
  /** What was left out, and why, one line each. */
  readonly left: readonly string[]
}

/**
 * Renders each entry by itself. `render` throws BOOT_ENTRY_UNSUPPORTED for what this loader cannot start, and the entry is left out.
 * It throws BOOT_TEXT_INVALID for what the language cannot say; that is passed on where the default entry of a host is concerned.
 */
export function renderEntries(menu: BootMenu, render: (entry: BootEntry) => string[]): Renderable {
  const entries: RenderedEntry[] = []
  const left: string[] = []
  for (const entry of menu.entries) {
    try {
      entries.push({entry, lines: render(entry)})
    } catch (error) {
      if (!(error instanceof PxectlError) || !/^BOOT_(?:TEXT_INVALID|ENTRY_UNSUPPORTED)$/.test(error.code)) throw error
      if (error.code === 'BOOT_TEXT_INVALID' && menu.isStrict && entry.label === menu.default) throw error
      left.push(`${entry.label} is left out: ${error.message}`)
    }
  }
  const isThere = entries.some(({entry}) => entry.label === menu.default)
  return {entries, left, default: isThere ? menu.default : (entries.at(-1)?.entry.label ?? menu.default)}
}

export function unsupported(loader: string, entry: BootEntry, reason: string): PxectlError {
  return new PxectlError(`${loader} cannot start "${entry.title}": ${reason}`, {
    code: 'BOOT_ENTRY_UNSUPPORTED',
    kind: 'usage',
    details: {entry: entry.label, loader},
    suggestions: ['see what another loader is given: pxectl menu show HOST --format ipxe'],
  })
}

/** For screens that know nothing but ASCII: accents are taken off, what is left gets a question mark. */
export function asciiTitle(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^\u0020-\u007e]/gu, '?')
}
