// The page /metrics of the HTTP server. It tells counts and no secrets, so whoever may boot here may read it.
import type {Route} from '../http/server.js'
import {exposition} from './prometheus-text.js'
import type {ProcessFacts} from './serve-metrics.js'

export const METRICS_PATH = '/metrics'

/** Answers GET and HEAD with what `render` gives; other methods with 405. */
export function metricsPage(render: () => string): Route {
  return (request, response) => {
    const isGet = request.method === 'GET'
    if (!isGet && request.method !== 'HEAD') {
      const body = 'only GET and HEAD are served here\n'
      // The connection ends, for a body of any length may follow.
      response.writeHead(405, {Allow: 'GET, HEAD', Connection: 'close', 'Content-Type': 'text/plain; charset=utf-8'})
      response.end(body)
      return
    }
    const body = render()
    response.writeHead(200, {
      'Content-Type': exposition.contentType,
      'Content-Length': String(Buffer.byteLength(body)),
      'Cache-Control': 'no-store',
    })
    response.end(isGet ? body : undefined)
  }
}

/** What this process knows of itself. */
export function readProcessFacts(): ProcessFacts {
  const {user, system} = process.cpuUsage()
  return {
    startSeconds: Math.round(performance.timeOrigin) / 1000,
    residentBytes: process.memoryUsage.rss(),
    cpuSeconds: (user + system) / 1e6,
  }
}
