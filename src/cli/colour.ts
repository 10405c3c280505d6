// Colours for a person at a terminal. What is piped or recorded stays plain, and no colour carries meaning alone.

/** Does this stream take colours? Not where NO_COLOR is set (no-color.org) or the terminal is none or a dumb one. */
export function usesColour(stream: {readonly isTTY?: boolean}, environment: Readonly<Record<string, string | undefined>>): boolean {
  return canRedraw(stream, environment) && (environment['NO_COLOR'] ?? '') === ''
}

/** Can what was drawn on this stream be drawn anew? A terminal inside an editor, TERM=dumb, only takes lines. */
export function canRedraw(stream: {readonly isTTY?: boolean}, environment: Readonly<Record<string, string | undefined>>): boolean {
  return stream.isTTY === true && environment['TERM'] !== 'dumb'
}

const BOLD = 1
const RED = 31
const GREEN = 32
const CYAN = 36

/** A unified diff as diff(1) and git colour it. */
export function colourDiff(diff: string): string {
  return diff
    .split('\n')
    .map((line) => {
      const colour = colourOf(line)
      return colour === undefined ? line : `\u001B[${colour}m${line}\u001B[0m`
    })
    .join('\n')
}

function colourOf(line: string): number | undefined {
  if (line.startsWith('+++ ') || line.startsWith('--- ')) return BOLD
  if (line.startsWith('@@')) return CYAN
  if (line.startsWith('+')) return GREEN
  return line.startsWith('-') ? RED : undefined
}
