// The initramfs of a root fetches its image with Debian's busybox: over connections that are refused, cut and stalled, and from a server that has
// another image than the menu means.
//
//     busybox sh: pxectl_fetch ── 127.0.0.1: a server of this test
import {createHash, randomBytes} from 'node:crypto'
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {createServer, type RequestListener} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {INITRAMFS_BOOT} from '../../src/netroot/initramfs-scripts.js'
import {run, type Finished} from './support/programs.js'

const IMAGE = randomBytes(3_000_000)
const SUM = createHash('sha256').update(IMAGE).digest('hex')

/** The functions that fetch and check, with five seconds instead of two minutes for each attempt, and none between two. */
const FETCH = INITRAMFS_BOOT.slice(INITRAMFS_BOOT.indexOf('# Is the image'), INITRAMFS_BOOT.indexOf('pxectl_mount_image()'))
  .replace('timeout 120', 'timeout 5')
  .replace('sleep 3', 'sleep 0')

test('an image comes whole over a network that refuses, cuts and stalls, and nothing is fetched twice', async () => {
  const ranges: (string | undefined)[] = []
  const {finished, got} = await fetchFrom((request, response) => {
    const {range} = request.headers
    ranges.push(range)
    if (ranges.length === 1) return response.destroy()
    const from = Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0)
    response.writeHead(range === undefined ? 200 : 206, {'content-length': IMAGE.length - from})
    if (ranges.length > 4) return response.end(IMAGE.subarray(from))
    // Two are cut, the fourth says nothing more.
    return response.write(IMAGE.subarray(from, from + 500_000), () => {
      if (ranges.length < 4) setTimeout(() => response.destroy(), 200)
    })
  }, SUM)
  expect(finished.stdout).toMatch(/fetched\n$/)
  expect(got?.equals(IMAGE)).toBe(true)
  expect(ranges).toEqual([undefined, undefined, 'bytes=500000-', 'bytes=1000000-', 'bytes=1500000-'])
})

test('an image that is another one is not mounted, and the console says why', async () => {
  const other = '0'.repeat(64)
  const {finished, got} = await fetchFrom((_, response) => response.end(IMAGE), other)
  expect(finished.stdout).toContain(`its SHA-256 is ${SUM}, not ${other}`)
  expect(finished.stdout).toMatch(/FAILED cannot fetch http/)
  expect(got).toBeUndefined()
})

async function fetchFrom(listener: RequestListener, sum: string): Promise<{finished: Finished; got: Buffer | undefined}> {
  const folder = await mkdtemp(join(tmpdir(), 'pxectl-fetch-'))
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const {port} = server.address() as AddressInfo
  const target = join(folder, 'image')
  try {
    await writeFile(
      join(folder, 'fetch.sh'),
      `log_begin_msg() { echo "$*"; }
log_end_msg() { :; }
log_warning_msg() { echo "$*"; }
pxectl_fail() { echo "FAILED $*"; exit 1; }
pxectl_option() { echo ${sum}; }
${FETCH}
pxectl_fetch http://127.0.0.1:${port}/root.squashfs ${target} && echo fetched
`,
    )
    // Its own wget, timeout, df …: with nothing in PATH it takes those that are built in.
    const env = {PATH: '/nowhere'}
    const finished = await run(['/bin/busybox', 'sh', join(folder, 'fetch.sh')], {env, timeoutMs: 240_000})
    return {finished, got: await readFile(target).catch(() => undefined)}
  } finally {
    server.closeAllConnections()
    server.close()
    await rm(folder, {recursive: true, force: true})
  }
}
