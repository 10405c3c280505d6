// What was seen, and what is going on: events, states, why a host does not boot, clients that knock, transfers, the stream; and
// what makes something happen without changing the lab: waking and pinging.
import {explainBoot} from '../../operations/explain-boot.js'
import {listUnknownClients} from '../../operations/list-unknown-clients.js'
import {pingHosts} from '../../operations/ping-hosts.js'
import {readEvents} from '../../operations/read-events.js'
import {readStates} from '../../operations/read-states.js'
import {bootSteps, stepText} from '../../operations/step-text.js'
import {wakeHosts} from '../../operations/wake-hosts.js'
import type {Access} from '../access.js'
import type {LiveLab} from '../live-lab.js'
import type {Route} from '../route.js'

const MOST_EVENTS = 1000

export function liveRoutes(live: LiveLab, access: Access): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/boot-steps',
      isOpen: true,
      answer: async () => ({json: {steps: bootSteps.map((name) => ({name, words: stepText(name)}))}}),
    },
    {method: 'GET', path: '/hosts/states', answer: async ({lab}) => ({json: await readStates(await lab(), Date.now())})},
    {
      method: 'GET',
      path: '/hosts/{host}/why',
      answer: async ({lab, params}) => ({json: await explainBoot(await lab(), params('host'), {nowMs: Date.now()})}),
    },
    {
      method: 'POST',
      path: '/hosts/{host}/wake',
      answer: async ({lab, params, body}) => {
        const [password, broadcast] = [body.text('password'), body.text('broadcast')]
        body.checkUnasked()
        const options = {...(password === undefined ? {} : {password}), ...(broadcast === undefined ? {} : {broadcast})}
        return {json: await wakeHosts(await lab(), [params('host')], options)}
      },
    },
    {
      method: 'POST',
      path: '/hosts/{host}/ping',
      answer: async ({lab, params, body}) => {
        body.checkUnasked()
        return {json: await pingHosts(await lab(), [params('host')])}
      },
    },
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
