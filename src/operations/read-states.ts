// How far each host of the lab has come.
import {hostJson, type HostJson} from '../hosts/host.js'
import type {Lab} from '../lab/open-lab.js'
import {bootStateOf} from '../timeline/boot-state.js'
import {clientKeys, clientOfHost} from './client-of.js'
import {type StateJson, stateJson} from './event-json.js'

/** A boot is hardly ever longer. */
const MOST_EVENTS = 120

export async function readStates(lab: Lab, nowMs: number): Promise<{hosts: (HostJson & {readonly state: StateJson})[]}> {
  const store = await lab.openEvents()
  const hosts = await lab.store.list()
  return {
    hosts: hosts.map((host) => {
      const events = store.read({clients: clientKeys(clientOfHost(host)), limit: MOST_EVENTS})
      return {...hostJson(host), state: stateJson(bootStateOf(events, nowMs))}
    }),
  }
}
