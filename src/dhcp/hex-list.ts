// Bytes as dhcpd writes them: `8:0:27:a:b:c`, one or two digits each, or one byte alone.

/** The bytes with two digits each, in lower case; undefined where the text is no such list. */
export function findHexBytes(text: string): readonly string[] | undefined {
  if (!/^[0-9a-f]{1,2}(:[0-9a-f]{1,2})*$/i.test(text)) return undefined
  return text
    .toLowerCase()
    .split(':')
    .map((byte) => byte.padStart(2, '0'))
}
