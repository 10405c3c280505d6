// What the DHCP server should declare: every host of the database that wants it, and the boot options of the settings.
import {PxectlError} from '../errors.js'
import type {BootOptions} from '../dhcp/reservation.js'
import type {DhcpChange, DhcpServer} from '../dhcp/server.js'
import type {Lab} from '../lab/open-lab.js'
import {bootOptionsOf} from './boot-options.js'
import {reservationOf} from './reservations.js'

/** The change that makes the DHCP configuration what the database and the settings say. */
export async function planDesired(lab: Lab): Promise<DhcpChange> {
  const server = await getDhcpServer(lab)
  const hosts = (await lab.store.list()).filter((host) => host.dhcp)
  const wanted = new Set<string>(hosts.map((host) => host.name))
  const stray = (await server.declared()).filter((entry) => entry.managed && !wanted.has(entry.name)).map((entry) => entry.name)
  return {
    upsert: hosts.map((host) => ({reservation: reservationOf(host)})),
    remove: stray,
    ...desiredBootOptions(lab),
  }
}

/** Part of every change of hosts, so that the first host of a lab that wants them can boot at once. */
export function desiredBootOptions(lab: Lab): {readonly bootOptions?: BootOptions} {
  return lab.dhcp === undefined || lab.settings.dhcp.bootOptions === 'none' ? {} : {bootOptions: bootOptionsOf(lab.settings)}
}

/** The DHCP server that this lab configures, or an error that says why there is none. */
export async function getDhcpServer(lab: Lab): Promise<DhcpServer> {
  if (lab.dhcp !== undefined) return lab.dhcp()
  const {backend} = lab.settings.dhcp
  throw new PxectlError(
    backend === 'builtin'
      ? 'this lab uses the built-in DHCP server (dhcp.backend = builtin): there is no configuration file to look after'
      : 'this lab has no DHCP server (dhcp.backend = none)',
    {
      code: 'DHCP_NOT_CONFIGURED',
      kind: 'usage',
      details: {backend},
      suggestions: [
        backend === 'builtin' ? 'serve it: pxectl serve --dhcp full' : 'see what to tell your own server: pxectl dhcp show --for router',
        'edit a dhcpd.conf: pxectl config set dhcp.backend isc && pxectl config set dhcp.config /etc/dhcp/dhcpd.conf',
      ],
    },
  )
}
