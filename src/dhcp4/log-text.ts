// Text from the network, made safe to print.

/** In double quotes, everything but printable ASCII as \xhh, cut after 200 characters. */
export function renderLogText(text: string): string {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text
  const escaped = shown.replace(/[^ -~…]|["\\]/g, (char) => (char === '"' || char === '\\' ? `\\${char}` : hexEscape(char)))
  return `"${escaped}"`
}

function hexEscape(char: string): string {
  return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
}
