// OMAPI on the wire, pure: how ISC dhcpd 4.4.3 is spoken to while it runs. No RFC describes it; omapi(3) names the objects.
//
//   greeting, both sides    version 100 · length of a header, 24
//   header                  key handle · signature length · operation · object handle · id · id that is answered   (32 bit each)
//   fields                  (name length 16 bit · name · value length 32 bit · value)… · 0, of the message, then of the object
//   signature               HMAC over all of the message from the signature length on
import {createHmac, timingSafeEqual} from 'node:crypto'
import {PxectlError} from '../errors.js'

export const omapiOperation = {open: 1, refresh: 2, update: 3, notify: 4, status: 5, delete: 6} as const

/** Values are bytes: numbers have four, addresses as many as on the wire. */
export type OmapiFields = Readonly<Record<string, Uint8Array>>

export type OmapiMessage = {
  /** What the server called our key; 0: unsigned. */
  readonly keyHandle: number
  readonly operation: number
  /** Of the object; 0: none yet. */
  readonly handle: number
  readonly id: number
  /** The id of the message that this one answers, or 0. */
  readonly answers: number
  readonly message: OmapiFields
  readonly object: OmapiFields
}

/** The hashes that dhcpd knows for `key NAME { algorithm hmac-…; }`, as it spells them. */
export const omapiAlgorithms = ['hmac-md5', 'hmac-sha1', 'hmac-sha224', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'] as const

export type OmapiKey = {readonly name: string; readonly algorithm: (typeof omapiAlgorithms)[number]; readonly secret: Uint8Array}

const VERSION = 100
const HEADER_BYTES = 24
/** A host with all its statements is far below; a length beyond it is no OMAPI. */
const MAX_MESSAGE_BYTES = 65_536

export const omapiGreeting: Buffer = Buffer.from([0, 0, 0, VERSION, 0, 0, 0, HEADER_BYTES])

/** How many bytes of `bytes` the greeting takes; undefined: more must come. Throws OMAPI_FAILED where it is none. */
export function decodeGreeting(bytes: Buffer): number | undefined {
  if (bytes.length < omapiGreeting.length) return undefined
  if (bytes.subarray(0, omapiGreeting.length).equals(omapiGreeting)) return omapiGreeting.length
  throw omapiFailed('it does not speak OMAPI version 100')
}

/** With a key the message is signed, and `keyHandle` must be what the server called that key. */
export function encodeOmapi(message: OmapiMessage, key?: OmapiKey): Buffer {
  const signatureBytes = key === undefined ? 0 : sign(key, Buffer.alloc(0)).length
  const head = [message.keyHandle, signatureBytes, message.operation, message.handle, message.id, message.answers]
  const unsigned = Buffer.concat([...head.map(number32), ...encodeFields(message.message), ...encodeFields(message.object)])
  return key === undefined ? unsigned : Buffer.concat([unsigned, sign(key, unsigned.subarray(4))])
}

/**
 * The first message in `bytes` and how many of them it takes; undefined: more must come. Throws OMAPI_FAILED where it is
 * broken, too long, or not signed with the key. Only what answers the request for the key itself is unsigned.
 */
export function decodeOmapi(bytes: Buffer, key?: OmapiKey): {readonly message: OmapiMessage; readonly length: number} | undefined {
  if (bytes.length < HEADER_BYTES) return undefined
  const signatureBytes = bytes.readUInt32BE(4)
  if (signatureBytes > 64) throw omapiFailed('its answer has a signature that is too long')
  const fields = decodeFields(bytes, HEADER_BYTES)
  const object = fields === undefined ? undefined : decodeFields(bytes, fields.end)
  if (fields === undefined || object === undefined || bytes.length < object.end + signatureBytes) return undefined
  const length = object.end + signatureBytes
  if (key !== undefined) {
    // dhcpd signs nothing for a client whose own signature it found wrong.
    if (signatureBytes === 0) throw omapiFailed(`it does not accept the secret of the key ${key.name}`)
    const expected = sign(key, bytes.subarray(4, object.end))
    const signature = bytes.subarray(object.end, length)
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected))
      throw omapiFailed(`its answer is not signed with the key ${key.name}`)
  }
  const message = {
    keyHandle: bytes.readUInt32BE(0),
    operation: bytes.readUInt32BE(8),
    handle: bytes.readUInt32BE(12),
    id: bytes.readUInt32BE(16),
    answers: bytes.readUInt32BE(20),
    message: fields.fields,
    object: object.fields,
  }
  return {message, length}
}

/** A number as a field's value. */
export function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A failed conversation; `reason` completes "OMAPI: ". */
export function omapiFailed(reason: string, cause?: unknown): PxectlError {
  return new PxectlError(`OMAPI: ${reason}`, {code: 'OMAPI_FAILED', kind: 'external', cause})
}

function sign(key: OmapiKey, bytes: Uint8Array): Buffer {
  return createHmac(key.algorithm.slice('hmac-'.length), key.secret).update(bytes).digest()
}

function encodeFields(fields: OmapiFields): Buffer[] {
  const parts = Object.entries(fields).flatMap(([name, value]) => {
    const nameBytes = Buffer.from(name, 'latin1')
    return [number32(nameBytes.length).subarray(2), nameBytes, number32(value.length), Buffer.from(value)]
  })
  return [...parts, Buffer.alloc(2)]
}

function decodeFields(bytes: Buffer, start: number): {readonly fields: OmapiFields; readonly end: number} | undefined {
  const fields: Record<string, Uint8Array> = Object.create(null) as Record<string, Uint8Array>
  for (let at = start; ;) {
    if (at > MAX_MESSAGE_BYTES) throw omapiFailed('its answer is too long')
    if (bytes.length < at + 2) return undefined
    const nameEnd = at + 2 + bytes.readUInt16BE(at)
    if (nameEnd === at + 2) return {fields, end: nameEnd}
    if (bytes.length < nameEnd + 4) return undefined
    const valueEnd = nameEnd + 4 + bytes.readUInt32BE(nameEnd)
    if (valueEnd > MAX_MESSAGE_BYTES) throw omapiFailed('its answer is too long')
    if (bytes.length < valueEnd) return undefined
    fields[bytes.toString('latin1', at + 2, nameEnd)] = bytes.subarray(nameEnd + 4, valueEnd)
    at = valueEnd
  }
}
