// What is known of how a machine is to boot, so that its silence can be judged.
import type {StoredEvent} from '../hosts/event-store.js'
import type {Host} from '../hosts/host.js'
import type {Settings} from '../lab/settings.js'
import type {BootExpectation} from '../timeline/boot-state.js'

/** Of a host, or of a machine that is none. `bootsLocally`: the default entry of its menu is its own disk. */
export function bootExpectation(
  {boot}: Settings,
  host: Host | undefined,
  {events, bootsLocally}: {readonly events: readonly StoredEvent[]; readonly bootsLocally: boolean},
): BootExpectation {
  const reports = host?.root !== undefined || events.some(({source}) => source === 'call' || source === 'nfs')
  return {bootsLocally, menuSeconds: boot.timeoutSeconds, reports}
}
