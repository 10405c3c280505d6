// One HTTP client that fetches a file whole. TCP repeats what is lost; a connection on which nothing moves for long is opened anew,
// as `curl --retry` would: at 20 % loss a few of 500 connections stand still for a minute, and that says nothing about a server.
import {createHash} from 'node:crypto'
import {get} from 'node:http'
import type {ClientResult, Errand} from './storm-client-program.js'

const STALLED_MS = 20_000
const MAX_CONNECTIONS = 8

/** Fetches one file; never throws. */
export async function fetchAsBrowser(errand: Errand): Promise<ClientResult> {
  for (let repeats = 0; ; repeats += 1) {
    const result = await fetchOnce(errand)
    if (result.outcome !== 'failed' || !result.mayRetry || repeats + 1 >= MAX_CONNECTIONS) return {...result, repeats}
  }
}

function fetchOnce({server, port, file, leaveAfterBytes}: Errand): Promise<Omit<ClientResult, 'repeats'> & {readonly mayRetry: boolean}> {
  return new Promise((resolve) => {
    const hash = createHash('sha256')
    let bytes = 0
    const fail = (reason: string, mayRetry: boolean): void => resolve({outcome: 'failed', reason, mayRetry})
    const request = get({host: server, port, path: `/${file.name}`, agent: false, timeout: STALLED_MS}, (response) => {
      const {statusCode} = response
      // 408: the request itself was late. Anything else is an answer, and a wrong one.
      if (statusCode !== 200) {
        response.resume()
        return fail(`status ${statusCode}`, statusCode === 408)
      }
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        hash.update(chunk)
        if (leaveAfterBytes === undefined || bytes < leaveAfterBytes) return
        resolve({outcome: 'left', mayRetry: false})
        request.destroy()
      })
      response.on('error', (error) => fail(error.message, true))
      response.on('end', () => {
        const isRight = hash.digest('hex') === file.sha256
        resolve(isRight ? {outcome: 'whole', mayRetry: false} : {outcome: 'wrong bytes', reason: `${bytes} bytes`, mayRetry: false})
      })
    })
    request.on('timeout', () => request.destroy(new Error(`nothing for ${STALLED_MS / 1000} s after ${bytes} bytes`)))
    request.on('error', (error) => fail(error.message, true))
  })
}
