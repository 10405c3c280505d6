import fc from 'fast-check'
import {expect, test} from 'vitest'
import {type BootFile, bytesFile} from '../../src/bootfiles/boot-file.js'
import {createPacketImages, type PacketImage} from '../../src/tftp/packet-images.js'
import {decodePacket} from '../../src/tftp/packet.js'
import {contentOf} from './lossy-wire.js'

const lockStep = (blksize: number): {blksize: number; windowsize: number} => ({blksize, windowsize: 1})

/** What a client gets: the blocks of all pieces, checked for their numbers. */
async function contentsOf(image: PacketImage, blksize: number): Promise<Buffer> {
  const contents: Uint8Array[] = []
  for (let block = 1; block <= image.blockCount; block += 1) {
    const index = Math.floor((block - 1) / image.blocksPerPiece)
    const piece = await image.piece(index)
    const start = (block - 1 - index * image.blocksPerPiece) * (4 + blksize)
    const packet = decodePacket(piece.subarray(start, start + 4 + blksize))
    if (packet.kind !== 'data') throw new Error(packet.kind)
    if (packet.block !== (block & 0xffff)) throw new Error(`block ${block} is numbered ${packet.block}`)
    if ((packet.bytes.length === blksize) !== block < image.blockCount) throw new Error(`block ${block}: ${packet.bytes.length} bytes`)
    contents.push(packet.bytes)
  }
  return Buffer.concat(contents)
}

test('a file of any length becomes blocks, the last of which is shorter than blksize', async () => {
  const images = createPacketImages(1e6)
  for (const blksize of [8, 512, 1432, 1468, 65_464]) {
    for (const length of [0, 1, blksize - 1, blksize, blksize + 1, 3 * blksize, 40_000, 100_001]) {
      const content = contentOf(length)
      const image = images.open(bytesFile(content, 0, `v${length}`), lockStep(blksize))
      expect(Buffer.compare(await contentsOf(image, blksize), content)).toBe(0)
    }
  }
})

test('random lengths and block sizes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(70_000), fc.integer({min: 8, max: 3000}), async (length, blksize) => {
      const content = contentOf(length)
      const image = createPacketImages(100_000).open(bytesFile(content, 0, `v${length}`), lockStep(blksize))
      expect(Buffer.compare(await contentsOf(image, blksize), content)).toBe(0)
    }),
    {numRuns: 30},
  )
})

test('block numbers wrap from 65535 to 0 across pieces', async () => {
  const content = contentOf(8 * 65_540 + 3)
  expect(Buffer.compare(await contentsOf(createPacketImages(1e6).open(bytesFile(content, 0, 'v1'), lockStep(8)), 8), content)).toBe(0)
})

/** A file on a slow disk that counts its reads. */
function slowFile(version: string | undefined): BootFile & {reads: number} {
  const file = {
    sizeBytes: 100_000,
    modifiedMs: 0,
    version,
    reads: 0,
    async read(offset: number, length: number) {
      file.reads += 1
      return Promise.resolve(contentOf(offset + length).subarray(offset))
    },
    close: () => undefined,
  }
  return file
}

test('a piece is read once for all transfers with the same blksize, and then given at once', async () => {
  const images = createPacketImages(1e6)
  const file = slowFile('v1')
  const [first, second] = await Promise.all([images.open(file, lockStep(1432)).piece(0), images.open(file, lockStep(1432)).piece(0)])
  expect(second).toBe(first)
  expect(images.open(file, lockStep(1432)).piece(0)).toBe(first)
  expect(file.reads).toBe(1)
  expect(await images.open(file, lockStep(512)).piece(0)).not.toBe(first)
})

test('another version of the file is never mixed with the old one, and a file without version is not kept', async () => {
  const images = createPacketImages(1e6)
  const [one, two, young] = [slowFile('v1'), slowFile('v2'), slowFile(undefined)]
  await images.open(one, lockStep(512)).piece(0)
  await images.open(two, lockStep(512)).piece(0)
  for (const _again of [1, 2]) await images.open(young, lockStep(512)).piece(0)
  expect([one.reads, two.reads, young.reads]).toEqual([1, 1, 2])
})

test('pieces hold whole windows, larger ones while few clients share the memory', () => {
  let isQuiet = true
  const images = createPacketImages(1e6, {isQuiet: () => isQuiet})
  const file = bytesFile(new Uint8Array(0), 0)
  const blocks = (windowsize: number): number => images.open(file, {blksize: 1468, windowsize}).blocksPerPiece
  const quiet = [1, 4, 16, 64].map(blocks)
  isQuiet = false
  const usual = [1, 4, 16, 64].map(blocks)
  expect(quiet).toEqual([22, 64, 256, 1024])
  expect(usual).toEqual([22, 32, 128, 128])
})
