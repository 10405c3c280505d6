// The page /up of the HTTP server: a machine's own system tells that it runs, for example with `curl http://SERVER:8069/up` at the end
// of its boot. It can say nothing but that, and of nobody but itself.
import {plainAddress} from '../bootfiles/transfer-event.js'
import type {Route} from '../http/server.js'
import {findIpv4} from '../net/ipv4.js'
import type {BootEvent} from '../timeline/boot-event.js'

export const UP_PATH = '/up'

/** Answers any GET, HEAD or POST; what a request brings is not read. */
export function upPage(record: (event: BootEvent) => void, now: () => number): Route {
  return (request, response) => {
    const isFine = request.method === 'GET' || request.method === 'HEAD' || request.method === 'POST'
    const ip = findIpv4(plainAddress(request.socket.remoteAddress ?? ''))
    if (isFine && ip !== undefined) {
      record({timeMs: now(), mac: undefined, ip, source: 'call', step: 'up', name: UP_PATH, result: 'done', details: {}})
    }
    // The connection ends, for a body of any length may follow.
    const headers = {'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store', Connection: 'close'}
    response.writeHead(isFine ? 200 : 405, isFine ? headers : {...headers, Allow: 'GET, HEAD, POST'})
    response.end(request.method === 'HEAD' ? undefined : isFine ? 'noted\n' : 'GET it, HEAD it or POST to it\n')
  }
}
