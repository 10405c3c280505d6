// Hosts as the DHCP server declares them.
import type {Reservation} from '../dhcp/reservation.js'
import type {Host} from '../hosts/host.js'

export function reservationOf(host: Host): Reservation {
  const {name, mac, ip, firmware} = host
  return firmware === undefined ? {name, mac, ip} : {name, mac, ip, firmware}
}
