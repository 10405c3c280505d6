// What is to be declared in a DHCP server for this lab, as text to read or to paste, whatever server there is.
import {renderHostLines} from '../dhcpd-conf/edit-host.js'
import type {Lab} from '../lab/open-lab.js'
import {reservationOf} from './reservations.js'

export type ShownDhcp = {
  readonly backend: string
  readonly config: string | null
  readonly hosts: readonly {readonly name: string; readonly mac: string; readonly ip: string}[]
  /** The same as dhcpd.conf host declarations. */
  readonly text: string
}

export async function showDhcp(lab: Lab): Promise<ShownDhcp> {
  const {backend, config} = lab.settings.dhcp
  const hosts = (await lab.store.list()).filter((host) => host.dhcp).map(reservationOf)
  return {
    backend,
    config: config ?? null,
    hosts,
    text: hosts.map((host) => `${renderHostLines(host, '', '  ').join('\n')}\n`).join(''),
  }
}
