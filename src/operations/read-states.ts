// How far each host of the lab has come.
import {hostJson, type HostJson} from '../hosts/host.js'
import type {Lab} from '../lab/open-lab.js'
import {bootStateOf} from '../timeline/boot-state.js'
import {bootExpectation} from './boot-expectation.js'
import {clientKeys, clientOfHost} from './client-of.js'
import {type StateJson, stateJson} from './event-json.js'

/** A boot is hardly ever longer. */
const MOST_EVENTS = 120

export type HostState = HostJson & {readonly state: StateJson}

/** Of all hosts, or of those with one of `names`. */
export async function readStates(lab: Lab, nowMs: number, names?: ReadonlySet<string>): Promise<{hosts: HostState[]}> {
  const store = await lab.openEvents()
  const hosts = (await lab.store.list()).filter(({name}) => names === undefined || names.has(name))
  return {
    hosts: hosts.map((host) => {
      const events = store.read({clients: clientKeys(clientOfHost(host)), limit: MOST_EVENTS})
      const bootsLocally = host.root === undefined && (host.image ?? lab.settings.boot.default) === 'local'
      const expectation = bootExpectation(lab.settings, host, {events, bootsLocally})
      return {...hostJson(host), state: stateJson(bootStateOf(events, nowMs, expectation))}
    }),
  }
}
