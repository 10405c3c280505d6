// Hosts as the DHCP server declares them.
import type {Reservation} from '../dhcp/reservation.js'
import type {Host} from '../hosts/host.js'

export function reservationOf(host: Host): Reservation {
  return {name: host.name, mac: host.mac, ip: host.ip}
}
