// kea-dhcp4.conf: the members that the Kea back end would add.
import {renderClasses} from '../kea-boot.js'
import type {Wanted} from './wanted.js'

export function pasteKea({hosts, boot}: Wanted): string[] {
  const reservations = hosts.map(({name, mac, ip}) => ({'hw-address': mac, 'ip-address': ip, hostname: name}))
  return [
    ...(boot === undefined ? [] : ['// in "Dhcp4":', ...member('client-classes', renderClasses(boot)), '']),
    '// in the subnet of "subnet4":',
    ...member('reservations', reservations),
  ]
}

function member(name: string, value: unknown): string[] {
  return `"${name}": ${JSON.stringify(value, undefined, 2)}`.split('\n')
}
