// Real images with random damage: whatever the bytes say, reading ends soon, with an answer or with a PxectlError, and unpacking never
// writes outside of its folder. The damage is the same in every run.
import {mkdirSync, readdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Readable} from 'node:stream'
import {gzipSync} from 'node:zlib'
import {expect, test} from 'vitest'
import {memorySource} from '../../src/archive/byte-source.js'
import {peelCompression} from '../../src/archive/compression.js'
import {extractTree} from '../../src/archive/extract.js'
import {openFat, readFatLabel} from '../../src/archive/fat.js'
import {openIso} from '../../src/archive/iso9660.js'
import {readPartitions} from '../../src/archive/partitions.js'
import {readTar} from '../../src/archive/tar.js'
import type {FileTree} from '../../src/archive/tree.js'
import {PxectlError} from '../../src/errors.js'
import {temporaryFolder} from '../support/temporary-folder.js'
import {fixtureBytes} from './fixture-image.js'

const MAX_CONTENT_BYTES = 4 << 20

async function readTree(tree: FileTree): Promise<void> {
  let bytes = 0
  for await (const entry of tree.walk()) {
    if (entry.kind !== 'file' || bytes > MAX_CONTENT_BYTES) continue
    for await (const chunk of tree.read(entry)) {
      bytes += chunk.length
      if (bytes > MAX_CONTENT_BYTES) break
    }
  }
}

async function readTarOf(bytes: Buffer): Promise<void> {
  const {stream} = await peelCompression(Readable.from([bytes], {objectMode: false}), {name: 'x', maxBytes: MAX_CONTENT_BYTES})
  await readTar(stream, () => Promise.resolve())
}

const READERS: Readonly<Record<string, {readonly runs: number; readonly read: (bytes: Buffer) => Promise<unknown>}>> = {
  'both.iso': {runs: 100, read: async (bytes) => readTree(await openIso(memorySource('x', bytes)))},
  'plain.iso': {runs: 100, read: async (bytes) => readTree(await openIso(memorySource('x', bytes)))},
  'fat12.img': {runs: 100, read: async (bytes) => readTree(await openFat(memorySource('x', bytes)))},
  'gpt.img': {runs: 60, read: (bytes) => readPartitions(memorySource('x', bytes))},
  'mbr.img': {
    runs: 60,
    read: async (bytes) => [await readPartitions(memorySource('x', bytes)), await readFatLabel(memorySource('x', bytes))],
  },
  'pax.tar': {runs: 100, read: readTarOf},
  'gnu.tar': {runs: 100, read: readTarOf},
}

for (const [name, {runs, read}] of Object.entries(READERS)) {
  test(`${name}, damaged in ${runs} ways`, async () => {
    const whole = fixtureBytes(name)
    const bytes = Buffer.from(whole)
    const random = randomOf(name)
    const places = placesIn(whole)
    let refused = 0
    for (let run = 0; run < runs; run++) {
      const damaged = Array.from({length: 1 + random(6)}, () => (places[random(places.length)] ?? 0) + random(3))
      for (const at of damaged) bytes[at] = [0, 0xff, 0x80, random(256)][random(4)] ?? 0
      const end = random(10) === 0 ? random(bytes.length) : bytes.length
      try {
        await read(bytes.subarray(0, end))
      } catch (error) {
        if (!(error instanceof PxectlError)) throw new Error(`run ${run}: not a PxectlError`, {cause: error})
        refused++
      }
      for (const at of damaged) if (at < whole.length) bytes[at] = whole[at] ?? 0
    }
    expect(refused).toBeGreaterThan(0)
  })
}

test('a damaged tar.gz', async () => {
  const whole = gzipSync(fixtureBytes('pax.tar'))
  const random = randomOf('gzip')
  for (let run = 0; run < 60; run++) {
    const bytes = Buffer.from(whole)
    bytes[random(bytes.length)] = random(256)
    await readTarOf(bytes).catch((error: unknown) => expect(error).toBeInstanceOf(PxectlError))
  }
})

test('what is unpacked of damaged images stays in its folder', async () => {
  const around = temporaryFolder()
  writeFileSync(join(around, 'file'), 'x')
  const random = randomOf('unpack')
  for (let run = 0; run < 24; run++) {
    const name = ['both.iso', 'fat12.img', 'pax.tar', 'gnu.tar'][run % 4] ?? 'both.iso'
    const bytes = fixtureBytes(name)
    const places = placesIn(bytes)
    for (let count = 0; count < 4; count++) bytes[places[random(places.length)] ?? 0] = [0x2e, 0x2f, 0x5c, random(256)][random(4)] ?? 0
    const into = join(around, `into${run}`)
    mkdirSync(into)
    const limits = {bytes: MAX_CONTENT_BYTES, entries: 100}
    const from = async (): Promise<FileTree | Readable> =>
      name.endsWith('.tar')
        ? Readable.from([bytes], {objectMode: false})
        : name.endsWith('.iso')
          ? openIso(memorySource(name, bytes))
          : openFat(memorySource(name, bytes))
    const select = (path: string): string => path
    await from()
      .then((source) => extractTree(source, {into, limits, select}))
      .catch((error: unknown) => {
        expect(error).toBeInstanceOf(PxectlError)
        expect(readdirSync(into), `run ${run}: ${String(error)}`).toEqual([])
      })
  }
  expect(readdirSync(around).filter((name) => !/^into\d+$/.test(name))).toEqual(['file'])
})

/** Most of an image is zeros, which nobody looks at. */
function placesIn(bytes: Buffer): number[] {
  const places: number[] = []
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== 0) places.push(at)
  return places
}

/** The same numbers in every run. */
function randomOf(seed: string): (below: number) => number {
  let state = [...seed].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) >>> 0
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
