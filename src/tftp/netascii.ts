// The netascii transfer mode: text with the line ends of a network terminal (RFC 1350 section 1, RFC 764).

const LF = 0x0a
const CR = 0x0d

/**
 * A line feed becomes CR LF, a carriage return CR NUL. Each byte is encoded by itself, so a text may be encoded in pieces
 * and cut into blocks anywhere, even between a CR and what follows it.
 */
export function encodeNetascii(bytes: Uint8Array): Uint8Array {
  const special = bytes.reduce((count, byte) => (byte === LF || byte === CR ? count + 1 : count), 0)
  const encoded = new Uint8Array(bytes.length + special)
  let at = 0
  for (const byte of bytes) {
    if (byte === LF || byte === CR) encoded[at++] = CR
    encoded[at++] = byte === CR ? 0 : byte
  }
  return encoded
}
