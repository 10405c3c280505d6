// Every route of the API. page/openapi.json says the same, and a test holds the two together.
import type {Access} from '../access.js'
import type {LiveLab} from '../live-lab.js'
import type {Route} from '../route.js'
import {hostRoutes} from './host-routes.js'
import {labRoutes} from './lab-routes.js'
import {liveRoutes} from './live-routes.js'
import {machineRoutes} from './machine-routes.js'
import {sessionRoutes} from './session-routes.js'

export type RouteParts = {
  readonly access: Access
  readonly live: LiveLab
  /** What the API says of itself. */
  readonly openApi: object
}

export function allRoutes({access, live, openApi}: RouteParts): readonly Route[] {
  return [
    ...sessionRoutes(access),
    ...hostRoutes,
    ...labRoutes,
    ...machineRoutes,
    ...liveRoutes(live, access),
    {method: 'GET', path: '/openapi.json', isOpen: true, answer: async () => ({json: openApi})},
  ]
}
