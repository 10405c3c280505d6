// Rock Ridge: POSIX names, links and deep folders in the system use areas of ISO 9660 records (IEEE P1281 SUSP, P1282 RRIP).
//
//   signature (2) length (1) version (1) …        NM name · SL link · PX mode · TF times · CL, RE moved folders · CE goes on elsewhere
import {corrupt} from './archive-error.js'
import {decodeDate} from './iso-record.js'

export type RockRidge = {
  /** Of NM; undefined where the name is that of ISO 9660. */
  readonly name?: string
  /** The kind of file in the mode of PX (POSIX S_IFMT), e.g. 0o120000. */
  readonly fileType?: number
  readonly linkTarget?: string
  readonly modifiedMs?: number
  /** CL: the folder that belongs here lies at this block; too deep for ISO 9660, it was moved. */
  readonly childBlock?: number
  /** RE: this folder was moved here, and belongs elsewhere. */
  readonly isMoved: boolean
  /** ZF: the content is compressed for zisofs. */
  readonly isCompressed: boolean
}

/** Where a system use area goes on. */
type Continuation = {readonly block: number; readonly offset: number; readonly length: number}

export type RockRidgeReader = {
  /** The image's, for errors. */
  readonly name: string
  /** Bytes to leave out at the start of each area (LEN_SKP of SP). */
  readonly skipBytes: number
  readContinuation(from: Continuation): Promise<Buffer>
}

type SuspEntry = {readonly signature: string; readonly body: Buffer}

/** A long link takes two or three; a loop of them has no end. */
const MAX_CONTINUATIONS = 32
/** A continuation lies in one block; Linux refuses others (fs/isofs/rock.c). */
const MAX_CONTINUATION_BYTES = 2048

/** Does the first record of the top folder announce Rock Ridge? Gives the bytes to skip in all others, or undefined. */
export async function detectRockRidge(systemUse: Buffer, reader: Omit<RockRidgeReader, 'skipBytes'>): Promise<number | undefined> {
  // SP stands first and has a check (SUSP section 5.3).
  const isShared = systemUse.length >= 7 && systemUse.toString('latin1', 0, 2) === 'SP' && systemUse.readUInt16BE(4) === 0xbeef
  if (!isShared) return undefined
  const entries = await entriesOf(systemUse, {...reader, skipBytes: 0})
  return entries.some(({signature}) => ['RR', 'PX', 'NM'].includes(signature)) ? systemUse[6] : undefined
}

/** What Rock Ridge says of a record. */
export async function readRockRidge(systemUse: Buffer, reader: RockRidgeReader): Promise<RockRidge> {
  const entries = await entriesOf(systemUse.subarray(reader.skipBytes), reader)
  const bodies = (signature: string): Buffer[] => entries.filter((entry) => entry.signature === signature).map(({body}) => body)
  const [px] = bodies('PX')
  const [cl] = bodies('CL')
  const name = nameOf(bodies('NM'))
  const linkTarget = linkOf(bodies('SL'), reader.name)
  const modifiedMs = modifiedOf(bodies('TF'))
  return {
    ...(name === undefined ? {} : {name}),
    ...(px !== undefined && px.length >= 4 ? {fileType: px.readUInt32LE(0) & 0o170000} : {}),
    ...(linkTarget === undefined ? {} : {linkTarget}),
    ...(modifiedMs === undefined ? {} : {modifiedMs}),
    ...(cl !== undefined && cl.length >= 4 ? {childBlock: cl.readUInt32LE(0)} : {}),
    isMoved: bodies('RE').length > 0,
    isCompressed: bodies('ZF').length > 0,
  }
}

async function entriesOf(first: Buffer, reader: RockRidgeReader): Promise<SuspEntry[]> {
  const entries: SuspEntry[] = []
  let area: Buffer | undefined = first
  for (let count = 0; area !== undefined; count++) {
    if (count > MAX_CONTINUATIONS) throw corrupt(reader.name, 'the Rock Ridge entries of a record have no end')
    let next: Continuation | undefined
    // What is too short for an entry is padding.
    for (let offset = 0; offset + 4 <= area.length;) {
      const signature = area.toString('latin1', offset, offset + 2)
      const length = area[offset + 2] ?? 0
      if (signature === 'ST' || length < 4 || offset + length > area.length) break
      const body = area.subarray(offset + 4, offset + length)
      if (signature === 'CE' && body.length >= 24) next = continuationOf(body, reader.name)
      else entries.push({signature, body})
      offset += length
    }
    area = next === undefined ? undefined : await reader.readContinuation(next)
  }
  return entries
}

/** CE: block, offset and length, each in both byte orders (SUSP section 5.1). */
function continuationOf(body: Buffer, name: string): Continuation {
  const length = body.readUInt32LE(16)
  if (length > MAX_CONTINUATION_BYTES) throw corrupt(name, `Rock Ridge entries go on for ${length} bytes, which cannot be`)
  return {block: body.readUInt32LE(0), offset: body.readUInt32LE(8), length}
}

/** NM: flags, then a part of the name (RRIP section 4.1.4); flags 2 and 4 stand for `.` and `..`, which have records of their own. */
function nameOf(bodies: readonly Buffer[]): string | undefined {
  const parts = bodies.filter((body) => ((body[0] ?? 0) & 0x06) === 0).map((body) => body.subarray(1))
  return parts.length === 0 ? undefined : decodeText(Buffer.concat(parts))
}

/**
 * SL: flags, then components of flags, length and text (RRIP section 4.1.3). Component flags: 1 goes on in the next component,
 * 2 `.`, 4 `..`, 8 the root.
 */
function linkOf(bodies: readonly Buffer[], name: string): string | undefined {
  if (bodies.length === 0) return undefined
  const parts: Buffer[] = []
  let goesOn = false
  let root = ''
  for (const body of bodies) {
    for (let offset = 1; offset + 2 <= body.length;) {
      const flags = body[offset] ?? 0
      const end = offset + 2 + (body[offset + 1] ?? 0)
      if (end > body.length) throw corrupt(name, 'a Rock Ridge link is shorter than the text in it')
      const text = flags & 2 ? Buffer.from('.') : flags & 4 ? Buffer.from('..') : body.subarray(offset + 2, end)
      if (flags & 8) root = '/'
      else if (goesOn) parts.push(Buffer.concat([parts.pop() ?? Buffer.alloc(0), text]))
      else parts.push(text)
      goesOn = (flags & 1) !== 0
      offset = end
    }
  }
  return root + parts.map(decodeText).join('/')
}

/** TF: flags say which times follow, creation first, then modification (RRIP section 4.1.6); flag 0x80 is a long form nobody writes. */
function modifiedOf([body]: readonly Buffer[]): number | undefined {
  const flags = body?.[0] ?? 0
  if (body === undefined || (flags & 0x80) !== 0 || (flags & 0x02) === 0) return undefined
  const offset = 1 + (flags & 0x01 ? 7 : 0)
  return decodeDate(body.subarray(offset, offset + 7))
}

/** Names are bytes; those that are no UTF-8 come from the time before it. */
function decodeText(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  return text.includes('\uFFFD') ? bytes.toString('latin1') : text
}
