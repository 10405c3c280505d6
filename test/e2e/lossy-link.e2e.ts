// Five hundred TFTP clients, then five hundred HTTP clients, behind a cable that loses, doubles, reorders and delays: every one of
// them gets its file whole.
//
//     br0 192.168.56.1: pxectl serve ── tap ── lossy-link ── lossy0 192.168.56.50: 500 clients on as many ports
import {afterAll, beforeAll, expect, test} from 'vitest'
import {makeLab} from './support/lab.js'
import {type LinkFaults, type LinkStatistics, type LossyLink, openLossyLink} from './support/lossy-link.js'
import {openNetwork, SERVER, type Network} from './support/network.js'
import {HTTP_PORT, type Serving, startServing, TFTP_PORT} from './support/serving.js'
import {runStorm, type StormFile, writeStormFiles} from './support/storm-client.js'

const CLIENTS = 500

let network: Network
let link: LossyLink
let serving: Serving
let files: readonly StormFile[]
let smallFiles: readonly StormFile[]

beforeAll(async () => {
  network = await openNetwork('lossy')
  link = await openLossyLink(network)
  const lab = await makeLab(network, {dhcp: 'none'})
  files = await writeStormFiles(lab.tftpRoot, 'storm', 20, [10_000, 60_000])
  smallFiles = await writeStormFiles(lab.tftpRoot, 'small', 20, [1000, 16_000])
  serving = await startServing(lab)
})

afterAll(() => network?.close())

type Case = {
  readonly name: string
  readonly faults: LinkFaults
  readonly isHarsh?: boolean
  readonly happened: (counts: LinkStatistics) => boolean
}

const sum = (counts: LinkStatistics, of: 'lost' | 'duplicated' | 'reordered'): number => counts.toClient[of] + counts.toServer[of]

const CASES: readonly Case[] = [
  {name: 'a good cable', faults: {}, happened: (counts) => sum(counts, 'lost') === 0},
  {name: '1 % loss', faults: {loss: 1, seed: 11}, happened: (counts) => sum(counts, 'lost') > 0},
  {name: '5 % loss', faults: {loss: 5, seed: 12}, happened: (counts) => sum(counts, 'lost') > 100},
  {name: '20 % loss', faults: {loss: 20, seed: 13}, isHarsh: true, happened: (counts) => sum(counts, 'lost') > 500},
  {name: '10 % duplicates', faults: {duplicate: 10, seed: 14}, happened: (counts) => sum(counts, 'duplicated') > 100},
  {name: '10 % out of order by 10 ms', faults: {reorder: 10, seed: 15}, happened: (counts) => sum(counts, 'reordered') > 100},
  {name: '50 ms delay', faults: {delayMs: 50}, happened: (counts) => sum(counts, 'lost') === 0},
  {
    name: '2 % loss, 5 % duplicates, 5 % out of order and 10 ms delay',
    faults: {loss: 2, duplicate: 5, reorder: 5, delayMs: 10, seed: 16},
    happened: (counts) => sum(counts, 'lost') > 0 && sum(counts, 'duplicated') > 0 && sum(counts, 'reordered') > 0,
  },
]

for (const {name, faults, isHarsh = false, happened} of CASES) {
  for (const protocol of ['TFTP', 'HTTP'] as const) {
    test(`${name}: ${CLIENTS} ${protocol} clients get their files whole`, async () => {
      const clients = protocol === 'TFTP' ? {tftpClients: CLIENTS, httpClients: 0} : {tftpClients: 0, httpClients: CLIENTS}
      const counts = await link.during(faults, async () => {
        const result = await runStorm(link.client, {
          server: SERVER,
          tftpPort: TFTP_PORT,
          httpPort: HTTP_PORT,
          files: isHarsh && protocol === 'HTTP' ? smallFiles : files,
          windowEvery: 4,
          ...clients,
        })
        console.log(`${name}, ${protocol}: ${result.whole} whole after ${result.repeats} repeats in ${result.seconds.toFixed(1)} s`)
        expect(result.failures).toEqual([])
        expect(result.whole).toBe(CLIENTS)
      })
      expect(happened(counts), `the cable did its worst: ${JSON.stringify(counts)}`).toBe(true)
      // 1500 and the Ethernet header: nothing went past the cable's limits in a frame that no real cable would carry.
      expect(counts.toClient.largest).toBeLessThanOrEqual(1514)
      expect(counts.toClient.overflowed + counts.toServer.overflowed, 'frames that the test itself lost').toBe(0)
      serving.mustBeWell()
    })
  }
}
