// Hosts that a user names.
import type {Host} from '../hosts/host.js'
import type {Lab} from '../lab/open-lab.js'

/** In the order of the names, each once; throws HOST_NOT_FOUND. */
export async function hostsByName(lab: Lab, names: readonly string[]): Promise<Host[]> {
  const found = new Map<string, Host>()
  for (const name of names) {
    const host = await lab.store.getByName(name)
    found.set(host.name, host)
  }
  return [...found.values()]
}

/** The same, or every host where none is named. */
export async function allOf(lab: Lab, names: readonly string[]): Promise<Host[]> {
  return names.length === 0 ? lab.store.list() : hostsByName(lab, names)
}
