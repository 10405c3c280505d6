// Load by HTTP: curl for one large file, wrk for many requests. Both only count bytes; http-servers.ts compares them.
import {exec} from '../src/system/exec.js'
import {PeerMissing, WrongBytes, type Sample} from './contest.js'
import {getPeer} from './programs.js'

/** MB/s of one connection that fetches a file several times. */
export async function fetchByCurl(url: string, {sizeBytes, times}: {readonly sizeBytes: number; readonly times: number}): Promise<Sample> {
  const file = getPeer('curl', 'apt-get install curl')
  const words = ['--silent', '--show-error', '--fail', '--max-time', '60', '--write-out', String.raw`%{size_download} %{time_total}\n`]
  const fetches = Array.from({length: times}, () => ['--output', '/dev/null', url]).flat()
  const curl = await exec({file, args: [...words, ...fetches]})
  if (curl.exitCode !== 0) throw new Error(`curl: ${curl.stderr}`)
  const fetched = curl.stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number))
  const wrong = fetched.find(([bytes]) => bytes !== sizeBytes)
  if (fetched.length !== times || wrong !== undefined) throw new WrongBytes(`wrong bytes: curl got ${curl.stdout}`)
  const seconds = fetched.reduce((sum, [, took = 0]) => sum + took, 0)
  return {value: (times * sizeBytes) / 1e6 / seconds, work: times}
}

export type WrkLoad = {readonly sizeBytes: number; readonly connections: number; readonly seconds: number}

/** Requests a second by wrk on one thread. */
export async function runWrk(url: string, {sizeBytes, connections, seconds}: WrkLoad): Promise<Sample> {
  const file = getPeer('wrk', 'apt-get install wrk')
  const wrk = await exec({file, args: ['-t1', `-c${connections}`, `-d${seconds}s`, url]})
  if (wrk.exitCode !== 0) throw new PeerMissing(`wrk: ${wrk.stderr.trim()}`)
  const bad = /Socket errors: .*|Non-2xx or 3xx responses: .*/.exec(wrk.stdout)
  if (bad !== null) throw new Error(`wrk: ${bad[0]}`)
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(wrk.stdout)?.[1])
  const [, requests, size, unit] = /(\d+) requests in \S+, ([\d.]+)([KMGT]?)B read/.exec(wrk.stdout) ?? []
  const bytes = Number(size) * 1024 ** ['', 'K', 'M', 'G', 'T'].indexOf(unit ?? '')
  if (!(rate > 0)) throw new Error(`wrk served nothing: ${wrk.stdout}`)
  // Its heads come on top, and wrk rounds to two places.
  if (bytes < Number(requests) * sizeBytes * 0.99) throw new WrongBytes(`wrong bytes: ${requests} answers have ${bytes}`)
  return {value: rate, work: Number(requests)}
}
