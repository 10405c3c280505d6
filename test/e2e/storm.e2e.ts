// A thousand clients in the same instant on a good cable: all are served, all get the right bytes, none is refused. And more clients
// than the TFTP server takes at once: they wait, and none is lost.
//
//     br0 192.168.56.1: pxectl serve ── c1 192.168.56.50: 1,000 clients on as many ports
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openTree} from '../../src/bootfiles/resolve.js'
import type {TransferEvent} from '../../src/bootfiles/transfer-event.js'
import {startTftpServer} from '../../src/tftp/server.js'
import {makeLab, type ServeEvent} from './support/lab.js'
import {SERVER, withNetwork} from './support/network.js'
import {run, until} from './support/programs.js'
import {HTTP_PORT, type Serving, startServing, TFTP_PORT} from './support/serving.js'
import {runStorm, type Storm, writeStormFiles} from './support/storm-client.js'

const CLIENTS = 1000

for (const [name, tftpClients, httpClients] of [
  [`${CLIENTS} TFTP clients`, CLIENTS, 0],
  [`${CLIENTS} HTTP clients`, 0, CLIENTS],
  [`${CLIENTS / 2} TFTP and ${CLIENTS / 2} HTTP clients`, CLIENTS / 2, CLIENTS / 2],
] as const) {
  test(`${name} at once all get their files whole, and none is refused`, () =>
    withNetwork('storm', async (network) => {
      const client = await network.addClient('52:54:00:00:00:50', '192.168.56.50/24')
      const lab = await makeLab(network, {dhcp: 'none'})
      const files = await writeStormFiles(lab.tftpRoot, 'storm', 20, [10_000, 200_000])
      const serving = await startServing(lab)
      const result = await runStorm(client, {...PLACE, files, tftpClients, httpClients, windowEvery: 4})
      console.log(`${name}: ${result.whole} whole after ${result.repeats} repeats in ${result.seconds.toFixed(1)} s`)
      expect(result.failures).toEqual([])
      expect(result.whole).toBe(tftpClients + httpClients)

      const ends = await allEnded(serving, CLIENTS)
      expect(ends.filter((event) => event.kind !== 'done')).toEqual([])
      const sizes = new Map(files.map((file) => [file.name, file.sizeBytes]))
      const isWhole = (event: ServeEvent): boolean => event['bytes'] === sizes.get(String(event['name']).replace(/^\//, ''))
      expect(ends.filter((event) => !isWhole(event))).toEqual([])
      serving.mustBeWell()
    }))
}

test('more TFTP clients than transfers are taken at once: the others wait, and all finish', async () => {
  const root = await mkdtemp(join(tmpdir(), 'pxectl-storm-'))
  const events: TransferEvent[] = []
  const server = await startTftpServer({
    address: '127.0.0.1',
    port: 0,
    files: openTree(root),
    maxTransfers: 20,
    onEvent: (event) => events.push(event),
  })
  try {
    const files = await writeStormFiles(root, 'storm', 10, [10_000, 60_000])
    const result = await runStorm({run}, {...PLACE, server: server.address, tftpPort: server.port, files, tftpClients: 400, httpClients: 0})
    console.log(`20 at a time: ${result.whole} whole after ${result.repeats} repeats in ${result.seconds.toFixed(1)} s`)
    expect(result.failures).toEqual([])
    expect(result.whole).toBe(400)
    expect(mostAtOnce(events), 'transfers at the same time').toBeLessThanOrEqual(20)
  } finally {
    await server.close()
    await rm(root, {recursive: true, force: true})
  }
})

const PLACE: Pick<Storm, 'server' | 'tftpPort' | 'httpPort'> = {server: SERVER, tftpPort: TFTP_PORT, httpPort: HTTP_PORT}

/** The last events of all transfers: a client is through before the server has its last ACK. */
function allEnded(serving: Serving, count: number): Promise<ServeEvent[]> {
  return until(`${count} transfers to be reported as ended`, 60_000, () => {
    const ended = serving.events().filter((event) => event.kind === 'done' || event.kind === 'failed' || event.kind === 'refused')
    return ended.length >= count && ended
  })
}

function mostAtOnce(events: readonly TransferEvent[]): number {
  let running = 0
  let most = 0
  for (const {kind} of events) {
    if (kind === 'start') most = Math.max(most, (running += 1))
    if (kind === 'done' || kind === 'failed') running -= 1
  }
  return most
}
