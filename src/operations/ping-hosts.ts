// Which hosts answer now.
import type {Lab} from '../lab/open-lab.js'

export type PingOptions = {
  /** How long a host may take; default 1000. */
  readonly timeoutMs?: number
}

export type PingedHost = {
  readonly name: string
  readonly ip: string
  readonly mac: string
  readonly alive: boolean
  readonly milliseconds: number | null
}

export type PingHosts = (lab: Lab, names: readonly string[], options?: PingOptions) => Promise<{readonly hosts: readonly PingedHost[]}>
