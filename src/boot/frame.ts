// Puts what a renderer made of a menu into a frame: the lab's own template of that language, or the one that is built in.
import type {MenuFormat} from './formats.js'
import {type BootMenu} from './menu.js'
import {noticeLines} from './notice.js'
import {fillTemplate, type Holes} from './template.js'

export type Framed = {
  readonly template: string
  /** What was left out of the menu, and why; comments in every language. */
  readonly left: readonly string[]
  /** Directives that stand before everything else, whatever the frame. */
  readonly first?: readonly string[]
  readonly holes: Omit<Holes, 'server' | 'http'>
}

/** The lab's own template for the menu; undefined where there is none. Throws what was wrong with it. */
export function findTemplate({frames}: BootMenu, format: MenuFormat): string | undefined {
  const problem = frames?.problems.get(format)
  if (problem !== undefined) throw problem
  return frames?.texts.get(format)
}

/** The file. The notice and the remarks come first, but for the line by which iPXE knows its scripts. */
export function renderFrame(menu: BootMenu, {template, left, first = [], holes}: Framed): string {
  const {server = '', httpUrl: http = ''} = menu.frames ?? {}
  const lines = fillTemplate(template, {...holes, server, http})
  const shebang = lines[0] === SHEBANG ? [SHEBANG] : []
  const remarks = [...noticeLines(menu), ...left].map((line) => `# ${line}`)
  return `${[...shebang, ...remarks, ...first, ...lines.slice(shebang.length)].join('\n')}\n`
}

const SHEBANG = '#!ipxe'

/** Blocks of lines with an empty line between them. */
export function joinBlocks(blocks: readonly (readonly string[])[]): string[] {
  return blocks.flatMap((block, index) => (index === 0 ? block : ['', ...block]))
}
