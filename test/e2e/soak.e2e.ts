// The storms of many days in minutes: rounds of TFTP and HTTP clients behind a bad cable, some of which leave in the middle, while
// files are replaced and rewritten. The server ends with the memory and the open files it began with.
//
//     br0 192.168.56.1: pxectl serve ── tap ── lossy-link ── lossy0 192.168.56.50: 300 clients a round
//
// SOAK_SECONDS=600 npx vitest run --config test/e2e/vitest.config.ts test/e2e/soak.e2e.ts   runs ten minutes; default 40 s
import {rename, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {makeLab} from './support/lab.js'
import {openLossyLink} from './support/lossy-link.js'
import {SERVER, withNetwork} from './support/network.js'
import {noise} from './support/noise.js'
import {until} from './support/programs.js'
import {HTTP_PORT, startServing, TFTP_PORT} from './support/serving.js'
import {runStorm, type StormFile, writeStormFile, writeStormFiles} from './support/storm-client.js'

const SOAK_SECONDS = Number(process.env['SOAK_SECONDS'] ?? 40)
/** Enough for a trend, however slow the machine. */
const LEAST_ROUNDS = 12

/** How far the median memory of the last quarter of the rounds may lie above that of the second. The first is for warming up. */
const TOLERANCE_KIB = 16 * 1024
/** Descriptors: a log or a timer may hold one or two more. */
const TOLERANCE_FILES = 2

/** A small heap is collected early: what grows in spite of it is held by somebody. */
const HEAP = '--max-old-space-size=48 --max-semi-space-size=2'

const LIMIT_MS = (SOAK_SECONDS * 4 + 600) * 1000

test(
  `memory and open files end where they began after ${SOAK_SECONDS} s of storms`,
  () =>
    withNetwork('soak', async (network) => {
      const link = await openLossyLink(network)
      const {tftpRoot: root, ...lab} = await makeLab(network, {dhcp: 'none'})
      const lasting = await writeStormFiles(root, 'storm', 15, [2000, 60_000])
      // Small ones, because every version of a file may stay in a cache: one that fills for the first time looks like a leak.
      const changing = await writeStormFiles(root, 'changing', 5, [500, 2000])
      // Rewritten in place while it is fetched: its clients may fail, and the server must not care.
      const restless = await writeStormFile(root, 'restless.bin', 100_000, 99)
      const serving = await withNodeOptions(HEAP, () => startServing({tftpRoot: root, ...lab}))
      const base = {server: SERVER, tftpPort: TFTP_PORT, httpPort: HTTP_PORT, windowEvery: 4}
      const openFilesBefore = await serving.openFiles()
      const pss: number[] = []
      let fetched = 0
      let seed = 0

      const end = Date.now() + SOAK_SECONDS * 1000

      await link.during({loss: 0.5, duplicate: 1, reorder: 2, seed: 7}, async () => {
        while (Date.now() < end || pss.length < LEAST_ROUNDS) {
          seed += 1
          await replaceAll(root, changing, seed)
          const storm = runStorm(link.client, {
            ...base,
            files: [...lasting, ...changing],
            tftpClients: 150,
            httpClients: 150,
            leavingPercent: 15,
            seed,
          })
          const chaos = runStorm(link.client, {...base, files: [restless], tftpClients: 5, httpClients: 10, leavingPercent: 50, seed})
          const rewriting = rewriteUntil(chaos, join(root, restless.name), restless.sizeBytes)
          const result = await storm
          await rewriting
          expect(result.failures, `round ${pss.length + 1}`).toEqual([])
          expect(result.whole + result.left).toBe(300)
          serving.mustBeWell()
          fetched += result.whole
          pss.push(await serving.pssKiB())
        }
      })

      const quarter = Math.floor(pss.length / 4)
      const [second, last] = [median(pss.slice(quarter, 2 * quarter)), median(pss.slice(-quarter))]
      console.log(`${pss.length} rounds, ${fetched} files: PSS ${pss[0]} KiB after the first, median ${second} → ${last} KiB`)
      expect(last - second, `PSS after each round in KiB: ${pss.join(', ')}`).toBeLessThan(TOLERANCE_KIB)
      await until('the server to close what clients left behind', 180_000, async () => {
        return (await serving.openFiles()) <= openFilesBefore + TOLERANCE_FILES
      })
    }),
  LIMIT_MS,
)

/** Programs that are started by `work` run with these options of Node. */
async function withNodeOptions<T>(options: string, work: () => Promise<T>): Promise<T> {
  const before = process.env['NODE_OPTIONS']
  process.env['NODE_OPTIONS'] = options
  try {
    return await work()
  } finally {
    if (before === undefined) delete process.env['NODE_OPTIONS']
    else process.env['NODE_OPTIONS'] = before
  }
}

/** Rewrites the file in place for as long as its clients are there. So it is also never old enough for a cache to keep it. */
async function rewriteUntil(end: Promise<unknown>, path: string, sizeBytes: number): Promise<void> {
  let hasEnded = false
  const ended = end.finally(() => (hasEnded = true))
  for (let seed = 0; !hasEnded; seed += 1) {
    await writeFile(path, noise(sizeBytes, seed), {flag: 'r+'})
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  await ended
}

/** Gives the files other bytes, some by rename and some in place, and their list what clients must now get. */
async function replaceAll(root: string, files: StormFile[], round: number): Promise<void> {
  for (const [at, old] of files.entries()) {
    const replacement = await writeStormFile(root, at % 2 === 0 ? old.name : `${old.name}.new`, old.sizeBytes, 1000 * round + at)
    if (replacement.name !== old.name) await rename(join(root, replacement.name), join(root, old.name))
    files[at] = {...replacement, name: old.name}
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN
}
