// A flood of read requests that claim to be from somebody else. The server answers each, as it must, but neither its memory nor the
// traffic towards the victim grows without bounds, and good clients are served.
//
//     br0 192.168.56.1: pxectl serve ── c1 192.168.56.50: good clients, and the flood in the name of 192.168.56.77
import {expect, test} from 'vitest'
import {openBadLab} from './support/bad-lab.js'
import {rrq} from './support/fetch.js'
import {until} from './support/programs.js'
import {TFTP_PORT} from './support/serving.js'

const VICTIM = '192.168.56.77'
const REQUESTS = 20_000

/** One OACK in its frame is some 70 bytes. With at most ten repetitions the server is no weapon. */
const MOST_BYTES_PER_REQUEST = 1000
const MOST_PSS_KIB = 400 * 1024
/** Node gives memory back when it likes, so the better of two later measurements counts. */
const MOST_GROWTH_KIB = 48 * 1024

// Its own time limit: a patient server may repeat its answers for a minute before it gives up.
test(`${REQUESTS} requests in the name of somebody else cost bounded memory and traffic`, {timeout: 900_000}, async () => {
  const lab = await openBadLab('flood')
  const {network, client, serving} = lab
  const received = async (): Promise<number> => Number(await client.mustRun(['cat', '/sys/class/net/eth0/statistics/rx_bytes']))
  const pss: number[] = []
  const flood = async (): Promise<number> => {
    const before = await received()
    // The address is only there while the requests are sent: what comes back meets nobody, so that nothing tells the server to stop.
    await client.mustRun(['ip', 'address', 'add', `${VICTIM}/24`, 'dev', 'eth0'])
    const requests = {count: REQUESTS, from: VICTIM, firstPort: 20_000, port: TFTP_PORT}
    await lab.sockets.flood(rrq('small.bin', 'tsize', '0', 'blksize', '1432'), requests)
    await client.mustRun(['ip', 'address', 'del', `${VICTIM}/24`, 'dev', 'eth0'])
    // As long as firmware asks before it gives up; the places of the flood must be free again by then.
    await lab.mustServe(60_000)
    expect(await serving.pssKiB()).toBeLessThan(MOST_PSS_KIB)
    let last = await received()
    await until('the server to fall silent', 240_000, async () => {
      // Longer than the pause between two repetitions may be.
      await new Promise((resolve) => setTimeout(resolve, 12_000))
      const now = await received()
      const isQuiet = now - last < 2000
      last = now
      return isQuiet
    })
    return last - before
  }
  try {
    await lab.mustServe()
    const openFiles = await serving.openFiles()
    const mac = (await client.mustRun(['cat', '/sys/class/net/eth0/address'])).trim()
    await network.mustRun(['ip', 'neighbour', 'replace', VICTIM, 'lladdr', mac, 'dev', 'br0', 'nud', 'permanent'])
    for (const round of ['first', 'second', 'third']) {
      const traffic = await flood()
      pss.push(await serving.pssKiB())
      console.log(`${round} flood: ${Math.round(traffic / REQUESTS)} bytes sent per request, PSS ${pss.at(-1)} KiB`)
      expect(traffic, 'the flood was answered at all').toBeGreaterThan(100_000)
      expect(traffic / REQUESTS).toBeLessThan(MOST_BYTES_PER_REQUEST)
      expect(await serving.openFiles()).toBeLessThanOrEqual(openFiles + 2)
    }
    const [warm = 0, ...later] = pss
    expect(Math.min(...later) - warm, `PSS after each flood in KiB: ${pss.join(', ')}`).toBeLessThan(MOST_GROWTH_KIB)
    await lab.mustServe()
  } finally {
    await network.close()
  }
})
