// Strings from clients, files and other programs may carry control characters that would drive the user's terminal.

/** The text with control characters written as \xNN; newlines may stay. */
export function escapeControl(text: string, options: {keepNewlines?: boolean} = {}): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (character) =>
    (options.keepNewlines === true && character === '\n') || character === '\t'
      ? character
      : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
