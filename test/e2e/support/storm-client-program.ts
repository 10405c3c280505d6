// The program behind storm-client.ts: reads a Storm as JSON on stdin, starts all clients at once, prints a StormResult.
import {text} from 'node:stream/consumers'
import {randomFrom} from './noise.js'
import type {Storm, StormFile, StormOutcome, StormResult} from './storm-client.js'
import {fetchAsBrowser} from './storm-client-http.js'
import {fetchAsFirmware} from './storm-client-tftp.js'

/** What one client is to do. `leaveAfterBytes`: it goes away once it has that many. */
export type Errand = {
  readonly server: string
  readonly port: number
  readonly file: StormFile
  readonly windowsize: number
  readonly leaveAfterBytes?: number
  /** Leaves with an ERROR packet rather than silently. */
  readonly isPolite: boolean
}

export type ClientResult = {readonly outcome: StormOutcome; readonly reason?: string; readonly repeats: number}

const storm = JSON.parse(await text(process.stdin)) as Storm
const random = randomFrom(storm.seed ?? 1)
const began = performance.now()

function errand(index: number, port: number): Errand {
  const file = storm.files[index % storm.files.length]
  if (file === undefined) throw new Error('a storm needs files')
  const isLeaving = random() * 100 < (storm.leavingPercent ?? 0)
  return {
    server: storm.server,
    port,
    file,
    windowsize: storm.windowEvery !== undefined && storm.windowEvery > 0 && index % storm.windowEvery === 0 ? 4 : 1,
    isPolite: random() < 0.5,
    ...(isLeaving ? {leaveAfterBytes: Math.floor(random() * file.sizeBytes)} : {}),
  }
}

const clients: Promise<{errand: Errand; result: ClientResult}>[] = []
const send = (errand: Errand, fetch: (errand: Errand) => Promise<ClientResult>): void => {
  clients.push(fetch(errand).then((result) => ({errand, result})))
}
for (let index = 0; index < storm.tftpClients; index += 1) send(errand(index, storm.tftpPort), fetchAsFirmware)
for (let index = 0; index < storm.httpClients; index += 1) send(errand(index, storm.httpPort), fetchAsBrowser)
const ended = await Promise.all(clients)
const count = (outcome: StormOutcome): number => ended.filter(({result}) => result.outcome === outcome).length
const bad = ended.filter(({result}) => result.outcome === 'wrong bytes' || result.outcome === 'failed')
const result: StormResult = {
  whole: count('whole'),
  left: count('left'),
  failures: bad.map(
    ({errand, result}) =>
      `${errand.file.name} (windowsize ${errand.windowsize}, port ${errand.port}): ${result.outcome}, ${result.reason ?? ''}`,
  ),
  repeats: ended.reduce((sum, {result}) => sum + result.repeats, 0),
  seconds: (performance.now() - began) / 1000,
}
process.stdout.write(`${JSON.stringify(result)}\n`)
