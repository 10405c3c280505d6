// Files laid out as the DATA packets that carry them, so that sending copies nothing: a block, or a whole window, is a stretch
// of one buffer, and all clients with the same blksize share it.
//
//   piece   │00 03 bl ck│ contents of a block │00 03 bl ck│ contents of the next │ …        packets of 4 + blksize bytes
import type {BootFile, Soon} from '../bootfiles/boot-file.js'
import {createByteCache} from '../bootfiles/byte-cache.js'
import {DATA_HEADER_BYTES, writeDataHeader} from './packet.js'

/** A file as blocks. Blocks count from 1, pieces from 0. */
export type PacketImage = {
  /** At least 1: a file ends with a block shorter than blksize (RFC 1350 section 2), so that may be empty. */
  readonly blockCount: number
  readonly blocksPerPiece: number
  /** The packets of the blocks from index × blocksPerPiece + 1 on. The bytes may be shared: do not change them. */
  piece(index: number): Soon<Uint8Array>
}

export type PacketImages = {
  /** Pieces hold whole windows. */
  open(file: BootFile, terms: {readonly blksize: number; readonly windowsize: number}): PacketImage
}

/** A transfer holds the piece it sends and the next: small enough for a thousand transfers of files that share nothing. */
const PIECE_BYTES = 32 * 1024

/**
 * A client of large windows has much in flight anyway, and what is done for each piece holds it up: larger pieces, up to a limit,
 * which is higher while few clients share the memory.
 */
const USUAL_PIECE = {windows: 8, mostBytes: 256 * 1024} as const
const QUIET_PIECE = {windows: 16, mostBytes: 2 * 1024 * 1024} as const

export type PacketImagesOptions = {
  /** Do few transfers run now? */
  readonly isQuiet?: () => boolean
}

/** Makes images whose pieces are kept, up to so many bytes in all, as long as their file does not change. */
export function createPacketImages(cacheBytes: number, {isQuiet = () => false}: PacketImagesOptions = {}): PacketImages {
  const cache = createByteCache(cacheBytes)
  return {
    open(file, {blksize, windowsize}) {
      const packetBytes = DATA_HEADER_BYTES + blksize
      const windowBytes = packetBytes * windowsize
      const {windows, mostBytes} = isQuiet() ? QUIET_PIECE : USUAL_PIECE
      const wantedBytes = windowsize === 1 ? PIECE_BYTES : Math.max(PIECE_BYTES, Math.min(windows * windowBytes, mostBytes))
      const blocksPerPiece = Math.max(1, Math.floor(wantedBytes / windowBytes)) * windowsize
      const pieceBytes = blocksPerPiece * blksize
      const load = (index: number): Soon<Uint8Array> => {
        const offset = index * pieceBytes
        const contents = file.read(offset, Math.min(pieceBytes, file.sizeBytes - offset))
        const lay = (bytes: Uint8Array): Uint8Array => layOut(bytes, {blksize, firstBlock: index * blocksPerPiece + 1, blocksPerPiece})
        return contents instanceof Promise ? contents.then(lay) : lay(contents)
      }
      return {
        blockCount: Math.floor(file.sizeBytes / blksize) + 1,
        blocksPerPiece,
        piece: (index) =>
          file.version === undefined ? load(index) : cache.get(`${file.version}/${blksize}/${blocksPerPiece}/${index}`, () => load(index)),
      }
    },
  }
}

type Layout = {readonly blksize: number; readonly firstBlock: number; readonly blocksPerPiece: number}

/** Only the last piece of a file is not full: there, one block is shorter than blksize. */
function layOut(contents: Uint8Array, {blksize, firstBlock, blocksPerPiece}: Layout): Uint8Array {
  const blocks = Math.min(Math.floor(contents.length / blksize) + 1, blocksPerPiece)
  const image = Buffer.allocUnsafeSlow(contents.length + blocks * DATA_HEADER_BYTES)
  for (let index = 0; index < blocks; index += 1) {
    const at = index * (DATA_HEADER_BYTES + blksize)
    writeDataHeader(image, at, firstBlock + index)
    image.set(contents.subarray(index * blksize, (index + 1) * blksize), at + DATA_HEADER_BYTES)
  }
  return image
}
