// What is to be declared in a DHCP server for this lab, as text to read or to paste, whatever server there is.
import {renderPaste, type PasteForm} from '../dhcp/paste/paste.js'
import {networkNameOf} from '../dhcp/virtualbox-network.js'
import type {Lab} from '../lab/open-lab.js'
import {bootOptionsOf} from './boot-options.js'
import {reservationOf} from './reservations.js'

export {pasteForms} from '../dhcp/paste/paste.js'

export type ShownDhcp = {
  readonly backend: string
  readonly config: string | null
  readonly hosts: readonly {readonly name: string; readonly mac: string; readonly ip: string}[]
  /** For which server the text is. */
  readonly form: PasteForm
  readonly text: string
}

/** Back ends whose own words are a form. */
const ownForms = ['dnsmasq', 'kea', 'virtualbox'] as const

/** Without a form: that of the lab's own server, else dhcpd.conf. A form that is asked for comes with the boot options. */
export async function showDhcp(lab: Lab, asked?: PasteForm): Promise<ShownDhcp> {
  const {dhcp, network} = lab.settings
  const hosts = (await lab.store.list()).filter((host) => host.dhcp).map(reservationOf)
  const form = asked ?? ownForms.find((own) => own === dhcp.backend) ?? 'isc'
  const wantsBoot = asked !== undefined || dhcp.bootOptions !== 'none'
  const named = dhcp.backend === 'virtualbox' ? (dhcp.config ?? network.interface) : undefined
  const boot = wantsBoot && network.server !== undefined ? bootOptionsOf(lab.settings) : undefined
  return {
    backend: dhcp.backend,
    config: dhcp.config ?? null,
    hosts,
    form,
    text: renderPaste(form, {hosts, boot, subnet: network.subnet, network: named === undefined ? undefined : networkNameOf(named)}),
  }
}
