// What the request port says to those it does not serve.
import {PxectlError} from '../errors.js'
import {type ErrorPacket, errorCodes, type Packet, type PacketError} from './packet.js'

/** The answer to a packet that asks for nothing we do; undefined for a read we can serve and for what gets no answer. */
export function refusePacket(packet: Packet | PacketError): ErrorPacket | undefined {
  switch (packet.kind) {
    case 'rrq':
      // `mail` is obsolete since RFC 1350.
      return isKnownMode(packet.mode) ? undefined : refusal(errorCodes.illegalOperation, `mode ${packet.mode} is not supported`)
    case 'wrq':
      return refusal(errorCodes.accessViolation, 'this server is read-only')
    case 'error':
      // Two servers answering each other's errors would never stop (RFC 1350 section 7).
      return undefined
    case 'malformed':
      return packet.opcode === undefined || packet.opcode === 5 ? undefined : refusal(errorCodes.illegalOperation, packet.reason)
    default:
      return refusal(errorCodes.illegalOperation, 'only requests are taken here')
  }
}

/** The answer to a read whose file cannot be opened. Our own trouble is not explained to the network. */
export function refuseFile(error: unknown): ErrorPacket {
  const code = error instanceof PxectlError ? error.code : undefined
  // The first words that in.tftpd uses: people know them from their firmware's screen.
  if (code === 'BOOT_FILE_NOT_FOUND') return refusal(errorCodes.fileNotFound, 'File not found')
  if (code === 'BOOT_FILE_FORBIDDEN') return refusal(errorCodes.accessViolation, 'Access violation')
  return refusal(errorCodes.undefined, 'the server cannot open the file')
}

function isKnownMode(mode: string): boolean {
  return mode === 'octet' || mode === 'netascii'
}

function refusal(errorCode: number, message: string): ErrorPacket {
  return {kind: 'error', errorCode, message}
}
