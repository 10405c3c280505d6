// The lint of the DHCP configuration: what the server's own test does not see.
import type {Finding} from '../dhcp/server.js'
import type {Lab} from '../lab/open-lab.js'
import {getDhcpServer} from './dhcp-desired.js'
import {reservationOf} from './reservations.js'

export type {Finding} from '../dhcp/server.js'

/** `ok` where there is no error; warnings may be there. */
export async function checkDhcp(lab: Lab): Promise<{ok: boolean; findings: readonly Finding[]}> {
  const expected = (await lab.store.list()).filter((host) => host.dhcp).map(reservationOf)
  const findings = await getDhcpServer(lab).check(expected)
  return {ok: findings.every((finding) => finding.severity !== 'error'), findings}
}
