// Why a machine does not boot: its events and the lab's facts, put before the rules.
import type {Lab} from '../lab/open-lab.js'
import type {HostJson} from '../hosts/host.js'
import type {Finding} from '../timeline/finding.js'
import type {EventJson, StateJson} from './event-json.js'

export type ExplainOptions = {
  /** Ask the wire which DHCP servers answer there: takes some seconds, and root. */
  readonly ask?: boolean
}

export type Explanation = {
  /** null for a machine that is no host. */
  readonly host: HostJson | null
  readonly mac: string | null
  readonly ip: string | null
  readonly state: StateJson
  /** The most certain first; none where nothing is wrong, or nothing is known to be. */
  readonly findings: readonly Finding[]
  /** The events of the present boot, oldest first. */
  readonly events: readonly EventJson[]
  readonly warnings: readonly string[]
}

export type ExplainBoot = (lab: Lab, host: string, options?: ExplainOptions) => Promise<Explanation>
