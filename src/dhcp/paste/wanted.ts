// What is to be shown, whatever the form.
import type {Subnet} from '../../net/ipv4.js'
import type {BootOptions, Reservation} from '../reservation.js'

export type Wanted = {
  readonly hosts: readonly Reservation[]
  /** undefined: the hosts alone. */
  readonly boot: BootOptions | undefined
  readonly subnet: Subnet | undefined
  /** Of VirtualBox. */
  readonly network?: string | undefined
}
