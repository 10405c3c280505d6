// What was seen, and what is going on: the record of events, states of hosts, clients that knock, transfers, the stream.
import {listUnknownClients} from '../../operations/list-unknown-clients.js'
import {readEvents} from '../../operations/read-events.js'
import {readStates} from '../../operations/read-states.js'
import type {Access} from '../access.js'
import type {LiveLab} from '../live-lab.js'
import type {Route} from '../route.js'

const MOST_EVENTS = 1000

export function liveRoutes(live: LiveLab, access: Access): readonly Route[] {
  return [
    {method: 'GET', path: '/hosts/states', answer: async ({lab}) => ({json: await readStates(await lab(), Date.now())})},
    {method: 'GET', path: '/clients', answer: async ({lab}) => ({json: await listUnknownClients(await lab())})},
    {method: 'GET', path: '/transfers', answer: async () => ({json: live.transfers()})},
    {
      method: 'GET',
      path: '/events',
      answer: async ({lab, query}) => {
        const [host, afterId] = [query.text('host'), query.number('afterId', Number.MAX_SAFE_INTEGER)]
        const limit = query.number('limit', MOST_EVENTS)
        query.checkUnasked()
        const wanted = {
          ...(host === undefined ? {} : {host}),
          ...(afterId === undefined ? {} : {afterId}),
          ...(limit === undefined ? {} : {limit}),
        }
        return {json: await readEvents(await lab(), wanted)}
      },
    },
    {
      method: 'GET',
      path: '/stream',
      answer: async ({request}) => {
        await live.prepare()
        const isAllowed = (): Promise<boolean> =>
          access.check(request, {login: true, change: false}).then(
            () => true,
            () => false,
          )
        return {stream: (sink) => live.join({sink, lastEventId: request.headers['last-event-id'], isAllowed})}
      },
    },
  ]
}
